#include "bench/FanoutRoom.hpp"

#include <string>
#include <vector>

#include "bench/TestStream.hpp"
#include "ringcast/rtc/Router.hpp"
#include "ringcast/rtc/Transport.hpp"

namespace ringcast::worker::bench {
namespace {

constexpr const char* kRouterId = "room";

// A stream by all its names: as its sender, the router and its receivers call it.
struct StreamNames {
  std::size_t producer;
  std::string producerId;
  MediaKind kind;
  Ssrc ssrc;
  Ssrc mappedSsrc;
};

StreamNames NamesOf(std::size_t producer, MediaKind kind) {
  const Ssrc ssrc = SourceSsrc(producer, kind);
  return {.producer = producer,
          .producerId = (kind == MediaKind::kVideo ? "video-" : "audio-") + std::to_string(producer),
          .kind = kind,
          .ssrc = ssrc,
          .mappedSsrc = Ssrc(ssrc.Value() + 0x10000)};
}

rtc::RtpParameters ParametersOf(MediaKind kind, Ssrc ssrc) {
  rtc::RtpParameters parameters;
  rtc::RtpCodecParameters codec;
  const bool video = kind == MediaKind::kVideo;
  codec.mimeType = video ? "video/VP8" : "audio/opus";
  codec.payloadType = video ? TestStream::kVideoPayloadType : TestStream::kAudioPayloadType;
  codec.clockRate = video ? TestStream::kVideoClockRate : TestStream::kAudioClockRate;
  if (!video) codec.channels = 2;
  parameters.codecs.push_back(codec);
  parameters.encodings.emplace_back().ssrc = ssrc;
  parameters.rtcp.cname = "bench";
  return parameters;
}

class RoomMaker {
 public:
  RoomMaker(rtc::Worker& worker, const FanoutOptions& options, LoadPlan& plan, Random& random, Instant now)
      : worker_(worker), options_(options), plan_(plan), random_(random), now_(now) {}

  Status Make() {
    if (auto status = worker_.CreateRouter(kRouterId); !status) return status;
    if (options_.suite) {
      senderKey_ = srtp::MasterKey::Generate(*options_.suite, random_).Base64();
      StoreText(plan_.senderKey, senderKey_);
    }
    for (std::size_t i = 0; i < options_.producers; ++i) {
      if (auto status = MakeProducer(i); !status) return status;
    }
    for (std::size_t i = 0; i < options_.consumers; ++i) {
      if (auto status = MakeConsumer(i); !status) return status;
    }
    return OkStatus();
  }

 private:
  // A transport connected to that port of the load. Both directions have a key of their own.
  Result<rtc::Transport*> MakeTransport(const std::string& id, std::uint16_t loadPort,
                                        LoadPlan::KeyText* ownKey) {
    const bool toSink = ownKey != nullptr && options_.sink.has_value();
    const std::string loopback = options_.ipv6 ? "::1" : "127.0.0.1";
    rtc::PlainTransportOptions transportOptions;
    transportOptions.listenInfo.ip = toSink ? options_.sinkVia->Ip() : loopback;
    transportOptions.rtcpMux = true;
    transportOptions.enableSrtp = options_.suite.has_value();
    transportOptions.srtpCryptoSuite = options_.suite;
    auto transport = worker_.FindRouter(kRouterId)->CreatePlainTransport(id, transportOptions);
    if (!transport) return transport;

    rtc::PlainConnectOptions connect;
    connect.ip = toSink ? options_.sink->Ip() : loopback;
    connect.port = loadPort;
    if (options_.suite) connect.srtpParameters = rtc::SrtpParameters{*options_.suite, senderKey_};
    const auto connected = (*transport)->ConnectPlain(connect, now_);
    if (!connected) return connected.Failure();
    if (ownKey != nullptr && connected->srtpParameters)
      StoreText(*ownKey, connected->srtpParameters->keyBase64);
    return transport;
  }

  Status MakeProducer(std::size_t index) {
    auto transport = MakeTransport("sender-" + std::to_string(index), plan_.senderPorts[index], nullptr);
    if (!transport) return transport.Failure();
    plan_.producerPorts[index] = (*transport)->Dump().plain->tuple.localPort;
    for (const auto kind : {MediaKind::kVideo, MediaKind::kAudio}) {
      if ((kind == MediaKind::kAudio ? options_.audioRate : options_.videoRate) == 0) continue;
      const auto names = NamesOf(index, kind);
      rtc::ProduceOptions produce;
      produce.producerId = names.producerId;
      produce.kind = kind;
      produce.rtpParameters = ParametersOf(kind, names.ssrc);
      const auto payloadType = produce.rtpParameters.codecs.front().payloadType;
      produce.rtpMapping.codecs.push_back({payloadType, payloadType});
      produce.rtpMapping.encodings.push_back({.rid = {}, .ssrc = names.ssrc, .mappedSsrc = names.mappedSsrc});
      if (const auto produced = (*transport)->Produce(produce, now_); !produced) return produced.Failure();
      streams_.push_back(names);
    }
    return OkStatus();
  }

  Status MakeConsumer(std::size_t index) {
    auto transport = MakeTransport("receiver-" + std::to_string(index), plan_.receiverPorts[index],
                                   &plan_.consumerKeys[index]);
    if (!transport) return transport.Failure();
    for (const auto& stream : streams_) {
      if (!options_.Consumes(index, stream.producer)) continue;
      rtc::ConsumeOptions consume;
      consume.consumerId = stream.producerId + "-to-" + std::to_string(index);
      consume.producerId = stream.producerId;
      consume.kind = stream.kind;
      consume.rtpParameters = ParametersOf(stream.kind, Ssrc(random_.U32()));
      consume.consumableRtpEncodings.emplace_back().ssrc = stream.mappedSsrc;
      if (const auto consumed = (*transport)->Consume(consume, now_); !consumed) return consumed.Failure();
    }
    return OkStatus();
  }

  rtc::Worker& worker_;
  const FanoutOptions& options_;
  LoadPlan& plan_;
  Random& random_;
  Instant now_;
  std::string senderKey_;  // also what receivers would encrypt their RTCP with, if they sent any
  std::vector<StreamNames> streams_;
};

}  // namespace

Status CreateFanoutRoom(rtc::Worker& worker, const FanoutOptions& options, LoadPlan& plan, Random& random,
                        Instant now) {
  return RoomMaker(worker, options, plan, random, now).Make();
}

}  // namespace ringcast::worker::bench
