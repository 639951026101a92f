#include "stun/Fingerprint.hpp"

#include <array>

namespace ringcast::stun {
namespace {

constexpr std::uint32_t kMask =
    0x5354554E;  // "STUN": distinguishes it from a CRC-32 of the application protocol

// Table of the CRC-32 of ITU V.42, least significant bit first: the remainder of each byte.
constexpr std::array<std::uint32_t, 256> MakeRemainders() {
  constexpr std::uint32_t kPolynomial = 0xEDB88320;
  std::array<std::uint32_t, 256> remainders{};
  for (std::uint32_t byte = 0; byte < remainders.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    }
    remainders[byte] = remainder;
  }
  return remainders;
}
constexpr auto kRemainders = MakeRemainders();

}  // namespace

std::uint32_t FingerprintOf(ByteView message) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : message) crc = (crc >> 8) ^ kRemainders[(crc ^ byte) & 0xFF];
  return ~crc ^ kMask;
}

}  // namespace ringcast::stun
