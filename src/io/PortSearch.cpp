#include "io/PortSearch.hpp"

#include <numeric>

namespace ringcast::io {

PortSearch::PortSearch(std::uint16_t portMin, std::uint16_t portMax, Random& random)
    : portMin_(portMin),
      count_(static_cast<std::uint32_t>(portMax - portMin) + 1),
      offset_(random.U32() % count_),
      step_(1 + random.U32() % count_),
      left_(count_) {
  // Terminates within count_ steps: 1 is coprime to every number, and the step wraps to 1 after count_.
  while (std::gcd(step_, count_) != 1) step_ = step_ % count_ + 1;
}

std::optional<std::uint16_t> PortSearch::Next() {
  while (left_ > 0) {
    --left_;
    const auto port = static_cast<std::uint16_t>(portMin_ + offset_);
    offset_ = (offset_ + step_) % count_;
    if (port != 0) return port;
  }
  return std::nullopt;
}

}  // namespace ringcast::io
