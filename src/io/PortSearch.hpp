#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Random.hpp"

namespace ringcast::io {

// Enumerates the ports of a range in the order in which they are tried: each once, starting with a random
// one, in steps of a random size. Workers that share a range therefore rarely try the same ports, and a block
// of ports that another program holds does not use up the attempts.
class PortSearch {
 public:
  // `portMin` must not exceed `portMax`.
  PortSearch(std::uint16_t portMin, std::uint16_t portMax, Random& random);

  // Returns nullopt after all ports have been returned. Never returns 0, which would let the system choose.
  [[nodiscard]] std::optional<std::uint16_t> Next();

 private:
  std::uint32_t portMin_;
  std::uint32_t count_;
  std::uint32_t offset_;
  std::uint32_t step_;  // coprime to count_, so that every port is reached
  std::uint32_t left_;
};

}  // namespace ringcast::io
