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

// A packet as it was sent to one receiver: its place in the PacketCache, and what differed from the shared
// packet. The values of the send time are kept because a packet that is sent again under its own sequence
// number must be the same in every byte (see srtp::Outbound::ProtectRtp). Two entries fill a cache line: one
// is written for each packet and receiver.
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

  // Mask of the dependency descriptor; nullopt if it was sent unchanged, or the packet has none.
  [[nodiscard]] std::optional<std::uint32_t> ActiveTargets() const {
    return hasActiveTargets_ != 0 ? std::optional(activeTargets_) : std::nullopt;
  }
  void SetActiveTargets(std::optional<std::uint32_t> mask) {
    activeTargets_ = mask.value_or(0);
    hasActiveTargets_ = mask ? 1 : 0;
  }

  // Returns nullopt if the packet was never sent: then it cannot be sent again unchanged.
  [[nodiscard]] std::optional<SendTimeValues> SendTime() const {
    if (sent_ == 0) return std::nullopt;
    return SendTimeValues{.absSendTime = absSendTime_, .transportSequenceNumber = transportSequenceNumber_};
  }
  [[nodiscard]] bool Resent() const { return resent_ != 0; }
  void SetSendTime(const SendTimeValues& values) {
    sent_ = 1;
    absSendTime_ = values.absSendTime & 0xFFFFFFU;
    transportSequenceNumber_ = values.transportSequenceNumber;
  }

 private:
  friend class RetransmissionBuffer;

  // 48 bits, enough for nine years of a million packets per second. 0: the entry is empty.
  std::uint32_t serialLow_ = 0;
  std::uint32_t timestamp_ = 0;
  std::uint32_t activeTargets_ = 0;
  std::uint32_t absSendTime_ : 24 = 0;
  std::uint32_t patchSize_ : 3 = 0;
  std::uint32_t marker_ : 1 = 0;
  std::uint32_t padded_ : 1 = 0;
  std::uint32_t hasActiveTargets_ : 1 = 0;
  std::uint32_t sent_ : 1 = 0;
  std::uint32_t empty_ : 1 = 0;
  std::uint16_t serialHigh_ = 0;
  std::uint16_t sequenceNumber_ = 0;
  std::uint16_t transportSequenceNumber_ = 0;
  std::uint16_t lastResent_ = 0;  // in units of 250 us, modulo 2^16
  std::array<std::uint8_t, DescriptorFields::kMaxSize> patch_{};
  std::uint8_t payloadType_ = 0;
  std::uint8_t resent_ : 4 = 0;  // number of copies
  std::uint8_t burst_ : 4 = 0;   // of those, since the last pause of kBurstPause
};
static_assert(sizeof(BufferedPacket) == 32);
static_assert(DescriptorFields::kMaxSize < 8, "a patch's size is kept in 3 bits");

// The packets that one stream sent lately, by output sequence number, for the requests of its receiver (RFC
// 4585 section 6.2.1).
class RetransmissionBuffer {
 public:
  // Entries should last this long: twice the age that PacketCache keeps, because key frames are bursts.
  static constexpr Duration kWanted = 2 * PacketCache::kMaxAge;
  // From the need of an audio stream to one second of 20 Mbit/s in packets of 1,200 bytes: 64 KiB.
  static constexpr std::size_t kMinCapacity = 64;
  static constexpr std::size_t kMaxCapacity = 2048;

  // Copies of one packet: as many as NackTracker requests.
  static constexpr std::uint8_t kMaxResends = 10;
  static_assert(kMaxResends < 16, "copies are counted in 4 bits");
  // Lower bound of the interval between copies, because the receiver controls the measured round trip.
  // Receivers repeat a request after 20 ms at the earliest (NackTracker::kMinRetryInterval, and libwebrtc's
  // interval for detecting losses); jitter can bring two requests together by a few milliseconds.
  static constexpr Duration kMinResendInterval = Milliseconds(15);
  // At most this many copies are sent within kBurstPause, whatever round trip the receiver claims.
  static constexpr std::uint8_t kMaxBurst = 3;
  static constexpr Duration kBurstPause = Milliseconds(200);

  // Returns a new entry for a packet, valid until the next Add(), or nullptr if the packet is too late to be
  // kept. `cacheSerial` is not 0.
  [[nodiscard]] BufferedPacket* Add(std::int64_t sequenceNumber, std::uint64_t cacheSerial, Instant now) {
    const bool apart = sequenceNumber != next_ || next_ == turnEnd_;
    if (apart && !MakeRoom(sequenceNumber, now)) return nullptr;
    next_ += sequenceNumber == next_ ? 1 : 0;
    BufferedPacket& entry = entries_[Slot(sequenceNumber)];
    entry = BufferedPacket();
    entry.serialLow_ = static_cast<std::uint32_t>(cacheSerial);
    entry.serialHigh_ = static_cast<std::uint16_t>(cacheSerial >> 32);
    entry.sequenceNumber_ = static_cast<std::uint16_t>(sequenceNumber);
    return &entry;
  }

  // Returns nullptr if the packet was not sent, or too long ago. Valid until the next Add().
  [[nodiscard]] BufferedPacket* Find(std::int64_t sequenceNumber);
  // The same for a number on the wire, which is unwrapped to the nearest to the newest packet's.
  [[nodiscard]] BufferedPacket* FindOnWire(std::uint16_t sequenceNumber);

  // Returns the unwrapped number of a packet that was found.
  [[nodiscard]] std::int64_t Unwrap(std::uint16_t sequenceNumber) const {
    return next_ + static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(next_));
  }

  // Returns false if too many copies were sent, or the last one may not have arrived yet.
  [[nodiscard]] static bool MayResend(const BufferedPacket& packet, Instant now, Duration roundTrip);
  static void NoteResent(BufferedPacket& packet, Instant now);

  [[nodiscard]] std::size_t Capacity() const { return entries_.size(); }

 private:
  [[nodiscard]] std::size_t Slot(std::int64_t sequenceNumber) const {
    return static_cast<std::size_t>(sequenceNumber) & (entries_.size() - 1);
  }
  // Returns the time since the last copy, in units of 250 us.
  [[nodiscard]] static std::uint16_t SinceResent(const BufferedPacket& packet, Instant now);
  // Makes room for a packet that is not the next one of the same turn. Returns false if it is too late.
  bool MakeRoom(std::int64_t sequenceNumber, Instant now);
  void Start(std::int64_t sequenceNumber, Instant now);
  void EndTurn(Instant now);
  void Grow();

  // Add() touches only the members down to `turnEnd_`.
  std::vector<BufferedPacket> entries_;  // by sequence number; the capacity is a power of two
  std::int64_t next_ = 0;                // one above the newest
  // A turn uses each entry once. At its end the buffer grows if the entries did not last for kWanted.
  std::int64_t turnEnd_ = 0;
  std::int64_t turn_ = 0;
  Instant turned_{};
};

}  // namespace ringcast::rtp
