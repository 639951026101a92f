#include "support/SimRoom.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/PacketCache.hpp"
#include "support/SimMedia.hpp"

namespace ringcast::test {

namespace {

constexpr const char* kRouter = "room";
constexpr std::uint16_t kFirstPort = 10000;
// All events of one such interval are handled together at its end: a loop iteration per datagram would take
// longer than the rest of the simulation.
constexpr Duration kGrain = Milliseconds(1);
// Interval at which a viewer checks for missing packets; a quarter of the viewers at a time.
constexpr Duration kTick = Milliseconds(5);
constexpr std::size_t kTickPhases = 4;
constexpr Duration kConsentInterval = Seconds(5);  // RFC 7675 section 5.1

Instant NextGrain(Instant at) {
  const auto grains = (at.time_since_epoch() + kGrain - Duration(1)) / kGrain;
  return Instant(grains * kGrain);
}

// FNV-1a, 64 bits.
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;

std::uint64_t Hash(std::uint64_t hash, ByteView bytes) {
  for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::uint64_t Hash(std::uint64_t hash, std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
  return Hash(hash, bytes);
}

}  // namespace

SimRoom::SimRoom(std::uint64_t seed) : sim_(seed), network_(seed + 1), seeds_(seed + 2), nextTick_(sim_.now) {
  sim_.AddRouter(kRouter);
}

SimRoom::~SimRoom() = default;

SimRoom::Ends SimRoom::AddEnds(Side side, std::size_t index, const Path& path, bool secure) {
  const auto port = static_cast<std::uint16_t>(kFirstPort + byPort_.size());
  Ends ends{.transport = (side == Side::kPublisher ? "in" : "out") + std::to_string(index),
            .address = *net::Address::Parse("192.0.2.1", port)};
  byPort_.push_back({side, index, false});
  outputHashes_.push_back(kHashStart);
  ends.toWorker = network_.AddLink(path.toWorker);
  linkEnds_.push_back({side, index, true});
  ends.fromWorker = network_.AddLink(path.fromWorker);
  linkEnds_.push_back({side, index, false});
  if (secure) {
    rtc::WebRtcTransportOptions options;
    options.listenInfos.push_back({.ip = "127.0.0.1"});
    RC_ASSERT(sim_.worker.FindRouter(kRouter)->CreateWebRtcTransport(ends.transport, options).Ok());
  } else {
    sim_.AddPlain(kRouter, ends.transport, {.remote = ends.address});
    ends.socket = *sim_.sockets.Find(sim_.Transport(ends.transport).Dump().plain->tuple.localPort);
  }
  return ends;
}

std::size_t SimRoom::PublishVideo(SimVideoSettings settings, const Path& path,
                                  Duration keyFrameRequestDelay) {
  const auto index = publishers_.size();
  settings.source = static_cast<std::uint8_t>(index);
  settings.firstSsrc = static_cast<std::uint32_t>(1000 * (index + 1));
  auto& publisher = publishers_.emplace_back();
  publisher.ends = AddEnds(Side::kPublisher, index, path, false);
  publisher.producer = "producer" + std::to_string(index);
  publisher.codec = settings.structure == SimStructure::kVp8Simulcast ? SimCodec::kVp8 : SimCodec::kVp9;
  publisher.video =
      std::make_unique<SimVideoSource>(settings, WallClock(Seconds(1'700'000'000)), sim_.now, seeds_.U64());
  auto options = VideoProducer(settings);
  options.producerId = publisher.producer;
  options.keyFrameRequestDelayMs = static_cast<std::uint32_t>(ToMilliseconds(keyFrameRequestDelay));
  RC_ASSERT(sim_.Transport(publisher.ends.transport).Produce(options, sim_.now).Ok());
  return index;
}

std::size_t SimRoom::PublishAudio(const Path& path) {
  const auto index = publishers_.size();
  auto& publisher = publishers_.emplace_back();
  publisher.ends = AddEnds(Side::kPublisher, index, path, false);
  publisher.producer = "producer" + std::to_string(index);
  const SimAudioSource::Settings settings{.source = static_cast<std::uint8_t>(index),
                                          .ssrc = static_cast<std::uint32_t>(1000 * (index + 1))};
  publisher.audio =
      std::make_unique<SimAudioSource>(settings, WallClock(Seconds(1'700'000'000)), sim_.now, seeds_.U64());
  auto options = AudioProducer(settings);
  options.producerId = publisher.producer;
  RC_ASSERT(sim_.Transport(publisher.ends.transport).Produce(options, sim_.now).Ok());
  return index;
}

std::size_t SimRoom::AddViewer(const Path& path, bool secure) {
  const auto index = viewers_.size();
  auto& viewer = viewers_.emplace_back();
  viewer.ends = AddEnds(Side::kViewer, index, path, secure);
  if (secure) {
    EndTurn();  // earlier datagrams of this iteration belong to others
    viewer.secure = std::make_unique<SimPeer>(sim_, viewer.ends.transport, viewer.ends.address);
    viewer.secure->Establish();
    viewer.nextCheck = sim_.now + kConsentInterval;
  }
  return index;
}

void SimRoom::End(Subscription& subscription) {
  subscription.consumer.clear();
  if (subscription.monitor) subscription.monitor->OnPause(sim_.now);
}

void SimRoom::RemoveViewer(std::size_t viewer) {
  auto& one = viewers_[viewer];
  for (const auto subscription : one.subscriptions) End(subscriptions_[subscription]);
  one.gone = true;
  sim_.worker.BeforeRequest(sim_.now);
  RC_ASSERT(sim_.worker.FindRouter(kRouter)->CloseTransport(one.ends.transport, sim_.now).Ok());
  EndTurn();
}

std::size_t SimRoom::Consume(std::size_t viewer, std::size_t publisher,
                             std::optional<rtc::ConsumerLayers> preferred) {
  const auto index = subscriptions_.size();
  const auto& source = publishers_[publisher];
  const auto ssrc = static_cast<std::uint32_t>(100'000 + 10 * index);
  const auto rtxSsrc = source.video ? std::optional(ssrc + 1) : std::nullopt;
  const SimReceiver::Settings settings{.codec = source.codec,
                                       .ssrc = ssrc,
                                       .rtxSsrc = rtxSsrc,
                                       .ownSsrc = ssrc + 2,
                                       .nack = source.video != nullptr,
                                       .patience = source.video ? Milliseconds(1000) : Milliseconds(200)};
  auto& subscription =
      subscriptions_.emplace_back(Subscription{.viewer = viewer,
                                               .publisher = publisher,
                                               .consumer = "consumer" + std::to_string(index),
                                               .preferred = preferred,
                                               .lastChange = sim_.now,
                                               .receiver = SimReceiver(settings)});
  if (!viewers_[viewer].secure) subscription.monitor.emplace(source.input, ssrc, rtxSsrc);
  viewers_[viewer].subscriptions.push_back(index);
  auto options = ConsumerOf(sim_.Producer(source.producer).Dump(), ssrc, rtxSsrc);
  options.consumerId = subscription.consumer;
  options.preferredLayers = preferred;
  sim_.worker.BeforeRequest(sim_.now);
  const auto consumed = sim_.Transport(viewers_[viewer].ends.transport).Consume(options, sim_.now);
  if (!consumed) throw std::logic_error("no consumer: " + consumed.Failure().reason);
  EndTurn();
  return index;
}

void SimRoom::Unsubscribe(std::size_t subscription) {
  auto& one = subscriptions_[subscription];
  sim_.worker.BeforeRequest(sim_.now);
  RC_ASSERT(sim_.Transport(viewers_[one.viewer].ends.transport).CloseConsumer(one.consumer).Ok());
  End(one);
  EndTurn();
}

void SimRoom::SetPreferredLayers(std::size_t subscription, rtc::ConsumerLayers layers) {
  auto& one = subscriptions_[subscription];
  one.preferred = layers;
  one.lastChange = sim_.now;
  sim_.worker.BeforeRequest(sim_.now);
  RC_ASSERT(Consumer(subscription).SetPreferredLayers(layers, sim_.now).Ok());
  EndTurn();
}

void SimRoom::Pause(std::size_t subscription) {
  auto& one = subscriptions_[subscription];
  one.paused = true;
  one.lastChange = sim_.now;
  sim_.worker.BeforeRequest(sim_.now);
  Consumer(subscription).Pause();
  if (one.monitor) one.monitor->OnPause(sim_.now);
  const auto* video = publishers_[one.publisher].video.get();
  one.receiver.Decoder().OnPause(video != nullptr ? static_cast<std::uint32_t>(video->Counted().pictures)
                                                  : 0);
  EndTurn();
}

void SimRoom::Resume(std::size_t subscription) {
  auto& one = subscriptions_[subscription];
  one.paused = false;
  one.lastChange = sim_.now;
  sim_.worker.BeforeRequest(sim_.now);
  Consumer(subscription).Resume(sim_.now);
  one.receiver.Decoder().OnResume();
  EndTurn();
}

void SimRoom::DeliverToWorker(const Ends& ends, ByteView datagram) {
  net::ReceivedDatagram received{sim_.pool.Copy(datagram, sim_.now), ends.address};
  RC_ASSERT(static_cast<bool>(received.packet));
  sim_.sockets.Deliver(ends.socket, std::span(&received, 1), sim_.now);
  turnOpen_ = true;
}

void SimRoom::SendAll(SimNetwork::LinkId link) {
  for (const auto& datagram : out_) network_.Send(link, datagram, sim_.now);
  out_.clear();
}

void SimRoom::DeliverToPublisher(Publisher& publisher, ByteView datagram) {
  if (!publisher.video || net::Classify(datagram) != net::PacketProtocol::kRtcp) return;
  publisher.video->OnRtcp(datagram, sim_.now, out_);
  SendAll(publisher.ends.toWorker);
}

void SimRoom::OnPlainDatagram(Viewer& viewer, ByteView datagram) {
  if (net::Classify(datagram) == net::PacketProtocol::kRtcp) {
    rtcp::CompoundReader reader(datagram);
    while (const auto message = reader.Next()) {
      const auto* report = std::get_if<rtcp::SenderReport>(&*message);
      if (report == nullptr) continue;
      for (const auto subscription : viewer.subscriptions)
        subscriptions_[subscription].receiver.OnSenderReport(report->sender, report->ntp, sim_.now);
    }
    return;
  }
  const auto rtp = RtpView::Parse(datagram);
  if (!rtp) return;
  for (const auto subscription : viewer.subscriptions) {
    if (subscriptions_[subscription].receiver.OnRtp(*rtp, sim_.now)) return;
  }
}

void SimRoom::DeliverToViewer(Viewer& viewer, ByteView datagram) {
  if (viewer.gone) return;
  if (!viewer.secure) return OnPlainDatagram(viewer, datagram);
  viewer.secure->Receive({datagram.begin(), datagram.end()});
  for (const auto& packet : std::exchange(viewer.secure->rtp, {})) OnPlainDatagram(viewer, packet);
  for (const auto& packet : std::exchange(viewer.secure->rtcp, {})) OnPlainDatagram(viewer, packet);
}

void SimRoom::Arrive(const SimNetwork::Arrival& arrival) {
  const auto& end = linkEnds_[arrival.link];
  if (end.side == Side::kViewer) {
    auto& viewer = viewers_[end.index];
    if (!end.toWorker) return DeliverToViewer(viewer, arrival.datagram);
    if (viewer.gone) return;
    if (!viewer.secure) return DeliverToWorker(viewer.ends, arrival.datagram);
    viewer.secure->SendRaw({arrival.datagram.begin(), arrival.datagram.end()});
    turnOpen_ = true;
    return;
  }
  auto& publisher = publishers_[end.index];
  if (!end.toWorker) return DeliverToPublisher(publisher, arrival.datagram);
  const auto rtp = net::Classify(arrival.datagram) == net::PacketProtocol::kRtp
                       ? RtpView::Parse(arrival.datagram)
                       : std::nullopt;
  const auto tag = rtp ? SimTag::Read(rtp->payload) : std::nullopt;
  if (tag) publisher.input.OnArrival(*tag, sim_.now);
  lately_.push_back(sim_.now);
  DeliverToWorker(publisher.ends, arrival.datagram);
}

void SimRoom::Tick(Viewer& viewer) {
  if (viewer.gone) return;
  for (const auto subscription : viewer.subscriptions) {
    auto& one = subscriptions_[subscription];
    if (one.consumer.empty()) continue;
    if (!one.paused) one.receiver.OnTimeout(sim_.now, out_);
    if (one.monitor) one.monitor->Evaluate(sim_.now);
  }
  if (viewer.secure) {
    for (auto& compound : out_) compound = viewer.secure->ProtectRtcp(std::move(compound));
    if (sim_.now >= viewer.nextCheck) {
      viewer.secure->Check(false);
      viewer.nextCheck += kConsentInterval;
      turnOpen_ = true;
    }
  }
  SendAll(viewer.ends.toWorker);
}

void SimRoom::SendFromWorker(ByteView datagram, const net::Address& to) {
  const std::size_t port = std::size_t{to.Port()} - kFirstPort;
  const auto end = byPort_[port];
  outputHashes_[port] = Hash(
      Hash(outputHashes_[port], static_cast<std::uint64_t>(sim_.now.time_since_epoch().count())), datagram);
  if (end.side == Side::kPublisher)
    return network_.Send(publishers_[end.index].ends.fromWorker, datagram, sim_.now);
  auto& viewer = viewers_[end.index];
  viewer.indices.OnSent(datagram);
  if (!viewer.secure && net::Classify(datagram) == net::PacketProtocol::kRtp) {
    const auto rtp = RtpView::Parse(datagram);
    RC_ASSERT(rtp.has_value());
    for (const auto subscription : viewer.subscriptions)
      subscriptions_[subscription].monitor->OnSent(*rtp, sim_.now);
  }
  network_.Send(viewer.ends.fromWorker, datagram, sim_.now);
}

void SimRoom::EndTurn() {
  do {
    sim_.more = sim_.worker.OnTurnEnd(sim_.now, sim_.idle);
  } while (sim_.more);
  turnOpen_ = false;
  for (const auto& run : sim_.sink.sent) {
    for (std::size_t at = 0; at < run.segments.total; at += run.segments.size) {
      SendFromWorker(ByteView(run.bytes).subspan(at, std::min(run.segments.size, run.segments.total - at)),
                     run.to);
    }
  }
  sim_.sink.sent.clear();
  CheckHistory();
}

// A packet that the worker still references arrived within the maximum age of its packet cache. The cache
// drops two packets for each new one: after a burst it lags, but by less than half of that age.
void SimRoom::CheckHistory() {
  while (!lately_.empty() && sim_.now - lately_.front() > rtp::PacketCache::kMaxAge * 3 / 2)
    lately_.pop_front();
  const auto held = sim_.pool.InUse();
  packetsHeldAtMost_ = std::max(packetsHeldAtMost_, held);
  if (held > lately_.size()) {
    faults_.Add(std::to_string(held) + " packets are held, of which " + std::to_string(lately_.size()) +
                " came lately");
  }
}

Instant SimRoom::NextEvent() const {
  auto next = nextTick_;
  if (const auto arrival = network_.NextArrival()) next = std::min(next, *arrival);
  if (const auto timeout = sim_.timers.NextTimeout()) next = std::min(next, *timeout);
  for (const auto& publisher : publishers_) next = std::min(next, publisher.NextTimeout());
  return next;
}

void SimRoom::Run(Duration duration) {
  const auto end = sim_.now + duration;
  while (true) {
    const auto next = std::max(sim_.now + kGrain, NextGrain(NextEvent()));
    if (next > end) break;
    sim_.idle += next - sim_.now;
    sim_.now = next;
    while (const auto arrival = network_.Receive(sim_.now)) Arrive(*arrival);
    if (const auto timeout = sim_.timers.NextTimeout(); timeout && *timeout <= sim_.now) {
      sim_.timers.OnTimeout(sim_.now);
      turnOpen_ = true;
    }
    for (auto& publisher : publishers_) {
      if (publisher.NextTimeout() > sim_.now) continue;
      if (publisher.video) {
        publisher.video->OnTimeout(sim_.now, out_);
      } else {
        publisher.audio->OnTimeout(sim_.now, out_);
      }
      SendAll(publisher.ends.toWorker);
    }
    if (nextTick_ <= sim_.now) {
      for (auto i = tickPhase_; i < viewers_.size(); i += kTickPhases) Tick(viewers_[i]);
      tickPhase_ = (tickPhase_ + 1) % kTickPhases;
      nextTick_ += kTick;
    }
    if (turnOpen_) EndTurn();
  }
  sim_.idle += end - sim_.now;
  sim_.now = end;
}

void SimRoom::Finish() {
  for (auto& subscription : subscriptions_) {
    if (subscription.monitor) subscription.monitor->Evaluate(sim_.now, true);
  }
}

std::uint64_t SimRoom::OutputHash() const {
  auto hash = kHashStart;
  for (const auto one : outputHashes_) hash = Hash(hash, one);
  return hash;
}

std::vector<std::string> SimRoom::Faults() {
  auto all = faults_.Texts();
  for (std::size_t i = 0; i < viewers_.size(); ++i) {
    for (const auto& text : viewers_[i].indices.Faults().Texts())
      all.push_back("viewer " + std::to_string(i) + ", SRTP index: " + text);
  }
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    auto& one = subscriptions_[i];
    const auto add = [&](const char* where, const SimFaults& faults) {
      for (const auto& text : faults.Texts())
        all.push_back("subscription " + std::to_string(i) + ", " + where + ": " + text);
      if (faults.First() && one.monitor) all.push_back(one.monitor->Describe(*faults.First()));
    };
    add("receiver", one.receiver.Faults());
    add("decoder", one.receiver.Decoder().Faults());
    if (one.monitor) add("output", one.monitor->Faults());
  }
  return all;
}

}  // namespace ringcast::test
