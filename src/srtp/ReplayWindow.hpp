#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringcast::srtp {

// Replay check (RFC 3711 section 3.3.2): remembers which of the latest `kSize` packet indices of a stream
// were received.
template <std::size_t kSize>
class ReplayWindow {
 public:
  static_assert(kSize % 64 == 0);

  // Returns true if the index was received before or is older than the window.
  [[nodiscard]] bool Refuses(std::int64_t index) const {
    if (index > newest_) return false;
    if (newest_ - index >= static_cast<std::int64_t>(kSize)) return true;
    return (words_[Word(index)] & Bit(index)) != 0;
  }
  // Records the index of an authenticated packet for which Refuses() returned false.
  void Insert(std::int64_t index) {
    if (index - newest_ >= static_cast<std::int64_t>(kSize)) {
      words_.fill(0);
      newest_ = index;
    }
    while (newest_ < index) {
      ++newest_;
      words_[Word(newest_)] &= ~Bit(newest_);
    }
    words_[Word(index)] |= Bit(index);
  }
  [[nodiscard]] std::int64_t Newest() const { return newest_; }  // -1: no packet yet

 private:
  [[nodiscard]] static std::size_t Word(std::int64_t index) {
    return static_cast<std::size_t>(index) / 64 % (kSize / 64);
  }
  [[nodiscard]] static std::uint64_t Bit(std::int64_t index) { return std::uint64_t{1} << (index & 63); }

  std::int64_t newest_ = -1;
  std::array<std::uint64_t, kSize / 64> words_{};
};

}  // namespace ringcast::srtp
