#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/PacketCache.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtp {

// A packet as one consumer got it: where the shared packet is (PacketCache), and what was different. With
// the values of when it left, since a packet that is sent again under its own sequence number must be the
// same in every byte (see srtp::Outbound::ProtectRtp). Two to a line of the cache: one is written for each
// packet and consumer.
class alignas(32) BufferedPacket {
 public:
  [[nodiscard]] std::uint64_t CacheSerial() const { return (std::uint64_t{serialHigh_} << 32) | serialLow_; }

  [[nodiscard]] std::uint16_t SequenceNumber() const { return sequenceNumber_; }
  [[nodiscard]] std::uint32_t Timestamp() const { return timestamp_; }
  [[nodiscard]] ringcast::PayloadType PayloadType() const { return ringcast::PayloadType(payloadType_); }
  [[nodiscard]] bool Marker() const { return marker_ != 0; }
  [[nodiscard]] bool Padded() const { return padded_ != 0; }
  [[nodiscard]] bool Empty() const { return empty_ != 0; }
  void SetEmpty() { empty_ = 1; }
  void SetHeader(ringcast::PayloadType payloadType, std::uint32_t timestamp, bool marker, bool padded) {
    payloadType_ = payloadType.Value();
    timestamp_ = timestamp;
    marker_ = marker ? 1 : 0;
    padded_ = padded ? 1 : 0;
  }

  [[nodiscard]] PayloadPatch Patch() const {
    return {.bytes = patch_, .size = static_cast<std::uint8_t>(patchSize_)};
  }
  void SetPatch(const PayloadPatch& patch) {
    patch_ = patch.bytes;
    patchSize_ = patch.size & 7U;
  }

  // Of the dependency descriptor; nullopt: its mask goes out as it came, or there is none.
  [[nodiscard]] std::optional<std::uint32_t> ActiveTargets() const {
    return hasActiveTargets_ != 0 ? std::optional(activeTargets_) : std::nullopt;
  }
  void SetActiveTargets(std::optional<std::uint32_t> mask) {
    activeTargets_ = mask.value_or(0);
    hasActiveTargets_ = mask ? 1 : 0;
  }

  // nullopt: it has not left. A plain retransmission is then not possible, nor was there anything to repeat.
  [[nodiscard]] std::optional<SendTimeValues> SendTime() const {
    if (left_ == 0) return std::nullopt;
    return SendTimeValues{.absSendTime = absSendTime_, .transportSequenceNumber = transportSequenceNumber_};
  }
  [[nodiscard]] bool Resent() const { return resent_ != 0; }
  void SetSendTime(const SendTimeValues& values) {
    left_ = 1;
    absSendTime_ = values.absSendTime & 0xFFFFFFU;
    transportSequenceNumber_ = values.transportSequenceNumber;
  }

 private:
  friend class RetransmissionBuffer;

  // 48 bits: at a million packets a second they last nine years. 0: the entry is empty.
  std::uint32_t serialLow_ = 0;
  std::uint32_t timestamp_ = 0;
  std::uint32_t activeTargets_ = 0;
  std::uint32_t absSendTime_ : 24 = 0;
  std::uint32_t patchSize_ : 3 = 0;
  std::uint32_t marker_ : 1 = 0;
  std::uint32_t padded_ : 1 = 0;
  std::uint32_t hasActiveTargets_ : 1 = 0;
  std::uint32_t left_ : 1 = 0;
  std::uint32_t empty_ : 1 = 0;
  std::uint16_t serialHigh_ = 0;
  std::uint16_t sequenceNumber_ = 0;
  std::uint16_t transportSequenceNumber_ = 0;
  std::uint16_t lastResent_ = 0;  // in units of 250 us, modulo 2^16
  std::array<std::uint8_t, DescriptorFields::kMaxSize> patch_{};
  std::uint8_t payloadType_ = 0;
  std::uint8_t resent_ : 4 = 0;  // times
  std::uint8_t burst_ : 4 = 0;   // of those, since the last pause of kBurstPause
};
static_assert(sizeof(BufferedPacket) == 32);
static_assert(DescriptorFields::kMaxSize < 8, "a patch's size is kept in 3 bits");

