#include "bench/FanoutRoom.hpp"

#include <string>
#include <vector>

#include "bench/RoomStreams.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/PlainTransport.hpp"

namespace ringcast::bench {
namespace {

constexpr const char* kRouterId = "room";

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
  // Creates a transport connected to this port of the load. Each direction has its own key.
  Result<rtc::PlainTransport*> MakeTransport(const std::string& id, std::uint16_t loadPort,
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
    const auto connected = (*transport)->Connect(connect, now_);
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
      const auto names = NamesOf(index, kind, kind == MediaKind::kVideo ? options_.encodings : 1,
                                 options_.rtx && kind == MediaKind::kVideo);
      const auto produced = (*transport)->Produce(ProduceOptionsOf(names), now_);
      if (!produced) return produced.Failure();
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
      const auto consumed =
          (*transport)
              ->Consume(ConsumeOptionsOf(stream, stream.producerId + "-to-" + std::to_string(index),
                                         Ssrc(random_.U32()), options_.EncodingOf(index)),
                        now_);
      if (!consumed) return consumed.Failure();
    }
    return OkStatus();
  }

  rtc::Worker& worker_;
  const FanoutOptions& options_;
  LoadPlan& plan_;
  Random& random_;
  Instant now_;
  std::string senderKey_;  // receivers would also encrypt RTCP with it, but they send none
  std::vector<StreamNames> streams_;
};

}  // namespace

Status CreateFanoutRoom(rtc::Worker& worker, const FanoutOptions& options, LoadPlan& plan, Random& random,
                        Instant now) {
  return RoomMaker(worker, options, plan, random, now).Make();
}

}  // namespace ringcast::bench
