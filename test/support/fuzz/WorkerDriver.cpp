#include "support/fuzz/WorkerDriver.hpp"

#include <algorithm>
#include <array>

#include "channel/ToFbs.hpp"
#include "ringcast/net/Demux.hpp"
#include "support/fuzz/WorkerRtcp.hpp"

namespace ringcast::fuzz {
namespace {

using script::AddTransport;
using script::Kind;

// Small (2 MiB), so that scripts can fill it. Several limits of the worker are fractions of it.
constexpr std::size_t kPool = 1024;
constexpr std::size_t kMaxCommands = 400;
constexpr std::size_t kMaxTransports = 10;
constexpr std::size_t kMaxProducers = 10;
constexpr std::size_t kMaxConsumers = 24;
// Packets that one script receives: more would take longer without new findings.
constexpr std::size_t kMaxPackets = 20'000;
constexpr std::size_t kMaxForwarded = 100'000;
constexpr std::size_t kMaxHandshakes = 2;
constexpr Duration kMaxStep = Seconds(1);

constexpr std::array<const char*, 2> kRouters = {"r0", "r1"};
constexpr const char* kServer = "s0";

constexpr std::array<Duration, 14> kDurations = {
    Duration(0),      Microseconds(250), Milliseconds(1),   Milliseconds(5),   Milliseconds(20),
    Milliseconds(33), Milliseconds(100), Milliseconds(200), Milliseconds(500), Seconds(1),
    Seconds(2),       Seconds(5),        Seconds(15),       Seconds(60)};

rtc::ListenInfo Listen(std::string ip, net::TransportProtocol protocol) {
  rtc::ListenInfo info;
  info.ip = std::move(ip);
  info.protocol = protocol;
  return info;
}

std::vector<ScriptSource::Change> ReadChanges(std::uint8_t flaw, ByteReader& input) {
  std::vector<ScriptSource::Change> changes(flaw & 3);
  for (auto& change : changes) {
    change.offset = input.U8();
    change.value = input.U8();
  }
  return changes;
}

void Apply(const std::vector<ScriptSource::Change>& changes, std::vector<std::uint8_t>& bytes) {
  for (const auto& change : changes) {
    if (!bytes.empty()) bytes[change.offset % bytes.size()] = change.value;
  }
}

}  // namespace

WorkerDriver::WorkerDriver() : sim_(1, {.poolLimit = kPool}), poolMonitor_(sim_.pool) {}

WorkerDriver::~WorkerDriver() = default;

void WorkerDriver::FillPool() {
  std::vector<net::PacketRef> all(sim_.pool.Limit());
  for (auto& one : all) one = sim_.pool.Acquire();
}

void WorkerDriver::Run(ByteView script) {
  counted_ = {};
  handshakes_ = 0;
  for (const auto* router : kRouters) {
    if (sim_.worker.FindRouter(router) == nullptr) RC_ASSERT(sim_.worker.CreateRouter(router).Ok());
  }
  ByteReader input(script);
  for (std::size_t i = 0; i < kMaxCommands && input.Remaining() > 0; ++i) {
    if (!RunOne(input)) break;
  }
  // With comedia, the first received packet connects a transport, not the request.
  const auto connected = std::count_if(peers_.begin(), peers_.end(), [this](const auto& peer) {
    return sim_.Transport(peer->Transport()).Connected();
  });
  counted_.connected = std::max(counted_.connected, static_cast<std::size_t>(connected));
}

bool WorkerDriver::RunOne(ByteReader& input) {
  if (counted_.rtpReceived > kMaxPackets || counted_.rtpSent > kMaxForwarded) return false;
  switch (static_cast<Kind>(input.U8() % static_cast<std::uint8_t>(Kind::kCount))) {
    case Kind::kAddTransport:
      Execute(script::Read<AddTransport>(input));
      break;
    case Kind::kConnect:
      Execute(script::Read<script::Connect>(input));
      break;
    case Kind::kProduce:
      Execute(script::Read<script::Produce>(input));
      break;
    case Kind::kConsume:
      Execute(script::Read<script::Consume>(input));
      break;
    case Kind::kMedia:
      Execute(script::Read<script::Media>(input), input);
      break;
    case Kind::kRetransmit:
      Execute(script::Read<script::Retransmit>(input));
      break;
    case Kind::kRtcp:
      Execute(script::Read<script::Rtcp>(input), input);
      break;
    case Kind::kNack:
      Execute(script::Read<script::Nack>(input));
      break;
    case Kind::kRaw:
      Execute(script::Read<script::Raw>(input), input);
      break;
    case Kind::kEndTurn:
      EndTurn();
      break;
    case Kind::kAdvance:
      Execute(script::Read<script::Advance>(input));
      break;
    case Kind::kControlConsumer:
      Execute(script::Read<script::ControlConsumer>(input));
      break;
    case Kind::kControlProducer:
      Execute(script::Read<script::ControlProducer>(input));
      break;
    case Kind::kControlTransport:
      Execute(script::Read<script::ControlTransport>(input));
      break;
    case Kind::kClose:
      Execute(script::Read<script::Close>(input));
      break;
    case Kind::kStun:
      Execute(script::Read<script::Stun>(input));
      break;
    case Kind::kLimitSink:
      sim_.sink.SetLimit(script::Read<script::LimitSink>(input).slots);
      EndTurn();
      sim_.sink.SetLimit(64);
      break;
    case Kind::kCount:
      break;
  }
  return true;
}

// --- The controller ---

void WorkerDriver::BeginRequest() {
  sim_.worker.BeforeRequest(sim_.now);
  trafficMonitor_.OnRequest();
}

Status WorkerDriver::CreateTransport(const AddTransport& command, const std::string& id) {
  auto* router =
      sim_.worker.FindRouter(kRouters[(command.options & AddTransport::kSecondRouter) != 0 ? 1 : 0]);
  if (router == nullptr) return NotFoundError("closed");
  const auto type = command.type % AddTransport::kTypes;
  rtc::TransportOptions base;
  base.enableSctp = (command.options & AddTransport::kSctp) != 0;
  if (type == AddTransport::kDirect) {
    base.direct = true;
    const auto created = router->CreateDirectTransport(id, base);
    return created ? OkStatus() : Status(created.Failure());
  }
  const bool tcp = (command.options & AddTransport::kTcp) != 0;
  if (type == AddTransport::kWebRtc || type == AddTransport::kWebRtcOnServer) {
    rtc::WebRtcTransportOptions options;
    options.base = base;
    using net::TransportProtocol;
    const std::vector<rtc::ListenInfo> listen{
        Listen("127.0.0.1", tcp ? TransportProtocol::kTcp : TransportProtocol::kUdp)};
    if (type == AddTransport::kWebRtc) {
      options.listenInfos = listen;
    } else {
      const auto server = std::string(kServer) + (tcp ? "t" : "u");
      if (sim_.worker.FindWebRtcServer(server) == nullptr) {
        if (auto status = sim_.worker.CreateWebRtcServer(server, listen); !status) return status;
      }
      options.webRtcServerId = server;
    }
    const auto created = router->CreateWebRtcTransport(id, options);
    return created ? OkStatus() : Status(created.Failure());
  }
  rtc::PlainTransportOptions options;
  options.base = base;
  options.listenInfo = Listen("127.0.0.1", net::TransportProtocol::kUdp);
  options.rtcpMux = (command.options & AddTransport::kNoRtcpMux) == 0;
  options.comedia = type == AddTransport::kComedia || type == AddTransport::kSecureComedia;
  options.enableSrtp = type == AddTransport::kSecurePlain || type == AddTransport::kSecureComedia;
  const auto created = router->CreatePlainTransport(id, options);
  return created ? OkStatus() : Status(created.Failure());
}

void WorkerDriver::Execute(const AddTransport& command) {
  if (peers_.size() >= kMaxTransports) return;
  BeginRequest();
  const auto number = number_++;
  const auto id = "t" + std::to_string(number);
  if (!CreateTransport(command, id)) {
    ++counted_.rejected;
    return;
  }
  ++counted_.transports;
  peers_.push_back(std::make_unique<ScriptPeer>(sim_, id, command, static_cast<std::uint16_t>(number)));
  if ((command.options & AddTransport::kNotConnected) != 0 || peers_.back()->IsDirect()) return;
  Execute(script::Connect{.transport = static_cast<std::uint8_t>(peers_.size() - 1)});
}

void WorkerDriver::Execute(const script::Connect& command) {
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr) return;
  BeginRequest();
  if (peer->IsWebRtc() && handshakes_++ >= kMaxHandshakes) return;
  peer->Connect(command.flaw);
  // A handshake takes several loop iterations.
  for (int i = 0; peer->IsWebRtc() && i < 4; ++i) EndTurn();
  if (sim_.Transport(peer->Transport()).Connected()) ++counted_.connected;
}

