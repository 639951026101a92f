#pragma once

#include <cstddef>
#include <cstdint>

namespace ringcast::rtcp {

// Packet status symbols (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.1).
inline constexpr std::uint8_t kNotReceived = 0;
inline constexpr std::uint8_t kSmallDelta = 1;  // a delta of 1 byte, unsigned
inline constexpr std::uint8_t kLargeDelta = 2;  // of 2 bytes, signed
inline constexpr std::uint8_t kReservedSymbol = 3;

// How many statuses a chunk holds at the most.
inline constexpr std::size_t kMaxRun = 0x1fff;
inline constexpr std::size_t kOneBitSymbols = 14;
inline constexpr std::size_t kTwoBitSymbols = 7;

// Reads one packet status chunk, sections 3.1.3 and 3.1.4.
class StatusChunk {
 public:
  explicit StatusChunk(std::uint16_t bits) : bits_(bits) {}

  [[nodiscard]] bool IsRun() const { return (bits_ & 0x8000) == 0; }
  [[nodiscard]] std::size_t Size() const {
    if (IsRun()) return bits_ & kMaxRun;
    return TwoBit() ? kTwoBitSymbols : kOneBitSymbols;
  }
  // `index` is below Size().
  [[nodiscard]] std::uint8_t Symbol(std::size_t index) const {
    if (IsRun()) return (bits_ >> 13) & 3;
    if (TwoBit()) return (bits_ >> (2 * (kTwoBitSymbols - 1 - index))) & 3;
    return (bits_ >> (kOneBitSymbols - 1 - index)) & 1;
  }

 private:
  [[nodiscard]] bool TwoBit() const { return (bits_ & 0x4000) != 0; }

  std::uint16_t bits_;
};

// Bytes of a symbol's delta.
constexpr std::size_t DeltaSize(std::uint8_t symbol) {
  return symbol == kLargeDelta ? 2 : symbol == kSmallDelta ? 1 : 0;
}

}  // namespace ringcast::rtcp
