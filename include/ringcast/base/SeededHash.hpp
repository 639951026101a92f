#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace ringcast {

// Hash for tables whose keys a peer chooses. std::hash of an integer is the integer itself, and its bucket is
// the remainder by a known prime, so an attacker who chooses the keys can put all of them into one bucket.
// Here the bucket depends on a secret.
//
// Multiply-shift (Dietzfelbinger et al., 1997): any two different 32-bit hashes collide in the upper half of
// the product with a probability of at most 2 in 2^32.
template <typename Key>
class SeededHash {
 public:
  // `seed` must be random, secret and not used for anything else. A simulation may use 0.
  explicit SeededHash(std::uint64_t seed) : multiplier_((seed ^ kOdd) | 1) {}

  [[nodiscard]] std::size_t operator()(const Key& key) const noexcept {
    const std::uint64_t hash = std::hash<Key>{}(key);
    const std::uint64_t folded = hash ^ hash >> 32;
    return static_cast<std::size_t>(((folded & 0xFFFFFFFF) * multiplier_) >> 32);
  }

 private:
  static constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio

  std::uint64_t multiplier_;
};

}  // namespace ringcast