void WorkerDriver::Execute(const script::Produce& command) {
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr || sources_.size() >= kMaxProducers) return;
  BeginRequest();
  const auto options = MakeProduceOptions(command, number_++);
  if (!sim_.Transport(peer->Transport()).Produce(options, sim_.now)) {
    ++counted_.rejected;
    return;
  }
  ++counted_.producers;
  sources_.emplace_back(peer->Transport(), command, options);
}

void WorkerDriver::Execute(const script::Consume& command) {
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr || sources_.empty() || consumers_.size() >= kMaxConsumers) return;
  BeginRequest();
  const auto& source = sources_[command.source % sources_.size()];
  const auto options = MakeConsumeOptions(command, number_++, sim_.Producer(source.Producer()));
  if (!sim_.Transport(peer->Transport()).Consume(options, sim_.now)) {
    ++counted_.rejected;
    return;
  }
  ++counted_.consumers;
  auto& consumer = consumers_.emplace_back(Consumer{options.consumerId, peer->Transport(), {}});
  for (const auto& encoding : options.rtpParameters.encodings) consumer.ssrcs.push_back(*encoding.ssrc);
  std::size_t streams = 0;
  for (const auto& one : consumers_) streams += one.ssrcs.size();
  mostStreams_ = std::max(mostStreams_, streams);
}