// What one consumer sent lately, by output sequence number, so that its receiver's requests can be answered
// (RFC 4585 section 6.2.1).
class RetransmissionBuffer {
 public:
  // Twice the age that PacketCache keeps, because key frames are bursts.
  static constexpr Duration kWanted = 2 * PacketCache::kMaxAge;
  // It begins with what audio needs, and grows to a second of 20 Mbit/s in packets of 1,200 bytes: 64 KiB.
  static constexpr std::size_t kMinCapacity = 64;
  static constexpr std::size_t kMaxCapacity = 2048;

  // As often as NackTracker asks.
  static constexpr std::uint8_t kMaxResends = 10;
  static_assert(kMaxResends < 16, "copies are counted in 4 bits");
  // The round trip is measured by what the receiver says, so it has a floor. Receivers ask again after 20 ms
  // at the earliest (NackTracker::kMinRetryInterval, and the interval that libwebrtc looks for losses at); on
  // the way requests move together by a few milliseconds.
  static constexpr Duration kMinResendInterval = Milliseconds(15);
  // This many copies may follow each other that closely; then there is a pause. So no more than these leave
  // within kBurstPause, whatever round trip the receiver claims.
  static constexpr std::uint8_t kMaxBurst = 3;
  static constexpr Duration kBurstPause = Milliseconds(200);

  // The entry of a packet that is about to be sent, all else in it unset; valid until the next Add(). One
  // that is so late that there is no room for it any more is not found again. `cacheSerial` is not 0.
  BufferedPacket& Add(std::int64_t sequenceNumber, std::uint64_t cacheSerial, Instant now) {
    const bool apart = sequenceNumber != next_ || next_ == turnEnd_;
    if (apart && !MakeRoom(sequenceNumber, now)) return tooLate_;
    next_ += sequenceNumber == next_ ? 1 : 0;
    BufferedPacket& entry = entries_[Slot(sequenceNumber)];
    entry = BufferedPacket();
    entry.serialLow_ = static_cast<std::uint32_t>(cacheSerial);
    entry.serialHigh_ = static_cast<std::uint16_t>(cacheSerial >> 32);
    entry.sequenceNumber_ = static_cast<std::uint16_t>(sequenceNumber);
    return entry;
  }

  // nullptr: not sent, or too long ago. Valid until the next Add().
  [[nodiscard]] BufferedPacket* Find(std::int64_t sequenceNumber);
  // As on the wire: taken as the nearest to the newest.
  [[nodiscard]] BufferedPacket* FindOnWire(std::uint16_t sequenceNumber);

  // From here on the packet counts as not sent.
  void Forget(std::int64_t sequenceNumber) {
    if (auto* packet = Find(sequenceNumber)) *packet = BufferedPacket();
  }

  // The whole number of one that was found.
  [[nodiscard]] std::int64_t Unwrap(std::uint16_t sequenceNumber) const {
    return next_ + static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(next_));
  }

  // True if it may be sent again: not too often, and not while a copy is still on its way.
  [[nodiscard]] static bool MayResend(const BufferedPacket& packet, Instant now, Duration roundTrip);
  static void NoteResent(BufferedPacket& packet, Instant now);

  [[nodiscard]] std::size_t Capacity() const { return entries_.size(); }

 private:
  [[nodiscard]] std::size_t Slot(std::int64_t sequenceNumber) const {
    return static_cast<std::size_t>(sequenceNumber) & (entries_.size() - 1);
  }
  [[nodiscard]] static std::uint16_t SinceResent(const BufferedPacket& packet,
                                                 Instant now);  // in steps of 250 us
  // What is not the next one in the same turn. False: it is too late.
  bool MakeRoom(std::int64_t sequenceNumber, Instant now);
  void Start(std::int64_t sequenceNumber, Instant now);
  void EndTurn(Instant now);
  void Grow();

  std::vector<BufferedPacket> entries_;  // by sequence number; of a capacity that is a power of two
  std::int64_t next_ = 0;                // behind the newest
  // Whether the entries last for long enough is looked at when the next one of them would be used again.
  std::int64_t turn_ = 0;
  std::int64_t turnEnd_ = 0;
  Instant turned_{};
  BufferedPacket tooLate_;
};

}  // namespace ringcast::rtp
