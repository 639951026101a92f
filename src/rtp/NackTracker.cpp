#include "ringcast/rtp/NackTracker.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtp {
namespace {

// Each retransmission indicates loss instead of reordering, and reduces the learned reordering delay by this
// fraction (1/16).
constexpr int kReorderFading = 16;

Instant OnGrid(Instant at) {
  constexpr std::int64_t kStep = NackTracker::kGrid.count();
  const std::int64_t count = at.time_since_epoch().count();
  return Instant(Duration((count + kStep - 1) / kStep * kStep));
}

}  // namespace

NackTracker::Verdict NackTracker::OnPacket(std::int64_t sequenceNumber, bool keyFrame, bool recovered,
                                           Instant now) {
  if (!started_) {
    started_ = true;
    first_ = sequenceNumber;
    known_ = sequenceNumber;
    highest_ = sequenceNumber;
    if (keyFrame) keyFrame_ = sequenceNumber;
    return Verdict::kNew;
  }
  if (sequenceNumber <= highest_) {
    const Verdict verdict = OnLatePacket(sequenceNumber, recovered, now);
    const bool taken = verdict == Verdict::kReordered || verdict == Verdict::kRepaired;
    if (taken && keyFrame) keyFrame_ = std::max(keyFrame_.value_or(sequenceNumber), sequenceNumber);
    return verdict;
  }
  if (keyFrame) keyFrame_ = sequenceNumber;
  const std::int64_t expected = highest_ + 1;
  highest_ = sequenceNumber;
  if (sequenceNumber != expected) AddMissing(expected, sequenceNumber, now);
  return Verdict::kNew;
}

NackTracker::Verdict NackTracker::OnLatePacket(std::int64_t sequenceNumber, bool recovered, Instant now) {
  if (sequenceNumber < first_) return Verdict::kBeforeFirst;
  const auto found = std::lower_bound(
      missing_.begin(), missing_.end(), sequenceNumber,
      [](const MissingPacket& packet, std::int64_t number) { return packet.sequenceNumber < number; });
  if (found == missing_.end() || found->sequenceNumber != sequenceNumber)
    return sequenceNumber < known_ ? Verdict::kTooOld : Verdict::kDuplicate;

  const bool unasked = CameUnasked(*found, recovered, now);
  if (unasked) {
    LearnReordering(*found, now);
  } else {
    reorderWait_ -= (reorderWait_ - kMinReorderWait) / kReorderFading;
    if (recovered || roundTrip_) LearnAnswer(*found, now);
    CountRepair(now);
  }
  missing_.erase(found);
  if (missing_.empty() && !keyFrameWanted_) deadline_.reset();
  return unasked ? Verdict::kReordered : Verdict::kRepaired;
}

bool NackTracker::CameUnasked(const MissingPacket& packet, bool recovered, Instant now) const {
  if (recovered) return false;
  if (packet.tries == 0) return true;
  // A packet that arrives much less than a round trip after the request is not the response to it.
  return packet.tries == 1 && roundTrip_ && now - packet.lastTry < *roundTrip_ * 3 / 4;
}

// RFC 8985 section 6.2 also widens its reordering window after an unnecessary retransmission.
void NackTracker::LearnReordering(const MissingPacket& packet, Instant now) {
  const Duration late = now - packet.since;
  if (late > reorderWait_) reorderWait_ = std::min(late + late / 4, kMaxReorderWait);
}

void NackTracker::AddMissing(std::int64_t from, std::int64_t to, Instant now) {
  const auto fits = [&] { return missing_.size() + static_cast<std::uint64_t>(to - from) <= kMaxMissing; };
  if (!fits() && keyFrame_) {
    // Packets before the key frame are no longer needed. These may be the whole gap.
    const std::int64_t needed = std::clamp(*keyFrame_, from, to);
    givenUp_ += static_cast<std::uint64_t>(needed - from);
    GiveUpBelow(*keyFrame_);
    from = needed;
  }
  if (!fits()) {
    givenUp_ += static_cast<std::uint64_t>(to - from);
    GiveUpBelow(to);
    keyFrameWanted_ = true;
    return Arm(now);
  }
  if (from == to) return;
  const Instant due = OnGrid(now + reorderWait_);
  for (std::int64_t number = from; number < to; ++number)
    missing_.push_back({.sequenceNumber = number, .since = now, .due = due});
  Arm(due);
}

void NackTracker::GiveUpBelow(std::int64_t end) {
  const auto last = std::find_if(missing_.begin(), missing_.end(),
                                 [&](const MissingPacket& packet) { return packet.sequenceNumber >= end; });
  givenUp_ += static_cast<std::uint64_t>(last - missing_.begin());
  missing_.erase(missing_.begin(), last);
  known_ = std::max(known_, end);
  if (missing_.empty() && !keyFrameWanted_) deadline_.reset();
}

