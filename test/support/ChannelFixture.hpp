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

// A process that only notes what it is asked for.
class FakeHost final : public channel::Host {
 public:
  std::uint32_t pid = 4711;
  channel::ProcessUsage usage;
  net::EgressStats egress;
  net::IngressStats ingress;
  net::TcpStats tcp;
  Status settingsOutcome = OkStatus();
  std::optional<std::string> logLevel;
  std::vector<std::string> logTags;
  std::size_t settingsUpdates = 0;
  std::size_t closes = 0;
  std::function<void(Instant)> beforeRequest;
  std::size_t beforeRequests = 0;

  [[nodiscard]] std::uint32_t Pid() const override { return pid; }
  [[nodiscard]] channel::ProcessUsage ResourceUsage() const override { return usage; }
  [[nodiscard]] net::EgressStats EgressStats() const override { return egress; }
  [[nodiscard]] net::IngressStats IngressStats() const override { return ingress; }
  [[nodiscard]] net::TcpStats TcpStats() const override { return tcp; }
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

// --- What a controller writes ---

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

// A notification; `data`: the packet of one that carries a packet.
[[nodiscard]] Frame NotificationFrame(FBS::Notification::Event event, std::string_view handlerId,
                                      std::optional<ByteView> data = {});

// A valid body of each type of request, in a room as ChannelFixture::AddRoom and AddWebRtc make it: what
// creates makes objects with ids that are free, what closes closes the room's.
[[nodiscard]] RequestBody SampleBody(Builder& builder, FBS::Request::Body type);

[[nodiscard]] RequestBody PlainTransportBody(Builder& builder, std::string_view transportId,
                                             std::string_view ip = "127.0.0.1");
[[nodiscard]] RequestBody WebRtcServerBody(Builder& builder, std::string_view serverId);
// `serverId` empty: on sockets of its own.
[[nodiscard]] RequestBody WebRtcTransportBody(Builder& builder, std::string_view transportId,
                                              std::string_view serverId = {});
[[nodiscard]] RequestBody DirectTransportBody(Builder& builder, std::string_view transportId);
[[nodiscard]] RequestBody ProduceBody(Builder& builder, std::string_view producerId, MediaKind kind,
                                      std::uint32_t ssrc);
[[nodiscard]] RequestBody ConsumeBody(Builder& builder, std::string_view consumerId,
                                      std::string_view producerId, MediaKind kind, std::uint32_t ssrc);

// The payload types of the samples: the producer's, and the router's and consumers'.
inline constexpr std::uint8_t kSampleAudioType = 111;
inline constexpr std::uint8_t kSampleVideoType = 96;
inline constexpr std::uint8_t kMappedAudioType = 100;
inline constexpr std::uint8_t kMappedVideoType = 101;

// A peer's certificate, by SHA-256.
inline constexpr const char* kSampleFingerprint =
    "82:5A:68:3D:36:C3:0A:DE:AF:E7:32:43:D2:88:83:57:"
    "AC:2D:65:E5:80:C4:B6:FB:AF:1A:A0:21:9F:6D:0C:AD";

// --- What it reads ---

// A message of the worker's, verified.
class Received {
 public:
  explicit Received(ByteView frame);

  [[nodiscard]] const FBS::Response::Response* Response() const { return Message().data_as_Response(); }
  [[nodiscard]] const FBS::Notification::Notification* Notification() const {
    return Message().data_as_Notification();
  }
  [[nodiscard]] const FBS::Log::Log* Log() const { return Message().data_as_Log(); }

  // The body of an accepting response; nullptr: it is none, or of another type.
  template <typename Table>
  [[nodiscard]] const Table* Body() const {
    const auto* response = Response();
    if (response == nullptr || !response->accepted()) return nullptr;
    return response->body_type() == FBS::Response::BodyTraits<Table>::enum_value
               ? static_cast<const Table*>(response->body())
               : nullptr;
  }
  // "accepted", or the class of the error.
  [[nodiscard]] std::string Outcome() const;
  [[nodiscard]] std::string Reason() const;

 private:
  [[nodiscard]] const FBS::Message::Message& Message() const;

  std::vector<std::uint64_t> words_;  // the frame, for its alignment
};

// The channel and the real media core, between a controller played by the test and fake sockets.
class ChannelFixture {
 public:
  explicit ChannelFixture(std::uint64_t seed = 1);

  void Send(ByteView bytes) { channel.OnBytes(bytes, now); }
  // Everything the controller can read now.
  [[nodiscard]] std::vector<Received> Read();
  // Sends a request and reads what comes; there must be one response among it, which is returned.
  Received Ask(FBS::Request::Method method, std::string_view handlerId, const MakeRequestBody& body = {});

  // By requests: router "router" with transports "plain" and "direct", producer "producer" on the former and
  // consumer "consumer" of it on the latter. What that gave to read is gone.
  void AddRoom(MediaKind kind = MediaKind::kAudio);
  // To that room: WebRTC server "server", and transport "webrtc" on sockets of its own; each listens on UDP
  // and TCP.
  void AddWebRtc();

  // In the order of their needs.
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
