#include "ringcast/rtc/Turn.hpp"

#include <algorithm>
#include <limits>

#include "ringcast/rtc/Producer.hpp"
#include "ringcast/rtc/Transport.hpp"

namespace ringcast::rtc {

namespace {

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

std::size_t RoundLimit(const Producer& producer) {
  const auto consumers = std::max<std::size_t>(producer.Consumers().size(), 1);
  if (producer.Kind() == MediaKind::kAudio) return std::max<std::size_t>(Turn::kMaxAudioWork / consumers, 1);
  return std::max(Turn::kMaxVideoWork / consumers, Turn::kMinVideoRound);
}

}  // namespace

void Turn::Add(Transport& transport, bool first) {
  if (audioFirst_) {
    if (hurried_.empty() || hurried_.back() != &transport) hurried_.push_back(&transport);
  } else if (first) {
    transports_.push_back(&transport);
  }
}

void Turn::Forget(Producer& producer) {
  waitingPackets_ -= std::erase(producers_, &producer) * producer.WaitingPackets();
  std::erase(round_, &producer);
}

void Turn::Forget(Transport& transport) {
  std::replace(transports_.begin(), transports_.end(), &transport, static_cast<Transport*>(nullptr));
}

std::size_t Turn::PacketsToSend() const {
  std::size_t sum = 0;
  for (const auto* producer : producers_) sum += producer->WaitingPackets() * producer->Consumers().size();
  return sum;
}

bool Turn::Due(const Producer& producer, Instant now, bool busy) const {
  return coalescing_ == Duration::zero() || busy || producer.Kind() == MediaKind::kAudio ||
         producer.FrameComplete() || now >= producer.WaitingSince() + coalescing_;
}

void Turn::Announce(Producer& producer) {
  const auto before = producer.WaitingPackets();
  producer.Announce(RoundLimit(producer));
  waitingPackets_ -= before - producer.WaitingPackets();
}

bool Turn::MakeRoom(const Producer& asking) {
  Producer* heaviest = nullptr;
  for (auto* producer : producers_) {
    if (producer->Kind() == MediaKind::kVideo &&
        (heaviest == nullptr || producer->WaitingPackets() > heaviest->WaitingPackets()))
      heaviest = producer;
  }
  if (heaviest == nullptr || heaviest->WaitingPackets() / 2 <= asking.WaitingPackets()) return false;
  const auto dropped = heaviest->WaitingPackets() / 2;
  heaviest->DropWaiting(dropped);
  waitingPackets_ -= dropped;
  return true;
}

void Turn::BeginRound(Instant now, bool busy, bool videoOnly) {
  std::optional<Instant> wait;
  std::optional<Instant> oldest;
  std::erase_if(producers_, [&](Producer* producer) {
    if (videoOnly && producer->Kind() == MediaKind::kAudio) return false;
    if (Due(*producer, now, busy)) {
      if (producer->Kind() == MediaKind::kVideo) oldest = Earlier(oldest, producer->WaitingSince());
      Announce(*producer);
      round_.push_back(producer);
      return producer->WaitingPackets() == 0;
    }
    wait = Earlier(wait, producer->WaitingSince() + coalescing_);
    return false;
  });
  if (oldest) {
    roundOldest_ = *oldest;
    leastWait_ = std::min(leastWait_.value_or(Duration::max()), now - *oldest);
  }
  if (wait) ++stats_.coalescedTurns;
  timer_.Set(wait);
}

Duration Turn::TakeLeastWait(Instant now) {
  // A round that takes the whole time is all that there is to judge by.
  const auto wait = leastWait_.value_or(InRound() ? now - roundOldest_ : Duration::zero());
  const auto audioWait = leastAudioWait_.value_or(Duration::zero());
  leastWait_.reset();
  leastAudioWait_.reset();
  return std::max(wait, audioWait);
}

void Turn::NoteAudioWait(Instant now) {
  std::optional<Instant> oldest;
  for (const auto* producer : producers_) {
    if (producer->Kind() == MediaKind::kAudio) oldest = Earlier(oldest, producer->WaitingSince());
  }
  const auto wait = oldest ? now - *oldest : Duration::zero();
  leastAudioWait_ = std::min(leastAudioWait_.value_or(Duration::max()), wait);
}

void Turn::Serve(Instant now, std::size_t slice) {
  std::size_t packets = 0;
  for (; InRound() && packets < slice; ++next_) {
    if (next_ + 1 < transports_.size() && transports_[next_ + 1] != nullptr)
      transports_[next_ + 1]->PrefetchSending();
    if (transports_[next_] != nullptr) packets += transports_[next_]->SendEnlisted(now);
  }
  stats_.forwarded += packets;
  if (!InRound()) EndRound();
}

void Turn::EndRound() {
  transports_.clear();
  next_ = 0;
  for (auto* producer : round_) producer->EndRound();
  round_.clear();
}

// Beside a round of video that may be under way.
void Turn::SendAudio(Instant now) {
  const auto isVideo = [](const Producer* producer) { return producer->Kind() == MediaKind::kVideo; };
  const auto audio = std::stable_partition(producers_.begin(), producers_.end(), isVideo);
  if (audio == producers_.end()) return;
  audioFirst_ = true;
  for (auto place = audio; place != producers_.end(); ++place) Announce(**place);
  audioFirst_ = false;
  for (auto* transport : hurried_) stats_.forwarded += transport->SendEnlistedAudio(now);
  hurried_.clear();
  for (auto place = audio; place != producers_.end(); ++place) (*place)->EndRound();
  producers_.erase(std::remove_if(audio, producers_.end(),
                                  [](const Producer* producer) { return producer->WaitingPackets() == 0; }),
                   producers_.end());
}

bool Turn::End(Instant now, std::size_t slice, bool busy) {
  if (!InRound() && PacketsToSend() <= slice) {
    BeginRound(now, busy, false);
    NoteAudioWait(now);
    Serve(now, kWhole);
    return false;
  }
  SendAudio(now);
  NoteAudioWait(now);
  if (!InRound()) {
    BeginRound(now, busy, true);
    Serve(now, slice);
    if (InRound()) ++stats_.splitTurns;
  } else {
    Serve(now, slice);
  }
  return InRound() || !producers_.empty();
}

void Turn::EndBeforeRequest(Instant now, std::size_t slice) {
  if (!InRound() && PacketsToSend() <= slice) End(now, slice, true);
}

}  // namespace ringcast::rtc
