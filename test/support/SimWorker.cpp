#include "support/SimWorker.hpp"

#include "ringcast/net/Demux.hpp"
#include "support/DtlsContext.hpp"
#include "support/RtcpBytes.hpp"

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

// Payload types of media and of its retransmissions.
struct PayloadTypes {
  std::uint8_t media = 0;
  std::uint8_t rtx = 0;
};

// Return the payload types between publisher and worker, and those in the router.
PayloadTypes FromPublisher(MediaKind kind) {
  if (kind == MediaKind::kAudio) return {SimWorker::kAudioPayloadType};
  return {SimWorker::kVideoPayloadType, SimWorker::kVideoRtxPayloadType};
}

PayloadTypes InRouter(MediaKind kind) {
  if (kind == MediaKind::kAudio) return {SimWorker::kMappedAudioPayloadType};
  return {SimWorker::kMappedVideoPayloadType, SimWorker::kMappedVideoRtxPayloadType};
}

rtc::RtpCodecParameters RtxCodec(const PayloadTypes& types) {
  rtc::RtpCodecParameters codec;
  codec.mimeType = "video/rtx";
  codec.payloadType = PayloadType(types.rtx);
  codec.clockRate = 90000;
  codec.parameters = {{"apt", std::int32_t{types.media}}};
  return codec;
}

rtc::RtpParameters Parameters(MediaKind kind, const PayloadTypes& types,
                              const std::vector<std::optional<std::uint32_t>>& ssrcs,
                              const MediaSetup& setup) {
  rtc::RtpParameters parameters;
  parameters.mid = setup.mid;
  auto& codec = parameters.codecs.emplace_back(Codec(kind, types.media));
  if (!setup.nack) {
    std::erase_if(codec.rtcpFeedback, [](const rtc::RtcpFeedback& feedback) {
      return feedback.type == "nack" && feedback.parameter.empty();
    });
  }
  for (const auto& type : setup.feedback) codec.rtcpFeedback.push_back({type, ""});
  const bool rtx = setup.rtx && kind == MediaKind::kVideo;
  if (rtx) parameters.codecs.push_back(RtxCodec(types));
  for (const auto& [uri, id] : setup.extensions)
    parameters.headerExtensions.push_back({.uri = uri, .id = id});
  for (const auto& ssrc : ssrcs) {
    auto& encoding = parameters.encodings.emplace_back();
    if (ssrc) encoding.ssrc = Ssrc(*ssrc);
    if (ssrc && rtx) encoding.rtxSsrc = Ssrc(SimWorker::RtxOf(*ssrc));
    encoding.scalabilityMode = setup.layers;
  }
  parameters.rtcp.cname = SimWorker::kCname;
  parameters.rtcp.reducedSize = setup.reducedSize.value_or(true);
  return parameters;
}

Ssrc MappedSsrc(std::size_t encoding) {
  return Ssrc(SimWorker::kMappedSsrc + static_cast<std::uint32_t>(encoding));
}

}  // namespace