void WorkerDriver::Execute(const script::ControlConsumer& command) {
  if (consumers_.empty()) return;
  BeginRequest();
  const auto& id = consumers_[command.object % consumers_.size()].id;
  auto& consumer = sim_.Consumer(id);
  builder_.Clear();
  switch (command.action % 9) {
    case 0:
      consumer.Pause();
      break;
    case 1:
      consumer.Resume(sim_.now);
      break;
    case 2:
      consumer.RequestKeyFrame(sim_.now);
      break;
    case 3:
      consumer.SetPriority(command.argument);
      break;
    case 4: {
      rtc::ConsumerLayers layers{static_cast<std::uint8_t>(command.argument >> 4), {}};
      if ((command.argument & 8) == 0) layers.temporalLayer = command.argument & 7;
      static_cast<void>(consumer.SetPreferredLayers(layers, sim_.now));
      break;
    }
    case 5:
      static_cast<void>(consumer.SetPreferredLayers(std::nullopt, sim_.now));
      break;
    case 6: {
      std::vector<rtc::ConsumerTraceEvent> events;
      for (unsigned i = 0; i < 5; ++i) {
        if ((command.argument >> i & 1U) != 0) events.push_back(static_cast<rtc::ConsumerTraceEvent>(i));
      }
      consumer.EnableTraceEvents(events);
      break;
    }
    case 7:
      static_cast<void>(channel::ToFbs(builder_, consumer.Dump()));
      break;
    default:
      for (const auto& stats : consumer.Stats(sim_.now)) static_cast<void>(channel::ToFbs(builder_, stats));
      break;
  }
}

void WorkerDriver::Execute(const script::ControlProducer& command) {
  if (sources_.empty()) return;
  BeginRequest();
  auto& producer = sim_.Producer(sources_[command.object % sources_.size()].Producer());
  builder_.Clear();
  switch (command.action % 5) {
    case 0:
      producer.Pause();
      break;
    case 1:
      producer.Resume(sim_.now);
      break;
    case 2: {
      std::vector<rtc::ProducerTraceEvent> events;
      for (unsigned i = 0; i < 6; ++i) {
        if ((command.argument >> i & 1U) != 0) events.push_back(static_cast<rtc::ProducerTraceEvent>(i));
      }
      producer.EnableTraceEvents(events);
      break;
    }
    case 3:
      static_cast<void>(channel::ToFbs(builder_, producer.Dump()));
      break;
    default:
      for (const auto& stats : producer.Streams().Stats(sim_.now))
        static_cast<void>(channel::ToFbs(builder_, stats));
      break;
  }
}

