#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast {

// Source of random numbers: the system's generator in the worker, a seeded one in simulations.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(MutableBytes out) = 0;

  std::uint32_t U32() {
    std::uint8_t bytes[4];
    Fill(bytes);
    return LoadU32(bytes);
  }
  std::uint16_t U16() { return static_cast<std::uint16_t>(U32()); }
};

// getrandom(2): suitable for keys.
class SystemRandom final : public Random {
 public:
  void Fill(MutableBytes out) override;
};

// SplitMix64: the same seed produces the same sequence. Never use it for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void Fill(MutableBytes out) override;
  std::uint64_t U64();

 private:
  std::uint64_t state_;
};

}  // namespace ringcast
