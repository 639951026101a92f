#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"

namespace ringcast::channel {

enum class FrameKind : std::uint8_t { kResponse, kNotification, kLog, kCount };

[[nodiscard]] std::string_view Name(FrameKind kind);

// Frames on their way to the controller that its pipe has not taken yet. Media never waits for the
// controller: past a limit notifications and logs are dropped and counted. Responses are never dropped.
class OutputQueue {
 public:
  // Three seconds of a 10 Mbit/s stream to a direct transport: longer than a garbage collection halts a
  // controller.
  static constexpr std::size_t kMaxWaiting = std::size_t{4} * 1024 * 1024;
  // Where a controller asks and does not listen, its requests should stay in the pipe: a largest response
  // beyond what notifications may fill.
  static constexpr std::size_t kMaxWaitingForRequests = kMaxWaiting + std::size_t{8} * 1024 * 1024;

  // False: dropped and counted.
  bool Push(FrameKind kind, ByteView frame);

  // A request is being handled: notifications stay behind the response that comes next, so that none can
  // speak of an entity that the controller does not know to exist.
  void AwaitResponse() { awaitingResponse_ = true; }

  // What to write now, as much as lies in one piece; empty: nothing waits. Valid until it is consumed.
  [[nodiscard]] ByteView Front() const;
  // So many bytes of Front() were written.
  void Consume(std::size_t bytes);

  [[nodiscard]] bool Empty() const { return blocks_.empty(); }
  [[nodiscard]] std::size_t Waiting() const { return waiting_ + held_.size(); }
  // False: read no more requests until the controller has taken some of what waits.
  [[nodiscard]] bool TakesRequests() const { return waiting_ < kMaxWaitingForRequests; }
  [[nodiscard]] const Counters<FrameKind>& Drops() const { return drops_; }

  // Frames share blocks, so that one write carries many.
  static constexpr std::size_t kBlockSize = std::size_t{64} * 1024;

 private:
  // Never reallocated once it has bytes: Front() points into it.
  struct Block {
    std::vector<std::uint8_t> bytes;
    std::size_t written = 0;
  };

  void Append(ByteView bytes);

  std::deque<Block> blocks_;
  std::vector<std::uint8_t> spare_;  // memory of the last block that was written out
  std::vector<std::uint8_t> held_;   // notifications that stay behind the awaited response
  std::size_t waiting_ = 0;          // bytes in blocks_
  bool awaitingResponse_ = false;
  Counters<FrameKind> drops_;
};

}  // namespace ringcast::channel