void WorkerDriver::Execute(const script::ControlTransport& command) {
  auto* peer = PickPeer(command.object);
  if (peer == nullptr) return;
  BeginRequest();
  auto& transport = sim_.Transport(peer->Transport());
  const auto rate = std::optional(DataRate(std::uint64_t{1} << (command.argument % 64)));
  const auto limit = command.argument == 0 ? std::nullopt : rate;
  builder_.Clear();
  switch (command.action % 7) {
    case 0:
      static_cast<void>(transport.Rtcp().SetMaxIncomingBitrate(limit, sim_.now));
      break;
    case 1:
      static_cast<void>(transport.Settings().SetMaxOutgoingBitrate(limit));
      break;
    case 2:
      static_cast<void>(transport.Settings().SetMinOutgoingBitrate(limit));
      break;
    case 3:
      if (auto* webRtc = rtc::OfKind<rtc::WebRtcTransport>(&transport))
        static_cast<void>(webRtc->RestartIce(sim_.now));
      break;
    case 4:
      transport.Settings().EnableTraceEvents(
          {rtc::TransportTraceEvent::kProbation, rtc::TransportTraceEvent::kBwe});
      break;
    case 5:
      Describe(transport);
      break;
    default: {
      const auto stats = transport.Stats(sim_.now);
      static_cast<void>(stats.plain    ? channel::PlainToFbs(builder_, stats).o
                        : stats.webRtc ? channel::WebRtcToFbs(builder_, stats).o
                                       : channel::ToFbs(builder_, stats).o);
      break;
    }
  }
}

void WorkerDriver::Describe(const rtc::Transport& transport) {
  const auto dump = transport.Dump();
  static_cast<void>(dump.plain    ? channel::PlainToFbs(builder_, dump).o
                    : dump.webRtc ? channel::WebRtcToFbs(builder_, dump).o
                                  : channel::ToFbs(builder_, dump).o);
  builder_.Clear();
  static_cast<void>(channel::ToFbs(builder_, transport.Owner().Dump()));
  static_cast<void>(channel::ToFbs(builder_, sim_.worker.Dump(), {.media = sim_.worker.Report()}));
}

void WorkerDriver::Execute(const script::Close& command) {
  BeginRequest();
  const auto object = command.object;
  switch (command.type % script::Close::kTypes) {
    case script::Close::kConsumer:
      if (!consumers_.empty()) {
        const auto& consumer = consumers_[object % consumers_.size()];
        RC_ASSERT(sim_.Transport(consumer.transport).CloseConsumer(consumer.id).Ok());
      }
      break;
    case script::Close::kProducer:
      if (!sources_.empty()) {
        const auto& source = sources_[object % sources_.size()];
        RC_ASSERT(sim_.Transport(source.Transport()).CloseProducer(source.Producer()).Ok());
      }
      break;
    case script::Close::kTransport:
      if (auto* peer = PickPeer(object)) {
        auto& router = sim_.Transport(peer->Transport()).Owner();
        RC_ASSERT(router.CloseTransport(peer->Transport(), sim_.now).Ok());
      }
      break;
    case script::Close::kRouter:
      static_cast<void>(sim_.worker.CloseRouter(kRouters[object % kRouters.size()], sim_.now));
      break;
    case script::Close::kServer:
      static_cast<void>(
          sim_.worker.CloseWebRtcServer(std::string(kServer) + (object % 2 != 0 ? "t" : "u"), sim_.now));
      break;
    default:
      RC_ASSERT(!sim_.worker.CloseRouter("unknown", sim_.now));
      break;
  }
  Prune();
}

void WorkerDriver::Prune() {
  const auto& worker = sim_.worker;
  std::erase_if(peers_, [&](const auto& peer) { return worker.FindTransport(peer->Transport()) == nullptr; });
  std::erase_if(sources_, [&](const auto& one) { return worker.FindProducer(one.Producer()) == nullptr; });
  std::erase_if(consumers_, [&](const auto& one) { return worker.FindConsumer(one.id) == nullptr; });
}

// --- Participants ---

ScriptPeer* WorkerDriver::PickPeer(std::uint8_t index) {
  return peers_.empty() ? nullptr : peers_[index % peers_.size()].get();
}

ScriptPeer* WorkerDriver::PeerOf(const std::string& transport) {
  const auto found = std::find_if(peers_.begin(), peers_.end(),
                                  [&](const auto& peer) { return peer->Transport() == transport; });
  return found == peers_.end() ? nullptr : found->get();
}

