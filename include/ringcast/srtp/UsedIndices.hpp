#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringcast::srtp {

// Remembers which packet indices were used under one SRTP key, for each ssrc. Two packets under one index
// reveal the exclusive-or of their plaintexts (RFC 3711 section 9.1), and with AES-GCM the authentication key
// (RFC 7714 section 8.4). This lives as long as the key, and never forgets an ssrc.
class UsedIndices {
 public:
  // A packet may be this far behind the newest of its ssrc: as far as a worker keeps packets to send them
  // again. Every older index counts as used.
  static constexpr std::int64_t kWindow = 2048;
  // Ssrcs under one key: 16 bytes each, in a table that is at most half full, so 4 MiB. That is a new
  // consumer with RTX each second for 18 hours. No packet of a further ssrc is accepted: the transport must
  // be opened anew, with a new key.
  static constexpr std::size_t kMaxStreams = 131'072;
  // Streams that have a window at the same time: 272 bytes each, so 1 MiB. Only a stream with gaps needs one.
  // If there are more, the oldest window is given to the new stream, and all indices of its former stream up
  // to the newest count as used.
  static constexpr std::size_t kMaxWindows = 4096;

  UsedIndices() : streams_(kMinTable) {}

  // Marks the index as used. False: it was used before, or is too old to tell. `index` is not negative.
  [[nodiscard]] bool Use(std::uint32_t ssrc, std::int64_t index) {
    Stream& stream = streams_[PlaceOf(ssrc)];
    // In order, and within a word of the window: nothing has to be written there. (An empty entry has next
    // 0.)
    if (index == stream.next && index != 0 && (stream.window == 0 || index % kWordBits != 0)) {
      ++stream.next;
      return true;
    }
    return UseOutOfOrder(stream, ssrc, index);
  }

  // True if the index was used and lies within the window: the same packet may be sent under it again.
  [[nodiscard]] bool WasUsed(std::uint32_t ssrc, std::int64_t index) const;

  // One above the highest index that was used for the ssrc; nullopt: none was.
  [[nodiscard]] std::optional<std::int64_t> Next(std::uint32_t ssrc) const;

 private:
  static constexpr std::int64_t kWordBits = 64;
  // The window, and the word that is being filled.
  static constexpr std::int64_t kWords = kWindow / kWordBits + 1;
  static constexpr std::size_t kMinTable = 16;

  struct Stream {
    std::uint32_t ssrc = 0;
    std::uint32_t window = 0;  // place in windows_, counted from 1; 0: the stream has no gaps
    std::int64_t next = 0;     // one above the highest used index; 0: the entry is empty
  };
  // A set bit: the index was skipped, and not used since. Bits of the newest word above the newest index are
  // clear, so that packets in order write nothing but a new word. By index modulo the size.
  struct Window {
    std::uint32_t ssrc = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(kWords)> skipped{};

    [[nodiscard]] std::uint64_t& Word(std::int64_t index) {
      return skipped[static_cast<std::size_t>(index / kWordBits % kWords)];
    }
    [[nodiscard]] bool Skipped(std::int64_t index) const {
      return (skipped[static_cast<std::size_t>(index / kWordBits % kWords)] & Bit(index)) != 0;
    }
    [[nodiscard]] static std::uint64_t Bit(std::int64_t index) {
      return std::uint64_t{1} << (index % kWordBits);
    }
  };

  // The place of the ssrc's entry, or of an empty one for it.
  [[nodiscard]] std::size_t PlaceOf(std::uint32_t ssrc) const {
    // Fibonacci hashing: the high bits of the product depend on all bits of the ssrc.
    constexpr std::uint32_t kMultiplier = 0x9E3779B1;
    const std::size_t mask = streams_.size() - 1;
    std::size_t place = (ssrc * kMultiplier) >> shift_;
    while (streams_[place].next != 0 && streams_[place].ssrc != ssrc) place = (place + 1) & mask;
    return place;
  }

  bool UseOutOfOrder(Stream& stream, std::uint32_t ssrc, std::int64_t index);
  bool Begin(Stream& stream, std::uint32_t ssrc, std::int64_t index);
  bool UseSkipped(const Stream& stream, std::int64_t index);
  void Advance(Stream& stream, std::int64_t index);
  [[nodiscard]] static bool InWindow(const Stream& stream, std::int64_t index);
  Window& WindowOf(Stream& stream);
  void Grow();

  std::vector<Stream> streams_;  // open addressing, linear probing; the size is a power of two
  std::uint32_t shift_ = 28;     // 32 less the binary logarithm of that size
  std::size_t count_ = 0;        // of entries that are not empty
  std::vector<Window> windows_;
  std::size_t oldestWindow_ = 0;  // once there are kMaxWindows
};

}  // namespace ringcast::srtp
