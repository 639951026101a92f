#pragma once

#include <deque>
#include <vector>

#include "io/Uring.hpp"

namespace ringcast::test {

// A ring whose kernel is the test: it records what is submitted and answers what it is told to.
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
    const auto count = pending.size();
    for (const auto& entry : pending) {
      submitted.push_back(entry);
      if (answerAll) Complete(entry.user_data, 0, 0);
    }
    pending.clear();
    return static_cast<int>(count);
  }
  std::optional<io::Completion> TakeCompletion() override {
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

  std::deque<io_uring_sqe> pending;  // filled, not submitted; a deque keeps their addresses
  std::vector<io_uring_sqe> submitted;
  int submitResult = 0;    // negative: what Submit answers
  int registerResult = 0;  // what RegisterBuffer answers
  bool answerAll = false;  // each send succeeds as it is submitted
  bool notifying = false;
  int submits = 0;

 private:
  std::size_t entries_;
  std::deque<io::Completion> completions_;
};

}  // namespace ringcast::test
