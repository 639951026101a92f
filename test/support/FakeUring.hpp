#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <vector>

#include "io/Uring.hpp"

namespace ringcast::test {

// A ring whose kernel is the test: it records submissions and completes them as configured.
class FakeUring final : public io::Uring {
 public:
  explicit FakeUring(std::size_t entries = 512) : entries_(entries) {}

  io_uring_sqe* NextEntry() override {
    if (pending.size() == entries_) return nullptr;
    return &pending.emplace_back();
  }
  int Submit() override {
    ++submits;
    if (submitResult < 0) return submitResult;
    const auto count = std::min(pending.size(), takesAtOnce);
    for (std::size_t i = 0; i < count; ++i) {
      submitted.push_back(pending.front());
      pending.pop_front();
      Answer(submitted.back());
    }
    return static_cast<int>(count);
  }
  std::optional<io::Completion> TakeCompletion() override {
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    deepest = std::min(deepest, frame);
    shallowest = std::max(shallowest, frame);
    if (completions_.empty()) return std::nullopt;
    const auto completion = completions_.front();
    completions_.pop_front();
    return completion;
  }
  int RegisterBuffer(MutableBytes /*memory*/) override { return registerResult; }
  [[nodiscard]] int WakeupDescriptor() const override { return -1; }
  void NotifyWakeup(bool on) override { notifying = on; }

  void Complete(std::uint64_t userData, std::int32_t result, std::uint32_t flags) {
    completions_.push_back({userData, result, flags});
  }

  // Makes the ring send each submission.
  static std::int32_t SendForReal(const io_uring_sqe& entry) {
    const auto* const header = reinterpret_cast<const msghdr*>(entry.addr);
    const auto sent = sendmsg(entry.fd, header, static_cast<int>(entry.msg_flags));
    return sent < 0 ? -errno : static_cast<std::int32_t>(sent);
  }

  std::deque<io_uring_sqe> pending;  // filled but not submitted; a deque keeps the addresses valid
  std::vector<io_uring_sqe> submitted;
  int submitResult = 0;                                               // negative: the result of Submit
  std::size_t takesAtOnce = std::numeric_limits<std::size_t>::max();  // entries that one Submit() takes
  int registerResult = 0;                                             // the result of RegisterBuffer
  bool answerAll = false;                                   // each send succeeds when it is submitted
  std::function<std::int32_t(const io_uring_sqe&)> answer;  // or has this result
  bool notifying = false;
  int submits = 0;
  // Stack frames of the calls that take completions, to measure the nesting of the caller.
  std::uintptr_t deepest = std::numeric_limits<std::uintptr_t>::max();
  std::uintptr_t shallowest = 0;

 private:
  void Answer(const io_uring_sqe& entry) {
    if (entry.opcode == IORING_OP_NOP) {
      Complete(entry.user_data, 0, 0);
    } else if (answer) {
      Complete(entry.user_data, answer(entry), 0);
    } else if (answerAll) {
      Complete(entry.user_data, 0, 0);
    }
  }

  std::size_t entries_;
  std::deque<io::Completion> completions_;
};

}  // namespace ringcast::test