Ssrc WorkerDriver::PickSsrc(const std::string& transport, std::uint8_t about) const {
  std::vector<Ssrc> ssrcs;
  for (const auto& source : sources_) {
    if (source.Transport() != transport) continue;
    const auto own = source.Ssrcs();
    ssrcs.insert(ssrcs.end(), own.begin(), own.end());
  }
  for (const auto& consumer : consumers_) {
    if (consumer.transport == transport)
      ssrcs.insert(ssrcs.end(), consumer.ssrcs.begin(), consumer.ssrcs.end());
  }
  return ssrcs.empty() ? Ssrc(about) : ssrcs[about % ssrcs.size()];
}

void WorkerDriver::SendRtp(const ScriptSource& source, std::vector<std::uint8_t> packet) {
  if (counted_.rtpReceived > kMaxPackets) return;
  ++counted_.rtpReceived;
  auto* peer = PeerOf(source.Transport());
  trafficMonitor_.OnReceivedRtp(packet.size(), mostStreams_);
  if (peer->IsDirect()) {
    static_cast<void>(sim_.Producer(source.Producer()).Send(packet, sim_.now));
  } else {
    peer->SendRtp(std::move(packet));
  }
}

void WorkerDriver::SendRtcp(ScriptPeer& peer, std::vector<std::uint8_t> compound) {
  trafficMonitor_.OnReceivedOther(compound.size());
  if (peer.IsDirect()) {
    static_cast<void>(sim_.Direct(peer.Transport()).ReceiveFromController(compound, sim_.now));
  } else {
    peer.SendRtcp(std::move(compound));
  }
}

void WorkerDriver::Execute(const script::Media& command, ByteReader& input) {
  const auto changes = ReadChanges(command.flaw, input);
  if (sources_.empty()) return;
  auto& source = sources_[command.source % sources_.size()];
  source.SendMedia(command, changes,
                   [&](std::vector<std::uint8_t> packet) { SendRtp(source, std::move(packet)); });
}

void WorkerDriver::Execute(const script::Retransmit& command) {
  if (sources_.empty()) return;
  auto& source = sources_[command.source % sources_.size()];
  source.SendRetransmissions(command,
                             [&](std::vector<std::uint8_t> packet) { SendRtp(source, std::move(packet)); });
}

void WorkerDriver::Execute(const script::Rtcp& command, ByteReader& input) {
  const auto changes = ReadChanges(command.flaw, input);
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr) return;
  const auto about = PickSsrc(peer->Transport(), command.about);
  for (std::size_t i = 0; i <= command.repeat % 8U; ++i) {
    auto compound = MakeCompound(command, about, sim_.now);
    Apply(changes, compound);
    SendRtcp(*peer, std::move(compound));
  }
}

void WorkerDriver::Execute(const script::Nack& command) {
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr || peer->Received().empty()) return;
  auto stream = peer->Received().begin();
  std::advance(stream, static_cast<std::ptrdiff_t>(command.stream % peer->Received().size()));
  const auto first = static_cast<std::uint16_t>(stream->second - command.back);
  SendRtcp(*peer, MakeNack(Ssrc(stream->first), first, std::size_t{command.count} + 1));
}

void WorkerDriver::Execute(const script::Raw& command, ByteReader& input) {
  const auto bytes = input.Bytes(std::min<std::size_t>(command.length, input.Remaining()));
  const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr || peer->IsDirect() || copy.empty()) return;
  using script::Raw;
  trafficMonitor_.OnReceivedRtp(copy.size(), mostStreams_);
  trafficMonitor_.OnReceivedOther(copy.size());
  switch (command.way % Raw::kWays) {
    case Raw::kRtp:
      peer->SendRtp(copy);
      break;
    case Raw::kRtcp:
      peer->SendRtcp(copy);
      break;
    case Raw::kStranger:
      peer->SendRaw(copy, *net::Address::Parse("203.0.113.66", 666));
      break;
    case Raw::kRtcpPort:
      peer->SendRaw(copy, peer->Address(), true);
      break;
    default:
      peer->SendRaw(copy, peer->Address());
      break;
  }
}

