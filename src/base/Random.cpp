#include "ringcast/base/Random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

namespace ringcast {

void SystemRandom::Fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      // A signal is the only acceptable failure. A kernel without getrandom cannot provide keys, and there is
      // no safe fallback.
      RC_ASSERT(errno == EINTR);
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::uint64_t SeededRandom::U64() {
  // The constants of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

void SeededRandom::Fill(MutableBytes out) {
  while (!out.empty()) {
    std::uint8_t word[8];
    StoreU64(word, U64());
    const std::size_t count = std::min(out.size(), sizeof word);
    std::memcpy(out.data(), word, count);
    out = out.subspan(count);
  }
}

}  // namespace ringcast
