#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/channel/FrameReader.hpp"
#include "ringcast/channel/Host.hpp"
#include "ringcast/channel/OutputQueue.hpp"
#include "ringcast/rtc/Notifier.hpp"

namespace FBS::Request {
struct Request;
}
namespace FBS::Notification {
struct Notification;
enum class Event : std::uint8_t;
enum class Body : std::uint8_t;
}  // namespace FBS::Notification

namespace ringcast::rtc {
class Worker;
}

namespace ringcast::channel {

// What came from the controller, and what became of it.
enum class ChannelCount : std::uint8_t {
  kRequests,
  kRejected,             // requests answered with an error
  kNotifications,        // from the controller
  kUnknownHandlers,      // of them, for an object that does not exist (any more)
  kFailedNotifications,  // of them, that the object refused, or that were of no known kind
  kMalformed,            // messages that failed verification
  kUnexpected,           // messages that only a worker sends
  kCount
};

// The controller's end of the worker: turns bytes into requests and calls of the media core, and what that
// says into frames. It does no I/O: the process feeds OnBytes and writes what Output() holds.
class Channel final : public rtc::Notifier {
 public:
  explicit Channel(Host& host);

  // Before the first bytes; the worker needs this notifier when it is made, so it comes second.
  void Attach(rtc::Worker& worker) { worker_ = &worker; }

  // Handles all messages that are whole now, in order. After Close() was asked for, nothing more is handled.
  void OnBytes(ByteView bytes, Instant now);

  [[nodiscard]] OutputQueue& Output() { return output_; }
  [[nodiscard]] const Counters<ChannelCount>& Counts() const { return counts_; }

  // Call after writing. Logs when the queue has begun to drop frames, and when it has stopped; true: it did.
  bool LogDrops();

  // The worker is ready.
  void NotifyRunning(std::uint32_t pid);

  // For log::SetSink, with the channel as context.
  static void LogSink(void* channel, std::string_view message);

  void PlainTransportTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void PlainTransportRtcpTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void IceSelectedTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void IceState(std::string_view transportId, ice::AgentState state) override;
  void DtlsState(std::string_view transportId, dtls::State state,
                 std::string_view remoteCertificate) override;
  void DirectTransportRtcp(std::string_view transportId, ByteView compound) override;
  void ProducerScores(std::string_view producerId, const std::vector<rtc::ProducerScore>& scores) override;
  void ProducerVideoOrientation(std::string_view producerId,
                                const rtp::VideoOrientation& orientation) override;
  void ProducerTrace(std::string_view producerId, const rtc::Trace<rtc::ProducerTraceEvent>& trace) override;
  void ConsumerProducerPause(std::string_view consumerId) override;
  void ConsumerProducerResume(std::string_view consumerId) override;
  void ConsumerProducerClose(std::string_view consumerId) override;
  void ConsumerScores(std::string_view consumerId, const rtc::ConsumerScore& score) override;
  void ConsumerLayersChange(std::string_view consumerId,
                            const std::optional<rtc::ConsumerLayers>& layers) override;
  void ConsumerTrace(std::string_view consumerId, const rtc::Trace<rtc::ConsumerTraceEvent>& trace) override;
  void ConsumerRtp(std::string_view consumerId, ByteView packet) override;

  // A response as big as a message may be would not get through: the controller empties its receive buffer
  // when that holds more than 8 MiB, and behind a message it may hold the rest of a read (64 KiB in Node.js).
  static constexpr std::size_t kMaxResponseSize = kMaxFrameSize - std::size_t{128} * 1024;
  // The longest text of a log message; the rest is cut off.
  static constexpr std::size_t kMaxLogSize = std::size_t{16} * 1024;

 private:
  void OnFrame(ByteView frame, Instant now);
  void OnRequest(const FBS::Request::Request& request, Instant now);
  void OnNotification(const FBS::Notification::Notification& notification, Instant now);
  Status Deliver(const FBS::Notification::Notification& notification, Instant now);
  void Reject(std::uint32_t requestId, const Error& error);

  template <typename Body>
  void Notify(std::string_view handlerId, FBS::Notification::Event event, flatbuffers::Offset<Body> body);
  void Notify(std::string_view handlerId, FBS::Notification::Event event);
  void PushNotification(std::string_view handlerId, FBS::Notification::Event event,
                        FBS::Notification::Body type, flatbuffers::Offset<void> body);

  Host& host_;
  rtc::Worker* worker_ = nullptr;
  FrameReader reader_;
  OutputQueue output_;
  bool requestsBegun_ = false;  // in this read
  bool closed_ = false;
  bool logsDrops_ = false;  // now: a message that must not be dropped itself
  Counters<ChannelCount> counts_;
  std::optional<Instant> lastWarning_;
  // One for each kind of frame: a notification or a log message may arise while a response is being built.
  // They keep their memory, so that packets for the controller allocate nothing.
  flatbuffers::FlatBufferBuilder responses_;
  flatbuffers::FlatBufferBuilder notifications_;
  flatbuffers::FlatBufferBuilder logs_;
};

}  // namespace ringcast::channel
