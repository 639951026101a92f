#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Random.hpp"

namespace ringcast::io {

// The ports of a range in the order in which they are tried: each once, from a random one on and in steps of
// a random size. Workers that share a range do not fight for the same ports, and a block of ports that
// another program holds does not use up the tries.
class PortSearch {
 public:
  // `portMin` is not above `portMax`.
  PortSearch(std::uint16_t portMin, std::uint16_t portMax, Random& random);

  // nullopt: all have been returned. Never 0, which would let the system choose.
  [[nodiscard]] std::optional<std::uint16_t> Next();

 private:
  std::uint32_t portMin_;
  std::uint32_t count_;
  std::uint32_t offset_;
  std::uint32_t step_;  // has no divisor in common with the count: every port is reached
  std::uint32_t left_;
};

}  // namespace ringcast::io
