#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp::samples {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::array<CryptoSuite, 4> kSuites{CryptoSuite::kAeadAes256Gcm, CryptoSuite::kAeadAes128Gcm,
                                                    CryptoSuite::kAesCm128HmacSha1_80,
                                                    CryptoSuite::kAesCm128HmacSha1_32};

struct RtpShape {
  std::size_t contributors = 0;
  std::size_t extensionWords = 0;
  std::size_t payload = 100;
};

// Returns an RTP packet (RFC 3550 section 5.1) filled with distinct bytes.
inline Octets Rtp(std::uint32_t ssrc, std::uint16_t sequenceNumber, const RtpShape& shape = {}) {
  const std::size_t extension = shape.extensionWords == 0 ? 0 : 4 + shape.extensionWords * 4;
  Octets packet(12 + shape.contributors * 4 + extension + shape.payload);
  for (std::size_t i = 12; i < packet.size(); ++i)
    packet[i] = static_cast<std::uint8_t>(i * 7 + sequenceNumber);
  packet[0] = static_cast<std::uint8_t>(0x80 | (extension == 0 ? 0 : 0x10) | shape.contributors);
  packet[1] = 0x60;
  StoreU16(packet.data() + 2, sequenceNumber);
  StoreU32(packet.data() + 4, 160U * sequenceNumber);
  StoreU32(packet.data() + 8, ssrc);
  if (extension != 0) {
    StoreU16(packet.data() + 12 + shape.contributors * 4, 0xBEDE);
    StoreU16(packet.data() + 14 + shape.contributors * 4, static_cast<std::uint16_t>(shape.extensionWords));
  }
  return packet;
}

// Returns a receiver report with this number of blocks (RFC 3550 section 6.4.2).
inline Octets Rtcp(std::uint32_t ssrc, std::size_t blocks = 1) {
  Octets packet(8 + blocks * 24);
  for (std::size_t i = 8; i < packet.size(); ++i) packet[i] = static_cast<std::uint8_t>(i * 5);
  packet[0] = static_cast<std::uint8_t>(0x80 | blocks);
  packet[1] = 201;
  StoreU16(packet.data() + 2, static_cast<std::uint16_t>(packet.size() / 4 - 1));
  StoreU32(packet.data() + 4, ssrc);
  return packet;
}

// Both ends of one direction. Packets are vectors of their exact size, so that a sanitizer detects accesses
// past their ends.
class Pair {
 public:
  explicit Pair(const MasterKey& key)
      : outbound_(Outbound::Create(key).Value()), inbound_(Inbound::Create(key).Value()) {}

  // Returns the protected packet, or an empty one if it is rejected.
  [[nodiscard]] Octets ProtectRtp(Octets packet) {
    const auto size = packet.size();
    packet.resize(size + RtpOverhead(outbound_.Suite()));
    packet.resize(outbound_.ProtectRtp(packet, size).value_or(0));
    return packet;
  }
  [[nodiscard]] Octets ProtectRtcp(Octets packet) {
    const auto size = packet.size();
    packet.resize(size + RtcpOverhead(outbound_.Suite()));
    packet.resize(outbound_.ProtectRtcp(packet, size).value_or(0));
    return packet;
  }

  // Stores the plaintext packet in `plain` if the pointer is not null.
  [[nodiscard]] std::optional<Failure> UnprotectRtp(Octets packet, Octets* plain = nullptr) {
    return Finish(inbound_.UnprotectRtp(packet), packet, plain);
  }
  [[nodiscard]] std::optional<Failure> UnprotectRtcp(Octets packet, Octets* plain = nullptr) {
    return Finish(inbound_.UnprotectRtcp(packet), packet, plain);
  }

  [[nodiscard]] Outbound& Sender() { return outbound_; }
  [[nodiscard]] Inbound& Receiver() { return inbound_; }

 private:
  static std::optional<Failure> Finish(const Inbound::Outcome& outcome, const Octets& packet, Octets* plain) {
    if (!outcome.failure && plain != nullptr) {
      plain->assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(outcome.size));
    }
    return outcome.failure;
  }

  Outbound outbound_;
  Inbound inbound_;
};

}  // namespace ringcast::srtp::samples
