#pragma once

#include <cstddef>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtp {

// Reads an untrusted buffer bit by bit, most significant bit first. After a read beyond the end, Ok() is
// false and every read returns zero.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool Ok() const { return ok_; }
  [[nodiscard]] std::size_t Position() const { return position_; }
  void Fail() { ok_ = false; }

  // f(n) of the AV1 specification, section 4.10.2; 32 bits at most.
  std::uint32_t Bits(unsigned count) {
    if (!ok_ || count > bytes_.size() * 8 - position_) {
      ok_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    while (count != 0) {
      const unsigned offset = position_ % 8;
      const unsigned taken = count < 8 - offset ? count : 8 - offset;
      const unsigned rest = (bytes_[position_ / 8] & (0xFFU >> offset)) >> (8 - offset - taken);
      value = (value << taken) | rest;
      position_ += taken;
      count -= taken;
    }
    return static_cast<std::uint32_t>(value);
  }

  bool Flag() { return Bits(1) != 0; }

  // ns(n), section 4.10.7: a number in [0, values).
  std::uint32_t NonSymmetric(std::uint32_t values) {
    unsigned width = 0;
    while ((values >> width) != 0) ++width;
    const std::uint32_t shortOnes = (1U << width) - values;
    const std::uint32_t value = Bits(width - 1);
    return value < shortOnes ? value : (value << 1) - shortOnes + Bits(1);
  }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

// Writes bits into a buffer that is large enough and zeroed.
class BitWriter {
 public:
  explicit BitWriter(MutableBytes zeros) : bytes_(zeros) {}

  void Bits(std::uint32_t value, unsigned count) {
    while (count != 0) {
      --count;
      const auto bit = static_cast<std::uint8_t>((value >> count) & 1U);
      bytes_[position_ / 8] = static_cast<std::uint8_t>(bytes_[position_ / 8] | bit << (7 - position_ % 8));
      ++position_;
    }
  }

  void Copy(BitReader& from, std::size_t count) {
    while (count != 0) {
      const auto taken = static_cast<unsigned>(count < 32 ? count : 32);
      Bits(from.Bits(taken), taken);
      count -= taken;
    }
  }

 private:
  MutableBytes bytes_;
  std::size_t position_ = 0;
};

}  // namespace ringcast::rtp
