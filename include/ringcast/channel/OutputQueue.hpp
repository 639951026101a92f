#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"

namespace ringcast::channel {

enum class FrameKind : std::uint8_t {
  kResponse,     // never dropped
  kStateChange,  // dropped last: the controller needs each, in order
  kValue,        // a queued one is replaced by a later one of the same object and event
  kPacket,       // RTP and RTCP of direct transports: dropped first, as a network does
  kTrace,        // dropped first
  kLog,          // dropped first
  kCount
};

[[nodiscard]] std::string_view Name(FrameKind kind);

struct DropReport {
  bool ended = false;
  Counters<FrameKind> dropped;  // so far, or in all, since it began
};

// Frames that the controller's pipe has not taken yet. Media never waits for the controller: past the limit
// of its kind a notification or log is dropped and counted.
class OutputQueue {
 public:
  // Packets, traces and logs are dropped when more than this waits in total. Three seconds of a 10 Mbit/s
  // stream to a direct transport: longer than a garbage collection halts a controller.
  static constexpr std::size_t kMaxWaiting = std::size_t{4} * 1024 * 1024;
  // Values are dropped when values alone exceed this. One waits for each object and event at most, so this
  // limits objects: 20,000 consumers with a score and layers of 200 bytes each, more than one thread serves.
  static constexpr std::size_t kMaxValues = std::size_t{8} * 1024 * 1024;
  // A controller that sends requests and does not read must wait: they stay in the pipe when more than this
  // waits in total. The largest response more than packets and traces may fill.
  static constexpr std::size_t kMaxWaitingForRequests = kMaxWaiting + std::size_t{8} * 1024 * 1024;
  // State changes are dropped when more than this waits in total. Requests cause all of them but three for
  // each transport (of DTLS), and no request is read beyond kMaxWaitingForRequests. Above that fit the
  // response to the last request, all values, and 8 MiB of state changes (about 70,000 of 120 bytes). Only a
  // controller that asks for more than that in one write of its pipe, without reading, loses state changes.
  // The alternatives are worse: memory without a limit, or a worker that ends with everybody's calls.
  static constexpr std::size_t kMaxWaitingForStateChanges =
      kMaxWaitingForRequests + kMaxValues + 2 * std::size_t{8} * 1024 * 1024;

  // For all kinds but kValue. False: dropped and counted.
  bool Push(FrameKind kind, ByteView frame);
  // A value of `object`, named by its id: takes the place of the one of the same event that waits.
  bool PushValue(std::string_view object, std::uint8_t event, ByteView frame);

  // A request is being handled: notifications stay behind the response that comes next, so that none can
  // speak of an entity that the controller does not know to exist.
  void AwaitResponse() { awaitingResponse_ = true; }

  // What to write now, as much as lies in one piece; empty: nothing waits. Valid until it is consumed.
  [[nodiscard]] ByteView Front();
  // So many bytes of Front() were written.
  void Consume(std::size_t bytes);

  // Nothing can be written now.
  [[nodiscard]] bool Empty() const {
    return blocks_.empty() && batch_.bytes.empty() && (values_.empty() || values_.front().position == kHeld);
  }
  [[nodiscard]] std::size_t Waiting() const {
    return waiting_ + held_.size() + valueBytes_ + batch_.bytes.size() - batch_.written;
  }
  // False: read no more requests until the controller has taken some of what waits.
  [[nodiscard]] bool TakesRequests() const { return Waiting() < kMaxWaitingForRequests; }
  [[nodiscard]] const Counters<FrameKind>& Drops() const { return drops_; }
  // Values that a later one replaced.
  [[nodiscard]] std::uint64_t Replaced() const { return replaced_; }

  // Once when frames begin to be dropped, and once when the queue has drained to half of kMaxWaiting.
  [[nodiscard]] std::optional<DropReport> TakeDropReport();

  // Frames share blocks, so that one write carries many.
  static constexpr std::size_t kBlockSize = std::size_t{64} * 1024;

 private:
  // Never reallocated once it has bytes: Front() points into it.
  struct Block {
    std::vector<std::uint8_t> bytes;
    std::size_t written = 0;
  };
  struct Value {
    std::string key;         // of waitingValues_
    std::uint64_t position;  // leaves when so many bytes of blocks have left
    std::vector<std::uint8_t> bytes;
  };
  // Of values that stay behind the awaited response.
  static constexpr std::uint64_t kHeld = static_cast<std::uint64_t>(-1);

  bool Drop(FrameKind kind);
  void Append(ByteView bytes);
  void ReleaseHeld();
  void BatchValues();

  std::deque<Block> blocks_;
  std::vector<std::uint8_t> spare_;  // memory of the last block that was written out
  std::vector<std::uint8_t> held_;   // notifications that stay behind the awaited response
  std::deque<Value> values_;         // in the order of their positions
  std::map<std::string, Value*, std::less<>> waitingValues_;
  Block batch_;                 // values on their way, no longer to be replaced
  std::size_t waiting_ = 0;     // bytes in blocks_
  std::size_t valueBytes_ = 0;  // bytes in values_
  std::uint64_t appended_ = 0;  // bytes that were ever put into blocks_
  bool awaitingResponse_ = false;
  std::uint64_t replaced_ = 0;
  Counters<FrameKind> drops_;
  std::optional<DropReport> dropping_;
  bool dropReported_ = false;  // that dropping_ began
};

}  // namespace ringcast::channel
