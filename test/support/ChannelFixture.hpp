#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "fbs/message_generated.h"
#include "ringcast/channel/Channel.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"
#include "support/FakeSink.hpp"
#include "support/FakeSockets.hpp"

namespace ringcast::test {

// A process that only records its requests.
class FakeHost final : public channel::Host {
 public:
  channel::ProcessUsage usage;
  rtc::WorkerReport report{.pid = 4711};
  Status settingsOutcome = OkStatus();
  std::optional<std::string> logLevel;
  std::vector<std::string> logTags;
  std::size_t settingsUpdates = 0;
  std::size_t closes = 0;
  std::function<void(Instant)> beforeRequest;
  std::function<void(rtc::WorkerReport&)> completeReport;
  std::size_t beforeRequests = 0;

  [[nodiscard]] channel::ProcessUsage ResourceUsage() const override { return usage; }
  [[nodiscard]] rtc::WorkerReport Report() override {
    auto full = report;
    if (completeReport) completeReport(full);
    return full;
  }
  Status UpdateSettings(std::optional<std::string_view> level,
                        const std::vector<std::string>& tags) override {
    ++settingsUpdates;
    logLevel = level;
    logTags = tags;
    return settingsOutcome;
  }
  void BeforeRequest(Instant now) override {
    ++beforeRequests;
    if (beforeRequest) beforeRequest(now);
  }
  void Close() override { ++closes; }
};

// --- Writing ---

using Builder = flatbuffers::FlatBufferBuilder;
using Frame = std::vector<std::uint8_t>;

struct RequestBody {
  FBS::Request::Body type = FBS::Request::Body::NONE;
  flatbuffers::Offset<void> offset;
};
using MakeRequestBody = std::function<RequestBody(Builder&)>;

template <typename Table>
[[nodiscard]] RequestBody BodyOf(flatbuffers::Offset<Table> table) {
  return {FBS::Request::BodyTraits<Table>::enum_value, table.Union()};
}

[[nodiscard]] Frame RequestFrame(std::uint32_t id, FBS::Request::Method method, std::string_view handlerId,
                                 const MakeRequestBody& body = {});

// Returns a notification; `data` is its packet, if it has one.
[[nodiscard]] Frame NotificationFrame(FBS::Notification::Event event, std::string_view handlerId,
                                      std::optional<ByteView> data = {});

// Returns a valid body of each request type for the room of ChannelFixture::AddRoom and AddWebRtc: requests
// that create use free ids, requests that close use the ids of the room's objects.
[[nodiscard]] RequestBody SampleBody(Builder& builder, FBS::Request::Body type);

[[nodiscard]] RequestBody PipeTransportBody(Builder& builder, std::string_view transportId);
[[nodiscard]] RequestBody PlainTransportBody(Builder& builder, std::string_view transportId,
                                             std::string_view ip = "127.0.0.1");
[[nodiscard]] RequestBody WebRtcServerBody(Builder& builder, std::string_view serverId);
// With an empty `serverId`, the transport has its own sockets.
[[nodiscard]] RequestBody WebRtcTransportBody(Builder& builder, std::string_view transportId,
                                              std::string_view serverId = {});
[[nodiscard]] RequestBody DirectTransportBody(Builder& builder, std::string_view transportId);
[[nodiscard]] RequestBody ProduceBody(Builder& builder, std::string_view producerId, MediaKind kind,
                                      std::uint32_t ssrc);
[[nodiscard]] RequestBody ConsumeBody(Builder& builder, std::string_view consumerId,
                                      std::string_view producerId, MediaKind kind, std::uint32_t ssrc);

// Payload types of the samples: of the producer, and of the router and consumers.
inline constexpr std::uint8_t kSampleAudioType = 111;
inline constexpr std::uint8_t kSampleVideoType = 96;
inline constexpr std::uint8_t kMappedAudioType = 100;
inline constexpr std::uint8_t kMappedVideoType = 101;

// The SHA-256 fingerprint of a peer's certificate.
inline constexpr const char* kSampleFingerprint =
    "82:5A:68:3D:36:C3:0A:DE:AF:E7:32:43:D2:88:83:57:"
    "AC:2D:65:E5:80:C4:B6:FB:AF:1A:A0:21:9F:6D:0C:AD";

// --- Reading ---

// A verified message of the worker.
class Received {
 public:
  explicit Received(ByteView frame);

  [[nodiscard]] const FBS::Response::Response* Response() const { return Message().data_as_Response(); }
  [[nodiscard]] const FBS::Notification::Notification* Notification() const {
    return Message().data_as_Notification();
  }
  [[nodiscard]] const FBS::Log::Log* Log() const { return Message().data_as_Log(); }

  // Returns the body of an accepting response, or nullptr if it is of another type or not accepting.
  template <typename Table>
  [[nodiscard]] const Table* Body() const {
    const auto* response = Response();
    if (response == nullptr || !response->accepted()) return nullptr;
    return response->body_type() == FBS::Response::BodyTraits<Table>::enum_value
               ? static_cast<const Table*>(response->body())
               : nullptr;
  }
  // Returns "accepted", or the class of the error.
  [[nodiscard]] std::string Outcome() const;
  [[nodiscard]] std::string Reason() const;

 private:
  [[nodiscard]] const FBS::Message::Message& Message() const;

  std::vector<std::uint64_t> words_;  // the frame, for its alignment
};

// The channel and the real media core between a test, as the controller, and fake sockets.
class ChannelFixture {
 public:
  explicit ChannelFixture(std::uint64_t seed = 1);

  void Send(ByteView bytes) { channel.OnBytes(bytes, now); }
  // Returns all messages that the controller can read now.
  [[nodiscard]] std::vector<Received> Read();
  // Sends a request, reads the messages that follow, and returns the single response among them.
  Received Ask(FBS::Request::Method method, std::string_view handlerId, const MakeRequestBody& body = {});

  // Creates by requests: router "router" with transports "plain" and "direct", producer "producer" on the
  // former and its consumer "consumer" on the latter. Drops the messages of these requests.
  void AddRoom(MediaKind kind = MediaKind::kAudio);
  // Adds to that room WebRTC server "server" and transport "webrtc" with its own sockets; each listens on
  // UDP and TCP.
  void AddWebRtc();
  // Adds to that room of audio RTP observer "observer", with "producer", and pipe transport "pipe".
  void AddObserverAndPipe();
  // Adds to that room data producer "data-producer" and data consumer "data-consumer", both of "direct".
  void AddData();

  // Declared in the order of their dependencies.
  net::PacketPool pool;
  FakeSink sink;
  FakeSockets sockets;
  TimerQueue timers;
  SeededRandom random;
  Instant now = Instant(Seconds(1000));
  FakeHost host;
  channel::Channel channel;
  rtc::Worker worker;

 private:
  void Accept(FBS::Request::Method method, std::string_view handlerId, const MakeRequestBody& body);

  std::uint32_t nextId_ = 1;
};

}  // namespace ringcast::test
