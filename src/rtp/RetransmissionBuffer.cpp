#include "ringcast/rtp/RetransmissionBuffer.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtp {
namespace {

// 16 bits of these units are 16 s: after a longer time a copy is at worst refused once more.
constexpr Duration kResendUnit = Microseconds(250);
constexpr Duration kMaxResendInterval = Seconds(2);

std::uint16_t InResendUnits(Duration duration) { return static_cast<std::uint16_t>(duration / kResendUnit); }

}  // namespace

bool RetransmissionBuffer::MakeRoom(std::int64_t sequenceNumber, Instant now) {
  if (entries_.empty()) {
    entries_.resize(kMinCapacity);
    Start(sequenceNumber, now);
    return true;
  }
  const auto capacity = static_cast<std::int64_t>(entries_.size());
  if (sequenceNumber < next_) return sequenceNumber >= next_ - capacity;
  if (sequenceNumber - next_ >= capacity) {
    std::fill(entries_.begin(), entries_.end(), BufferedPacket());
    Start(sequenceNumber, now);
    return true;
  }
  while (true) {
    if (next_ == turnEnd_) EndTurn(now);
    if (next_ == sequenceNumber) return true;
    entries_[Slot(next_++)] = BufferedPacket();
  }
}

void RetransmissionBuffer::Start(std::int64_t sequenceNumber, Instant now) {
  next_ = sequenceNumber;
  turn_ = sequenceNumber;
  turnEnd_ = sequenceNumber + static_cast<std::int64_t>(entries_.size());
  turned_ = now;
}

// The next packet replaces the first one of this turn, unless the buffer has to grow.
void RetransmissionBuffer::EndTurn(Instant now) {
  const auto capacity = static_cast<std::int64_t>(entries_.size());
  const bool tooShort = (now - turned_) * capacity < kWanted * (next_ - turn_);
  if (tooShort && entries_.size() < kMaxCapacity) Grow();
  turn_ = next_;
  turnEnd_ = next_ + capacity;  // a buffer that grew has this many new entries
  turned_ = now;
}

void RetransmissionBuffer::Grow() {
  std::vector<BufferedPacket> larger(entries_.size() * 2);
  for (std::int64_t i = next_ - static_cast<std::int64_t>(entries_.size()); i < next_; ++i)
    larger[static_cast<std::size_t>(i) & (larger.size() - 1)] = entries_[Slot(i)];
  entries_ = std::move(larger);
}

BufferedPacket* RetransmissionBuffer::Find(std::int64_t sequenceNumber) {
  const auto capacity = static_cast<std::int64_t>(entries_.size());
  if (sequenceNumber >= next_ || sequenceNumber < next_ - capacity) return nullptr;
  BufferedPacket& entry = entries_[Slot(sequenceNumber)];
  const bool there = entry.CacheSerial() != 0;
  return there && entry.sequenceNumber_ == static_cast<std::uint16_t>(sequenceNumber) ? &entry : nullptr;
}

BufferedPacket* RetransmissionBuffer::FindOnWire(std::uint16_t sequenceNumber) {
  const auto ahead = static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(next_));
  return Find(next_ + ahead);
}

std::uint16_t RetransmissionBuffer::SinceResent(const BufferedPacket& packet, Instant now) {
  return static_cast<std::uint16_t>(InResendUnits(now.time_since_epoch()) - packet.lastResent_);
}

bool RetransmissionBuffer::MayResend(const BufferedPacket& packet, Instant now, Duration roundTrip) {
  if (packet.resent_ == 0) return true;
  if (packet.resent_ >= kMaxResends) return false;
  const Duration least = packet.burst_ < kMaxBurst ? kMinResendInterval : kBurstPause;
  const Duration interval = std::clamp(roundTrip, least, kMaxResendInterval);
  return SinceResent(packet, now) >= InResendUnits(interval + kResendUnit - Microseconds(1));
}

void RetransmissionBuffer::NoteResent(BufferedPacket& packet, Instant now) {
  const bool inBurst = packet.resent_ != 0 && SinceResent(packet, now) < InResendUnits(kBurstPause);
  const unsigned burst = inBurst ? packet.burst_ + 1U : 1U;
  packet.burst_ = burst & 0xFU;
  packet.resent_ = (packet.resent_ + 1U) & 0xFU;
  packet.lastResent_ = InResendUnits(now.time_since_epoch());
}

}  // namespace ringcast::rtp
