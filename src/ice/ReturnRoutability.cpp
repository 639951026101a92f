#include "ringcast/ice/ReturnRoutability.hpp"

#include <algorithm>

namespace ringcast::ice {

const ReturnRoutability::Entry* ReturnRoutability::Find(const Tuple& tuple) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&tuple](const Entry& entry) { return entry.tuple == tuple; });
  return found == entries_.end() ? nullptr : &*found;
}

ReturnRoutability::Entry* ReturnRoutability::Find(const Tuple& tuple) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&tuple](const Entry& entry) { return entry.tuple == tuple; });
  return found == entries_.end() ? nullptr : &*found;
}

bool ReturnRoutability::IsConfirmed(const Tuple& tuple) const {
  const auto* entry = Find(tuple);
  return entry != nullptr && entry->confirmed;
}

void ReturnRoutability::Add(const Tuple& tuple) {
  if (Find(tuple) != nullptr) return;
  entries_.push_back({.tuple = tuple, .confirmed = tuple.protocol == net::TransportProtocol::kTcp});
}

void ReturnRoutability::Remove(const Tuple& tuple) {
  std::erase_if(entries_, [&tuple](const Entry& entry) { return entry.tuple == tuple; });
  if (fallback_ == tuple) fallback_.reset();
  if (selected_ != tuple) return;
  selected_.reset();
  limited_ = false;
}

void ReturnRoutability::OnSelected(const Tuple& tuple, Instant now) {
  if (selected_ && *selected_ != tuple && IsConfirmed(*selected_)) fallback_ = selected_;
  selected_ = tuple;
  limited_ = !IsConfirmed(tuple);
  if (!limited_) {
    fallback_.reset();
    return;
  }
  selectedAt_ = Compact(now);
  challengedAt_ = {};
}

void ReturnRoutability::Confirm(Entry& entry) {
  entry.confirmed = true;
  if (selected_ == entry.tuple) {
    limited_ = false;
    fallback_.reset();
  } else if (limited_ && !fallback_) {
    fallback_ = entry.tuple;
  }
}

void ReturnRoutability::OnReceived(const Tuple& from, std::size_t bytes) {
  if (auto* entry = Find(from)) entry->received += bytes;
}

void ReturnRoutability::OnSent(const Tuple& to, std::size_t bytes) {
  if (auto* entry = Find(to)) entry->sent += bytes;
}

void ReturnRoutability::Refill(Instant now) {
  if (now <= refilledAt_) return;
  const Duration elapsed = std::min<Duration>(now - refilledAt_, kRefillTime);
  const auto bytes = static_cast<std::size_t>(ToMicroseconds(elapsed)) * kAllowance /
                     static_cast<std::size_t>(ToMicroseconds(kRefillTime));
  if (bytes == 0) return;  // keep the elapsed time for a later call
  allowance_ = std::min(kAllowance, allowance_ + bytes);
  refilledAt_ = now;
}

bool ReturnRoutability::Take(const Tuple& to, std::size_t bytes, Use use, Instant now) {
  auto* entry = Find(to);
  if (entry == nullptr) return false;
  if (entry->confirmed) return true;
  const std::size_t earned = kFactor * entry->received;
  if (entry->sent + bytes > earned) {
    Refill(now);
    const std::size_t beyond = entry->sent + bytes - std::max(entry->sent, earned);
    const std::size_t reserve = use == Use::kMedia ? kReserve : 0;
    if (beyond + reserve > allowance_) return false;
    allowance_ -= beyond;
  }
  entry->sent += bytes;
  return true;
}

void ReturnRoutability::OnDtlsSent(const Tuple& to) {
  if (dtlsTo_ && *dtlsTo_ != to) dtlsElsewhere_ = true;
  dtlsTo_ = to;
}

void ReturnRoutability::OnDtlsConnected() {
  if (dtlsElsewhere_ || !dtlsTo_) return;
  if (auto* entry = Find(*dtlsTo_)) Confirm(*entry);
}

Instant ReturnRoutability::ChallengeTime(Random& random, Instant now) {
  if (!challenges_.empty() && challenges_.back().to == selected_ && now < challengedAt_ + kChallengeInterval)
    return challenges_.back().time;
  // The timestamp is later than now: timestamps before the selection were sent to another address, where they
  // may be known.
  const Instant time = now + Microseconds(1 + random.U32() % ToMicroseconds(Seconds(1)));
  if (challenges_.size() == kMaxChallenges) challenges_.erase(challenges_.begin());
  challenges_.push_back({.to = *selected_, .time = time, .timestamp = Compact(time)});
  challengedAt_ = now;
  return time;
}

bool ReturnRoutability::OnLastSenderReport(const Tuple& from, std::uint32_t lsr) {
  if (lsr == 0 || guesses_ >= kMaxGuesses) return false;
  const auto sent = std::find_if(challenges_.begin(), challenges_.end(),
                                 [lsr](const Challenge& challenge) { return challenge.timestamp == lsr; });
  if (sent != challenges_.end()) {
    auto* entry = Find(from);
    if (entry == nullptr || sent->to != from || entry->confirmed) return false;
    Confirm(*entry);
    return true;
  }
  // A sender report that was sent before the selection may still be reported.
  if (static_cast<std::int32_t>(lsr - selectedAt_) > 0) ++guesses_;
  return false;
}

}  // namespace ringcast::ice
