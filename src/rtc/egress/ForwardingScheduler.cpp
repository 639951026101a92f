#include "ringcast/rtc/egress/ForwardingScheduler.hpp"

#include <algorithm>
#include <limits>

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

const Router& RouterOf(const Producer& producer) { return producer.Owner().Owner(); }

std::size_t ConsumersOf(const Producer& producer) { return RouterOf(producer).ConsumersOf(producer).size(); }

std::size_t RoundLimit(const Producer& producer) {
  const auto consumers = std::max<std::size_t>(ConsumersOf(producer), 1);
  if (producer.Kind() == MediaKind::kAudio)
    return std::max<std::size_t>(ForwardingScheduler::kMaxAudioWork / consumers, 1);
  return std::max(ForwardingScheduler::kMaxVideoWork / consumers, ForwardingScheduler::kMinVideoRound);
}

}  // namespace

ForwardingScheduler::Queue& ForwardingScheduler::QueueOf(const Producer& producer) {
  return producer.Kind() == MediaKind::kAudio ? audio_ : video_;
}

void ForwardingScheduler::Schedule(Producer& producer) { QueueOf(producer).waiting.push_back(&producer); }

void ForwardingScheduler::Remove(Producer& producer) {
  auto& queue = QueueOf(producer);
  waitingPackets_ -= std::erase(queue.waiting, &producer) * producer.Queue().Size();
  std::erase(queue.round, &producer);
}

void ForwardingScheduler::Remove(Transport& transport) {
  for (auto* queue : {&audio_, &video_}) {
    std::replace(queue->transports.begin(), queue->transports.end(), &transport,
                 static_cast<Transport*>(nullptr));
  }
}

std::size_t ForwardingScheduler::PacketsToSend() const {
  std::size_t sum = 0;
  for (const auto* queue : {&audio_, &video_}) {
    for (auto* producer : queue->waiting) sum += producer->Queue().Size() * ConsumersOf(*producer);
  }
  return sum;
}

bool ForwardingScheduler::MakeRoom(Producer& asking) {
  Producer* heaviest = nullptr;
  for (auto* producer : video_.waiting) {
    if (heaviest == nullptr || producer->Queue().Size() > heaviest->Queue().Size()) heaviest = producer;
  }
  if (heaviest == nullptr || heaviest->Queue().Size() / 2 <= asking.Queue().Size()) return false;
  const auto dropped = heaviest->Queue().Size() / 2;
  heaviest->Queue().DropNewest(dropped);
  heaviest->Owner().CountDrop(net::DropReason::kOverloaded, dropped);
  waitingPackets_ -= dropped;
  return true;
}

bool ForwardingScheduler::Due(Producer& producer, Instant now, bool busy) const {
  return coalescing_ == Duration::zero() || busy || producer.Queue().FrameComplete() ||
         now >= producer.Queue().WaitingSince() + coalescing_;
}

bool ForwardingScheduler::Publish(Producer& producer, Queue& queue) {
  const auto before = producer.Queue().Size();
  const auto packets = producer.BeginRound(RoundLimit(producer));
  waitingPackets_ -= before - producer.Queue().Size();
  queue.round.push_back(&producer);
  producer.Owner().Owner().Forward(producer, packets, queue.transports);
  return producer.Queue().Size() != 0;
}

void ForwardingScheduler::BeginAudioRound() {
  std::erase_if(audio_.waiting, [&](Producer* producer) { return !Publish(*producer, audio_); });
}

void ForwardingScheduler::BeginVideoRound(Instant now, bool busy) {
  std::optional<Instant> wait;
  std::optional<Instant> oldest;
  std::erase_if(video_.waiting, [&](Producer* producer) {
    if (!Due(*producer, now, busy)) {
      wait = Earlier(wait, producer->Queue().WaitingSince() + coalescing_);
      return false;
    }
    oldest = Earlier(oldest, producer->Queue().WaitingSince());
    return !Publish(*producer, video_);
  });
  if (oldest) {
    roundOldest_ = *oldest;
    leastWait_ = std::min(leastWait_.value_or(Duration::max()), now - *oldest);
  }
  if (wait) ++stats_.coalescedTurns;
  timer_.Set(wait);
}

Duration ForwardingScheduler::TakeLeastWait(Instant now) {
  // A round that takes the whole time is the only one to judge by.
  const auto wait = leastWait_.value_or(video_.InRound() ? now - roundOldest_ : Duration::zero());
  const auto audioWait = leastAudioWait_.value_or(Duration::zero());
  leastWait_.reset();
  leastAudioWait_.reset();
  return std::max(wait, audioWait);
}

void ForwardingScheduler::NoteAudioWait(Instant now) {
  std::optional<Instant> oldest;
  for (auto* producer : audio_.waiting) oldest = Earlier(oldest, producer->Queue().WaitingSince());
  const auto wait = oldest ? now - *oldest : Duration::zero();
  leastAudioWait_ = std::min(leastAudioWait_.value_or(Duration::max()), wait);
}

void ForwardingScheduler::Serve(Queue& queue, Instant now, std::size_t slice) {
  const auto& transports = queue.transports;
  std::size_t packets = 0;
  for (; queue.InRound() && packets < slice; ++queue.next) {
    if (queue.next + 1 < transports.size() && transports[queue.next + 1] != nullptr)
      transports[queue.next + 1]->PrefetchSending();
    if (transports[queue.next] != nullptr) packets += transports[queue.next]->Sender().ForwardScheduled(now);
  }
  stats_.forwarded += packets;
  if (!queue.InRound()) EndRound(queue);
}

void ForwardingScheduler::EndRound(Queue& queue) {
  queue.transports.clear();
  queue.next = 0;
  for (auto* producer : queue.round) producer->Queue().EndRound();
  queue.round.clear();
}

// A round of video may be under way: transports keep its packets.
void ForwardingScheduler::ForwardAudio(Instant now) {
  BeginAudioRound();
  for (auto* transport : audio_.transports) {
    if (transport != nullptr) stats_.forwarded += transport->Sender().ForwardScheduledAudio(now);
  }
  EndRound(audio_);
}

bool ForwardingScheduler::Forward(Instant now, std::size_t slice, bool busy) {
  if (!video_.InRound() && PacketsToSend() <= slice) {
    BeginAudioRound();
    BeginVideoRound(now, busy);
    NoteAudioWait(now);
    // One batch for each transport, with both kinds.
    Serve(audio_, now, kAll);
    Serve(video_, now, kAll);
    return false;
  }
  ForwardAudio(now);
  NoteAudioWait(now);
  const bool begins = !video_.InRound();
  if (begins) BeginVideoRound(now, busy);
  Serve(video_, now, slice);
  if (begins && video_.InRound()) ++stats_.splitTurns;
  return video_.InRound() || !audio_.waiting.empty() || !video_.waiting.empty();
}

void ForwardingScheduler::ForwardBeforeRequest(Instant now, std::size_t slice) {
  if (!video_.InRound() && PacketsToSend() <= slice) Forward(now, slice, true);
}

}  // namespace ringcast::rtc
