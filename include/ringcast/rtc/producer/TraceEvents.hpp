#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtc {

// The trace events that the controller selected.
template <typename Event>
class TraceSelection {
 public:
  // `events` has no event twice.
  void Set(std::vector<Event> events) {
    events_ = std::move(events);
    mask_ = 0;
    for (const auto event : events_) mask_ |= Bit(event);
  }
  [[nodiscard]] const std::vector<Event>& Events() const { return events_; }

  [[nodiscard]] bool Has(Event event) const { return (mask_ & Bit(event)) != 0; }
  // Returns true if packets are traced, all of them or key frames.
  [[nodiscard]] bool Packets() const { return (mask_ & (Bit(Event::kRtp) | Bit(Event::kKeyFrame))) != 0; }
  // Returns the event to trace a packet with, or nullopt if it is not traced. A key frame is an ordinary
  // packet if key frames are not selected.
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
  std::vector<Event> events_;  // in the order of selection
};

// Facts that the packet's header does not tell.
struct TracedFacts {
  bool keyFrame = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  bool retransmission = false;
};

// Describes a packet as it was received.
[[nodiscard]] TracedPacket DescribePacket(const rtp::Packet& packet, const TracedFacts& facts);
// Describes a packet as it will be sent, before it has a transport-wide sequence number.
[[nodiscard]] TracedPacket DescribePacket(const rtp::Packet& packet, const rtp::RtpRewrite& rewrite,
                                          const TracedFacts& facts);

}  // namespace ringcast::rtc
