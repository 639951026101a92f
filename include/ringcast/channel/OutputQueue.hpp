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
#include "ringcast/rtc/worker/WorkerReport.hpp"

namespace ringcast::channel {

enum class FrameKind : std::uint8_t {
  kResponse,     // never dropped
  kStateChange,  // dropped last: the controller needs each of them, in order
  kValue,        // a newer value replaces a queued one of the same object and event
  kPacket,       // RTP and RTCP of direct transports; dropped first, as in a network
  kTrace,        // dropped first
  kLog,          // dropped first
  kCount
};

[[nodiscard]] std::string_view Name(FrameKind kind);

struct DropReport {
  bool ended = false;
  Counters<FrameKind> dropped;  // since the drops started
};

// Frames that have not been written to the controller's pipe yet. Media never waits for the controller: a
// notification or log message beyond the limit of its kind is dropped and counted.
class OutputQueue {
 public:
  // Drop packets, traces and log messages when more than this is queued in total. This is three seconds of a
  // 10 Mbit/s stream to a direct transport, longer than a garbage collection pauses the controller.
  static constexpr std::size_t kMaxWaiting = std::size_t{4} * 1024 * 1024;
  // Drop values when values alone exceed this. At most one is queued for each object and event, so this
  // limits the number of objects: 20,000 consumers with a score and layers of 200 bytes each, more than one
  // thread can serve.
  static constexpr std::size_t kMaxValues = std::size_t{8} * 1024 * 1024;
  // Stop reading requests when more than this is queued in total: a controller that sends requests without
  // reading must wait. It is kMaxWaiting plus the largest response.
  static constexpr std::size_t kMaxWaitingForRequests = kMaxWaiting + std::size_t{8} * 1024 * 1024;
  // Drop state changes when more than this is queued in total. Requests cause all state changes except three
  // per transport (those of DTLS), and no request is read beyond kMaxWaitingForRequests. Above that limit
  // there is room for the response to the last request, all values, and 8 MiB of state changes (about 70,000
  // of 120 bytes). A state change is lost only if the controller causes more than that in one write to its
  // pipe, without reading. The alternatives are worse: unlimited memory, or a worker that exits and ends all
  // its calls.
  static constexpr std::size_t kMaxWaitingForStateChanges =
      kMaxWaitingForRequests + kMaxValues + 2 * std::size_t{8} * 1024 * 1024;

  // Queues a frame of any kind except kValue. Returns false if it was dropped and counted.
  bool Push(FrameKind kind, ByteView frame);
  // Queues a value of `object` (its id). It replaces a queued value of the same object and event.
  bool PushValue(std::string_view object, std::uint8_t event, ByteView frame);

  // Call when a request is handled. Notifications are then held until the response is queued, so that none
  // refers to an entity that the controller does not know yet.
  void AwaitResponse() { awaitingResponse_ = true; }

  // Returns the next contiguous bytes to write, or an empty view if there are none. Valid until Consume().
  [[nodiscard]] ByteView Front();
  // Removes the first `bytes` of Front(), which have been written.
  void Consume(std::size_t bytes);

  // Returns true if there is nothing to write.
  [[nodiscard]] bool Empty() const {
    return blocks_.empty() && batch_.bytes.empty() && (values_.empty() || values_.front().position == kHeld);
  }
  [[nodiscard]] std::size_t Waiting() const {
    return waiting_ + held_.size() + valueBytes_ + batch_.bytes.size() - batch_.written;
  }
  // Returns false if no more requests may be read until the controller has read some of the queued frames.
  [[nodiscard]] bool TakesRequests() const { return Waiting() < kMaxWaitingForRequests; }
  [[nodiscard]] const Counters<FrameKind>& Drops() const { return drops_; }
  // Number of values that were replaced by newer ones.
  [[nodiscard]] std::uint64_t Replaced() const { return replaced_; }

  [[nodiscard]] rtc::ChannelReport Report() const {
    return {.waiting = Waiting(), .replaced = replaced_, .drops = NonZero(drops_)};
  }

  // Returns a report when the queue starts to drop frames, and another one when it has drained to half of
  // kMaxWaiting.
  [[nodiscard]] std::optional<DropReport> TakeDropReport();

  // Frames are gathered in blocks of this size, to write many with one call.
  static constexpr std::size_t kBlockSize = std::size_t{64} * 1024;

 private:
  // Never reallocated once it holds bytes, because Front() points into it.
  struct Block {
    std::vector<std::uint8_t> bytes;
    std::size_t written = 0;
  };
  struct Value {
    std::string key;         // key in waitingValues_
    std::uint64_t position;  // written after this many bytes of blocks (position in `appended_`)
    std::vector<std::uint8_t> bytes;
  };
  // Position of a value that is held until the response is queued.
  static constexpr std::uint64_t kHeld = static_cast<std::uint64_t>(-1);

  bool Drop(FrameKind kind);
  void Append(ByteView bytes);
  void ReleaseHeld();
  void BatchValues();

  std::deque<Block> blocks_;
  std::vector<std::uint8_t> spare_;  // memory of a block that has been written, for reuse
  std::vector<std::uint8_t> held_;   // notifications that are held until the response is queued
  std::deque<Value> values_;         // ordered by position
  std::map<std::string, Value*, std::less<>> waitingValues_;
  Block batch_;                 // values being written, which can no longer be replaced
  std::size_t waiting_ = 0;     // bytes in blocks_
  std::size_t valueBytes_ = 0;  // bytes in values_
  std::uint64_t appended_ = 0;  // total number of bytes ever appended to blocks_
  bool awaitingResponse_ = false;
  std::uint64_t replaced_ = 0;
  Counters<FrameKind> drops_;
  std::optional<DropReport> dropping_;
  bool dropReported_ = false;  // the start of dropping_ has been reported
};

}  // namespace ringcast::channel
