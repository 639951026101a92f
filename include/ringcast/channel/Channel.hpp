#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <flatbuffers/flatbuffer_builder.h>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/channel/FrameReader.hpp"
#include "ringcast/channel/Host.hpp"
#include "ringcast/channel/NotificationSender.hpp"
#include "ringcast/channel/OutputQueue.hpp"
#include "ringcast/rtc/Notifier.hpp"

namespace FBS::Request {
struct Request;
}
namespace FBS::Notification {
struct Notification;
}  // namespace FBS::Notification

namespace ringcast::rtc {
class Worker;
}

namespace ringcast::channel {

// Counters of messages from the controller and of their results.
enum class ChannelCount : std::uint8_t {
  kRequests,
  kRejected,             // requests answered with an error
  kNotifications,        // from the controller
  kUnknownHandlers,      // notifications for an object that does not exist (any more)
  kFailedNotifications,  // notifications that the object rejected or whose event is unknown
  kMalformed,            // messages that failed verification
  kUnexpected,           // messages of a type that only a worker sends
  kCount
};

// The worker's endpoint of the channel to the controller. Parses bytes into requests and notifications, calls
// the media core, and serializes responses and notifications into frames. It does no I/O: the process passes
// received bytes to OnBytes() and writes the contents of Output().
class Channel {
 public:
  explicit Channel(Host& host);

  // Sets the worker. Call before OnBytes(); not a constructor argument because the worker's constructor needs
  // this notifier.
  void Attach(rtc::Worker& worker) { worker_ = &worker; }

  // Handles all complete messages, in order. Handles no further message after it has called Host::Close().
  void OnBytes(ByteView bytes, Instant now);

  [[nodiscard]] OutputQueue& Output() { return output_; }
  // Queues the notifications to the controller.
  [[nodiscard]] rtc::Notifier& Notifier() { return notifier_; }
  [[nodiscard]] const Counters<ChannelCount>& Counts() const { return counts_; }

  // Call after writing. Logs when the queue starts and when it stops dropping frames. Returns true if it
  // logged.
  bool LogDrops();

  // Notifies the controller that the worker is ready.
  void NotifyRunning(std::uint32_t pid) { notifier_.WorkerRunning(pid); }

  // Sink for log::SetSink(), with the channel as context.
  static void LogSink(void* channel, std::string_view message);

  // Limit on the size of a response, below the limit on a message: the controller empties its receive buffer
  // when it holds more than 8 MiB, and in addition to the response it may hold the rest of a read (64 KiB in
  // Node.js).
  static constexpr std::size_t kMaxResponseSize = kMaxFrameSize - std::size_t{128} * 1024;
  // Maximum length of a log message; a longer one is truncated.
  static constexpr std::size_t kMaxLogSize = std::size_t{16} * 1024;

 private:
  void OnFrame(ByteView frame, Instant now);
  void OnRequest(const FBS::Request::Request& request, Instant now);
  void OnNotification(const FBS::Notification::Notification& notification, Instant now);
  Status Deliver(const FBS::Notification::Notification& notification, Instant now);
  void Reject(std::uint32_t requestId, const Error& error);

  Host& host_;
  rtc::Worker* worker_ = nullptr;
  FrameReader reader_;
  OutputQueue output_;
  NotificationSender notifier_{output_};
  bool requestsBegun_ = false;  // BeforeRequest() was called since the last read or notification
  bool closed_ = false;
  // true while LogDrops() logs: these messages are queued as state changes, so that they are dropped last
  bool logsDrops_ = false;
  Counters<ChannelCount> counts_;
  std::optional<Instant> lastWarning_;
  // One builder for each kind of frame, because a log message may be built while a response is under
  // construction. The builders keep their memory.
  flatbuffers::FlatBufferBuilder responses_;
  flatbuffers::FlatBufferBuilder logs_;
};

}  // namespace ringcast::channel
