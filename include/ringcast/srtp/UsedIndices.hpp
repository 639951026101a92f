#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringcast::srtp {

// The packet indices that were used under one SRTP key, for each ssrc. Two packets with the same index reveal
// the exclusive-or of their plaintexts (RFC 3711 section 9.1), and with AES-GCM the authentication key (RFC
// 7714 section 8.4). An instance lives as long as the key and never removes an ssrc.
class UsedIndices {
 public:
  // A packet may be this far behind the newest one of its ssrc. The worker keeps no older packets for
  // retransmission. Every older index counts as used.
  static constexpr std::int64_t kWindow = 2048;
  // Limit on the ssrcs under one key: 16 bytes each, in a table that is at most half full, so 4 MiB. It
  // suffices for a new consumer with RTX every second for 18 hours. Beyond it, packets of a new ssrc are
  // refused; the transport must be recreated with a new key.
  static constexpr std::size_t kMaxStreams = 131'072;
  // Limit on the streams that have a window at the same time: 272 bytes each, so 1 MiB. Only a stream with
  // gaps needs a window. Beyond the limit, the new stream takes the oldest window, and all indices of the
  // previous stream up to its newest one count as used.
  static constexpr std::size_t kMaxWindows = 4096;

  UsedIndices() : streams_(kMinTable) {}

  // Marks the index, which must not be negative, as used. Returns false if it was used before or is older
  // than the window.
  [[nodiscard]] bool Use(std::uint32_t ssrc, std::int64_t index) {
    Stream& stream = streams_[PlaceOf(ssrc)];
    // In order and within a word of the window: the window needs no update. (An empty entry has next == 0.)
    if (index == stream.next && index != 0 && (stream.window == 0 || index % kWordBits != 0)) {
      ++stream.next;
      return true;
    }
    return UseOutOfOrder(stream, ssrc, index);
  }

  // Returns true if the index was used and is within the window. The identical packet may be sent with it
  // again.
  [[nodiscard]] bool WasUsed(std::uint32_t ssrc, std::int64_t index) const;

  // Returns the highest used index of the ssrc plus one, or nullopt if no index was used.
  [[nodiscard]] std::optional<std::int64_t> Next(std::uint32_t ssrc) const;

 private:
  static constexpr std::int64_t kWordBits = 64;
  // The window, plus the word that is being filled.
  static constexpr std::int64_t kWords = kWindow / kWordBits + 1;
  static constexpr std::size_t kMinTable = 16;

  struct Stream {
    std::uint32_t ssrc = 0;
    std::uint32_t window = 0;  // index in windows_ plus one; 0: the stream has no gaps
    std::int64_t next = 0;     // highest used index plus one; 0: the entry is empty
  };
  // Bitmap, indexed by packet index modulo its size. A set bit means that the index was skipped and has not
  // been used since. In the newest word the bits above the newest index are clear, so packets in order only
  // write when they start a new word.
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

  // Returns the position of the entry of the ssrc, or of the empty entry to use for it.
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
  std::uint32_t shift_ = 28;     // 32 minus the binary logarithm of that size
  std::size_t count_ = 0;        // number of non-empty entries
  std::vector<Window> windows_;
  std::size_t oldestWindow_ = 0;  // index of the oldest window, once there are kMaxWindows
};

}  // namespace ringcast::srtp
