#include "support/SimWorker.hpp"

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/DtlsContext.hpp"

namespace ringcast::test {

namespace {

rtc::RtpCodecParameters Codec(MediaKind kind, std::uint8_t payloadType) {
  rtc::RtpCodecParameters codec;
  codec.payloadType = PayloadType(payloadType);
  if (kind == MediaKind::kVideo) {
    codec.mimeType = "video/VP8";
    codec.clockRate = 90000;
    codec.rtcpFeedback = {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}};
  } else {
    codec.mimeType = "audio/opus";
    codec.clockRate = 48000;
    codec.channels = 2;
  }
  return codec;
}

rtc::RtpParameters Parameters(MediaKind kind, std::uint8_t payloadType, std::optional<std::uint32_t> ssrc,
                              const SimWorker::MediaSetup& setup) {
  rtc::RtpParameters parameters;
  parameters.mid = setup.mid;
  auto& codec = parameters.codecs.emplace_back(Codec(kind, payloadType));
  for (const auto& type : setup.feedback) codec.rtcpFeedback.push_back({type, ""});
  for (const auto& [uri, id] : setup.extensions)
    parameters.headerExtensions.push_back({.uri = uri, .id = id});
  rtc::RtpEncodingParameters encoding;
  if (ssrc) encoding.ssrc = Ssrc(*ssrc);
  parameters.encodings.push_back(encoding);
  parameters.rtcp.cname = SimWorker::kCname;
  parameters.rtcp.reducedSize = setup.reducedSize.value_or(true);
  return parameters;
}

std::uint8_t FromPublisher(MediaKind kind) {
  return kind == MediaKind::kVideo ? SimWorker::kVideoPayloadType : SimWorker::kAudioPayloadType;
}

std::uint8_t InRouter(MediaKind kind) {
  return kind == MediaKind::kVideo ? SimWorker::kMappedVideoPayloadType : SimWorker::kMappedAudioPayloadType;
}

}  // namespace

SimWorker::SimWorker(std::uint64_t seed, const Options& options)
    : random(seed),
      worker(rtc::Environment{.pool = pool,
                              .sink = sink,
                              .sockets = sockets,
                              .timers = timers,
                              .notifier = notifier,
                              .random = random,
                              .wallClock = WallClock(Seconds(1'700'000'000)),
                              .dtls = DtlsContext(),
                              .evenSizes = options.evenSizes,
                              .coalescing = options.coalescing}) {}

void SimWorker::AddRouter(const std::string& id) { RC_ASSERT(worker.CreateRouter(id).Ok()); }

void SimWorker::AddPlain(const std::string& router, const std::string& id, const PlainSetup& setup) {
  rtc::PlainTransportOptions options;
  options.listenInfo.ip = "127.0.0.1";
  options.rtcpMux = setup.rtcpMux;
  options.comedia = setup.comedia;
  auto created = worker.FindRouter(router)->CreatePlainTransport(id, options);
  RC_ASSERT(created.Ok());
  if (!setup.remote) return;
  rtc::PlainConnectOptions connect;
  connect.ip = setup.remote->Ip();
  connect.port = setup.remote->Port();
  RC_ASSERT((*created)->ConnectPlain(connect, now).Ok());
}

void SimWorker::AddDirect(const std::string& router, const std::string& id) {
  RC_ASSERT(worker.FindRouter(router)->CreateDirectTransport(id, {}).Ok());
}

void SimWorker::Produce(const std::string& transport, const std::string& id, MediaKind kind,
                        std::optional<std::uint32_t> ssrc, const MediaSetup& setup) {
  rtc::ProduceOptions options;
  options.producerId = id;
  options.kind = kind;
  options.rtpParameters = Parameters(kind, FromPublisher(kind), ssrc, setup);
  options.rtpMapping.codecs.push_back({PayloadType(FromPublisher(kind)), PayloadType(InRouter(kind))});
  options.rtpMapping.encodings.push_back(
      {.rid = {}, .ssrc = options.rtpParameters.encodings[0].ssrc, .mappedSsrc = Ssrc(kMappedSsrc)});
  RC_ASSERT(Transport(transport).Produce(options, now).Ok());
}

void SimWorker::Consume(const std::string& transport, const std::string& id, const std::string& producer,
                        std::uint32_t ssrc, const MediaSetup& setup) {
  rtc::ConsumeOptions options;
  options.consumerId = id;
  options.producerId = producer;
  options.kind = Producer(producer).Kind();
  options.rtpParameters = Parameters(options.kind, InRouter(options.kind), ssrc, setup);
  options.ignoreDtx = setup.ignoreDtx.value_or(false);
  rtc::RtpEncodingParameters consumable;
  consumable.ssrc = Ssrc(kMappedSsrc);
  options.consumableRtpEncodings.push_back(consumable);
  RC_ASSERT(Transport(transport).Consume(options, now).Ok());
}

void SimWorker::ReceiveOn(std::uint16_t port, const net::Address& from,
                          const std::vector<std::uint8_t>& bytes) {
  net::ReceivedDatagram datagram{pool.Copy(bytes, now), from};
  const auto socket = sockets.Find(port);
  RC_ASSERT(socket.has_value());
  sockets.Deliver(*socket, std::span(&datagram, 1), now);
}

void SimWorker::Receive(const std::string& transport, const net::Address& from,
                        const std::vector<std::uint8_t>& bytes) {
  ReceiveOn(Transport(transport).Dump().plain->tuple.localPort, from, bytes);
}

void SimWorker::ReceiveRtcp(const std::string& transport, const net::Address& from,
                            const std::vector<std::uint8_t>& bytes) {
  ReceiveOn(Transport(transport).Dump().plain->rtcpTuple->localPort, from, bytes);
}

std::vector<Run> SimWorker::EndTurnRuns() {
  more = worker.OnTurnEnd(now, idle);
  auto runs = std::exchange(sink.sent, {});
  std::erase_if(runs, [](const Run& run) { return net::Classify(run.bytes) != net::Protocol::kRtp; });
  return runs;
}

std::vector<Datagram> SimWorker::EndTurn() {
  more = worker.OnTurnEnd(now, idle);
  auto datagrams = sink.Datagrams();
  sink.sent.clear();
  return datagrams;
}

void SimWorker::Advance(Duration duration) {
  const auto start = now;
  const auto end = now + duration;
  while (const auto next = timers.NextTimeout()) {
    if (*next > end) break;
    now = std::max(now, *next);
    timers.OnTimeout(now);
  }
  idle += end - start;
  now = end;
}

std::vector<Datagram> Rtp(const std::vector<Datagram>& datagrams) {
  std::vector<Datagram> out;
  for (const auto& datagram : datagrams) {
    if (net::Classify(datagram.bytes) == net::Protocol::kRtp) out.push_back(datagram);
  }
  return out;
}

std::size_t CountPictureLoss(const std::vector<Datagram>& datagrams) {
  std::size_t count = 0;
  for (const auto& datagram : datagrams) {
    rtcp::CompoundReader reader(datagram.bytes);
    while (const auto message = reader.Next())
      count += std::holds_alternative<rtcp::PictureLoss>(*message) ? 1 : 0;
  }
  return count;
}

}  // namespace ringcast::test