SimWorker::SimWorker(std::uint64_t seed, const Options& options)
    : pool(options.poolLimit),
      random(seed),
      worker(rtc::Environment{.pool = pool,
                              .sink = sink,
                              .sockets = sockets,
                              .timers = timers,
                              .notifier = notifier,
                              .random = random,
                              .wallClock = kWallClock,
                              .dtls = DtlsContext(),
                              .gsoPadding = options.gsoPadding,
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
  RC_ASSERT((*created)->Connect(connect, now).Ok());
}

void SimWorker::AddPipes(const std::string& router, const std::string& id, const std::string& farRouter,
                         const std::string& farId, bool srtp) {
  rtc::PipeTransportOptions options;
  options.listenInfo.ip = "127.0.0.1";
  options.enableSrtp = srtp;
  RC_ASSERT(worker.FindRouter(router)->CreatePipeTransport(id, options).Ok());
  RC_ASSERT(worker.FindRouter(farRouter)->CreatePipeTransport(farId, options).Ok());
  const auto connect = [this](const std::string& from, const std::string& to) {
    const auto far = *Transport(to).Dump().pipe;
    RC_ASSERT(Pipe(from)
                  .Connect({.ip = far.tuple.localAddress,
                            .port = far.tuple.localPort,
                            .srtpParameters = far.srtpParameters},
                           now)
                  .Ok());
  };
  connect(id, farId);
  connect(farId, id);
}

void SimWorker::AddDirect(const std::string& router, const std::string& id) {
  RC_ASSERT(worker.FindRouter(router)->CreateDirectTransport(id, {}).Ok());
}

void SimWorker::AddWebRtc(const std::string& router, const std::string& id) {
  rtc::WebRtcTransportOptions options;
  options.listenInfos.emplace_back().ip = "127.0.0.1";
  RC_ASSERT(worker.FindRouter(router)->CreateWebRtcTransport(id, options).Ok());
}

void SimWorker::Produce(const std::string& transport, const std::string& id, MediaKind kind,
                        std::optional<std::uint32_t> ssrc, const MediaSetup& setup) {
  std::vector<std::optional<std::uint32_t>> ssrcs(setup.encodings);
  for (std::uint32_t i = 0; i < setup.encodings && ssrc; ++i) ssrcs[i] = *ssrc + i;
  rtc::ProduceOptions options;
  options.producerId = id;
  options.kind = kind;
  options.keyFrameRequestDelayMs = setup.keyFrameRequestDelayMs;
  const auto types = setup.pipe ? InRouter(kind) : FromPublisher(kind);
  options.rtpParameters = Parameters(kind, types, ssrcs, setup);
  options.rtpMapping.codecs.push_back({PayloadType(types.media), PayloadType(InRouter(kind).media)});
  for (const auto& encoding : options.rtpParameters.encodings) {
    auto& mappings = options.rtpMapping.encodings;
    mappings.push_back({.rid = {}, .ssrc = encoding.ssrc, .mappedSsrc = MappedSsrc(mappings.size())});
  }
  RC_ASSERT(Transport(transport).Produce(options, now).Ok());
}

void SimWorker::Consume(const std::string& transport, const std::string& id, const std::string& producer,
                        std::uint32_t ssrc, const MediaSetup& setup) {
  const auto& source = Producer(producer);
  rtc::ConsumeOptions options;
  options.consumerId = id;
  options.producerId = producer;
  options.kind = source.Kind();
  options.type = setup.pipe ? rtc::RtpType::kPipe : source.Type();
  std::vector<std::optional<std::uint32_t>> ssrcs{ssrc};
  while (setup.pipe && ssrcs.size() < source.Parameters().encodings.size()) ssrcs.emplace_back(++ssrc);
  options.rtpParameters = Parameters(options.kind, InRouter(options.kind), ssrcs, setup);
  for (const auto& produced : source.Parameters().encodings) {
    auto& consumable = options.consumableRtpEncodings;
    consumable.push_back({.ssrc = MappedSsrc(consumable.size())});
    options.rtpParameters.encodings[0].scalabilityMode = produced.scalabilityMode;
  }
  options.ignoreDtx = setup.ignoreDtx;
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
  const auto dump = Transport(transport).Dump();
  ReceiveOn(dump.pipe ? dump.pipe->tuple.localPort : dump.plain->tuple.localPort, from, bytes);
}

void SimWorker::ReceiveRtcp(const std::string& transport, const net::Address& from,
                            const std::vector<std::uint8_t>& bytes) {
  ReceiveOn(Transport(transport).Dump().plain->rtcpTuple->localPort, from, bytes);
}

std::vector<Run> SimWorker::EndTurnRuns() {
  more = worker.OnTurnEnd(now, idle);
  auto runs = std::exchange(sink.sent, {});
  std::erase_if(runs, [](const Run& run) { return net::Classify(run.bytes) != net::PacketProtocol::kRtp; });
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
    if (net::Classify(datagram.bytes) == net::PacketProtocol::kRtp) out.push_back(datagram);
  }
  return out;
}

std::size_t CountPictureLoss(const std::vector<Datagram>& datagrams) {
  std::size_t count = 0;
  for (const auto& datagram : datagrams) count += MessagesOf<rtcp::PictureLoss>(datagram.bytes).size();
  return count;
}

}  // namespace ringcast::test
