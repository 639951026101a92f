#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtc {

// Which trace events the controller asked for, as `Event`.
template <typename Event>
class TraceSelection {
 public:
  // Each once.
  void Set(std::vector<Event> events) {
    events_ = std::move(events);
    mask_ = 0;
    for (const auto event : events_) mask_ |= Bit(event);
  }
  [[nodiscard]] const std::vector<Event>& Events() const { return events_; }

  [[nodiscard]] bool Has(Event event) const { return (mask_ & Bit(event)) != 0; }
  // Whether packets are traced: each, or key frames.
  [[nodiscard]] bool Packets() const { return (mask_ & (Bit(Event::kRtp) | Bit(Event::kKeyFrame))) != 0; }
  // As what a packet is traced: a key frame is a key frame to those who asked for them, and a packet like
  // others to the rest. nullopt: not at all.
  [[nodiscard]] std::optional<Event> ForPacket(bool keyFrame) const {
    if (keyFrame && Has(Event::kKeyFrame)) return Event::kKeyFrame;
    if (Has(Event::kRtp)) return Event::kRtp;
    return std::nullopt;
  }

 private:
  [[nodiscard]] static constexpr std::uint32_t Bit(Event event) {
    return std::uint32_t{1} << static_cast<unsigned>(event);
  }

  std::uint32_t mask_ = 0;
  std::vector<Event> events_;  // in the order of their mention
};

// What cannot be read off the packet.
struct TracedFacts {
  bool keyFrame = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  bool retransmission = false;
};

// A packet as it was received.
[[nodiscard]] TracedPacket DescribePacket(const rtp::Packet& packet, const TracedFacts& facts);
// A packet as it leaves. Its transport-wide sequence number is not given yet.
[[nodiscard]] TracedPacket DescribePacket(const rtp::Packet& packet, const rtp::RtpRewrite& rewrite,
                                          const TracedFacts& facts);

}  // namespace ringcast::rtc