void WorkerDriver::Execute(const script::Stun& command) {
  auto* peer = PickPeer(command.transport);
  if (peer == nullptr || !peer->IsWebRtc()) return;
  auto from = peer->Address();
  if (command.from != 0 && command.from % 2 == 0) from = peers_[command.from % peers_.size()]->Address();
  if (command.from % 2 == 1) from = *net::Address::Parse("203.0.113.5", command.from);
  trafficMonitor_.OnReceivedOther(100);
  peer->SendStun(command, from);
}

// --- Time ---

void WorkerDriver::Execute(const script::Advance& command) {
  constexpr auto kBusy = script::Advance::kBusy;
  Advance(kDurations[(command.duration & ~kBusy) % kDurations.size()], (command.duration & kBusy) != 0);
}

void WorkerDriver::Advance(Duration duration, bool busy) {
  do {
    const auto step = std::min(duration, kMaxStep);
    sim_.Advance(step);
    if (busy) sim_.idle -= step;
    duration -= step;
    trafficMonitor_.OnTime(step, peers_.size() + sources_.size() + consumers_.size() + mostStreams_);
    for (const auto& peer : peers_) peer->OnTime();
    EndTurn();
  } while (duration > Duration::zero());
}

void WorkerDriver::EndTurn() {
  for (const auto& datagram : sim_.EndTurn()) {
    if (net::Classify(datagram.bytes) == net::PacketProtocol::kRtp) {
      ++counted_.rtpSent;
      trafficMonitor_.OnSentRtp(datagram.bytes.size());
    } else {
      ++counted_.rtcpSent;
      trafficMonitor_.OnSentOther(datagram.bytes.size());
    }
    for (const auto& peer : peers_) {
      if (peer->Receive(datagram)) break;
    }
  }
  Observe();
  RC_ASSERT(sim_.sink.Oversize() == 0);
  if (!sim_.more) poolMonitor_.OnTurnEnd(sim_.worker.Report().pool);
}

void WorkerDriver::EndTurns() {
  constexpr int kMaxTurns = 10'000;
  int turns = 0;
  do {
    EndTurn();
    ++turns;
    RC_ASSERT(turns < kMaxTurns);
  } while (sim_.more);
}

void WorkerDriver::Observe() {
  auto& notifier = sim_.notifier;
  for (const auto& data : notifier.consumerRtp) {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                    [&](const auto& consumer) { return consumer.id == data.id; });
    if (found == consumers_.end()) continue;
    ++counted_.rtpSent;
    trafficMonitor_.OnSentRtp(data.bytes.size());
    if (auto* peer = PeerOf(found->transport)) peer->NoteReceived(data.bytes);
  }
  for (const auto& data : notifier.directRtcp) trafficMonitor_.OnSentOther(data.bytes.size());
  notificationMonitor_.Observe(notifier, sim_.now);
  notifier.Clear();
}

// --- The end ---

void WorkerDriver::CloseAll(std::uint8_t order) {
  if (order % 4 == 1) {
    while (!consumers_.empty()) Execute(script::Close{.type = script::Close::kConsumer});
  }
  if (order % 4 == 2) {
    while (!sources_.empty()) Execute(script::Close{.type = script::Close::kProducer});
  }
  if (order % 4 == 3) {
    while (!peers_.empty()) Execute(script::Close{.type = script::Close::kTransport});
  }
  if (order / 4 % 2 != 0) EndTurns();
  for (std::uint8_t i = 0; i < 2; ++i) {
    Execute(script::Close{.type = script::Close::kServer, .object = i});
    Execute(script::Close{.type = script::Close::kRouter, .object = i});
  }
  RC_ASSERT(peers_.empty() && sources_.empty() && consumers_.empty());
  EndTurns();
  Advance(Seconds(3), false);
  EndTurns();
  poolMonitor_.OnClosed();
  const auto dump = sim_.worker.Dump();
  RC_ASSERT(dump.routerIds.empty() && dump.webRtcServerIds.empty() && dump.requestHandlerIds.empty());
  RC_ASSERT(dump.notificationHandlerIds.empty() && sim_.worker.Report().load.shedConsumers == 0);
  RC_ASSERT(sim_.OpenSockets() == 0 && sim_.sockets.ConnectionCount() == 0);
  RC_ASSERT(sim_.sink.SlotsInUse() == 0 && sim_.timers.Size() == 0);
}

}  // namespace ringcast::fuzz