void NackTracker::SetRoundTripTime(Duration roundTrip) {
  roundTrip_ = std::clamp(roundTrip, Duration::zero(), kMaxAge);
}

Duration NackTracker::RetryInterval(int tries) const {
  const Duration roundTrip = roundTrip_.value_or(kDefaultRoundTrip);
  const Duration expected = answerTime_ ? *answerTime_ + std::max(2 * answerDeviation_, kMinMargin)
                                        : roundTrip + std::max(roundTrip / 8, kUsualMargin);
  const Duration once = std::clamp(expected, kMinRetryInterval, kMaxRetryInterval);
  return once * std::max(1, tries - kQuickTries + 1);
}

NackTracker::Due NackTracker::OnTimeout(Instant now) {
  due_.clear();
  if (!deadline_ || now < *deadline_) return {};
  deadline_.reset();
  auto kept = missing_.begin();
  for (MissingPacket& packet : missing_) {
    if (packet.due <= now && !Ask(packet, now)) continue;
    Arm(packet.due);
    *kept++ = packet;
  }
  missing_.erase(kept, missing_.end());
  return {due_, std::exchange(keyFrameWanted_, false)};
}

void NackTracker::LearnAnswer(const MissingPacket& packet, Instant now) {
  if (packet.tries != 1) return;  // ambiguous: the response to which request?
  // A response faster than this was not caused by the request: senders also retransmit packets as RTX to
  // probe the bandwidth.
  Duration time = std::max(now - packet.lastTry, roundTrip_.value_or(Duration::zero()) * 3 / 4);
  if (!answerTime_) {
    answerTime_ = time;
    answerDeviation_ = time / 8;
    return;
  }
  // If the response is late by about kEchoAfter, the first request was probably lost and the repeated one was
  // answered.
  if (packet.echoed && time > *answerTime_ + kEchoAfter / 2) time -= kEchoAfter;
  const Duration off = time > *answerTime_ ? time - *answerTime_ : *answerTime_ - time;
  answerDeviation_ += (off - answerDeviation_) / 4;
  *answerTime_ += (time - *answerTime_) / 8;
}

void NackTracker::CountRepair(Instant now) {
  const auto seconds = (now - repairsAt_) / Seconds(1);
  if (seconds > 0) {
    repairs_ >>= std::min<std::int64_t>(seconds, 16);
    repairsAt_ = now;
  }
  repairs_ = std::min(repairs_ + 1, 1 << 8);
}

bool NackTracker::Lossy(Instant now) const {
  return repairs_ >> std::min<std::int64_t>((now - repairsAt_) / Seconds(1), 16) >= kLossyRepairs;
}

std::optional<RepairTime> NackTracker::UsualRepair(Instant now) const {
  if (!Lossy(now)) return std::nullopt;
  const Duration answer = answerTime_.value_or(roundTrip_.value_or(kDefaultRoundTrip));
  const Duration once = reorderWait_ + kGrid + answer;
  return RepairTime{once, once + RetryInterval(1)};
}

// Requests a packet. Returns false if it has been requested often enough or long enough.
bool NackTracker::Ask(MissingPacket& packet, Instant now) {
  if (packet.tries == kMaxTries || now - packet.since >= kMaxAge) {
    ++givenUp_;
    known_ = std::max(known_, packet.sequenceNumber + 1);
    if (!keyFrame_ || packet.sequenceNumber >= *keyFrame_) keyFrameWanted_ = true;
    return false;
  }
  if (packet.echoDue) {
    packet.echoDue = false;
    packet.echoed = true;
    due_.push_back(packet.sequenceNumber);
    // If the event loop was late, the next request must not be sent together with the repetition of this one.
    const Instant next = std::min(packet.lastTry + RetryInterval(packet.tries), packet.since + kMaxAge);
    packet.due = OnGrid(std::max(next, now + kEchoAfter));
    return true;
  }
  due_.push_back(packet.sequenceNumber);
  packet.lastTry = now;
  ++packet.tries;
  packet.echoDue = packet.tries <= kQuickTries && Lossy(now);
  const Duration wait = packet.echoDue ? kEchoAfter : RetryInterval(packet.tries);
  packet.due = OnGrid(std::min(now + wait, packet.since + kMaxAge));
  return true;
}

void NackTracker::Reset() {
  started_ = false;
  keyFrameWanted_ = false;
  keyFrame_.reset();
  deadline_.reset();
  missing_.clear();
}

}  // namespace ringcast::rtp
