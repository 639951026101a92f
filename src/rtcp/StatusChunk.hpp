#pragma once

#include <cstddef>
#include <cstdint>

namespace ringcast::rtcp {

// Packet status symbols (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.1).
inline constexpr std::uint8_t kNotReceived = 0;
inline constexpr std::uint8_t kSmallDelta = 1;  // with a 1-byte unsigned delta
inline constexpr std::uint8_t kLargeDelta = 2;  // with a 2-byte signed delta
inline constexpr std::uint8_t kReservedSymbol = 3;

// Maximum number of statuses in a chunk: run length, one-bit vector, two-bit vector.
inline constexpr std::size_t kMaxRun = 0x1fff;
inline constexpr std::size_t kOneBitSymbols = 14;
inline constexpr std::size_t kTwoBitSymbols = 7;

// Reads one packet status chunk (sections 3.1.3 and 3.1.4).
class StatusChunk {
 public:
  explicit StatusChunk(std::uint16_t bits) : bits_(bits) {}

  [[nodiscard]] bool IsRun() const { return (bits_ & 0x8000) == 0; }
  [[nodiscard]] std::size_t Size() const {
    if (IsRun()) return bits_ & kMaxRun;
    return TwoBit() ? kTwoBitSymbols : kOneBitSymbols;
  }
  // Returns the symbol at `index`, which must be less than Size().
  [[nodiscard]] std::uint8_t Symbol(std::size_t index) const {
    if (IsRun()) return (bits_ >> 13) & 3;
    if (TwoBit()) return (bits_ >> (2 * (kTwoBitSymbols - 1 - index))) & 3;
    return (bits_ >> (kOneBitSymbols - 1 - index)) & 1;
  }

 private:
  [[nodiscard]] bool TwoBit() const { return (bits_ & 0x4000) != 0; }

  std::uint16_t bits_;
};

// Returns the size in bytes of the delta of a symbol.
constexpr std::size_t DeltaSize(std::uint8_t symbol) {
  return symbol == kLargeDelta ? 2 : symbol == kSmallDelta ? 1 : 0;
}

}  // namespace ringcast::rtcp
