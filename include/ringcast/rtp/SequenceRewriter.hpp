#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace ringcast::rtp {

// Gives an outgoing stream continuous sequence numbers, across pauses, switches of the source and dropped
// packets. A gap in the input remains a gap, up to kMaxGap. Input and output are unwrapped.
class SequenceRewriter {
 public:
  explicit SequenceRewriter(std::int64_t firstOutput) : nextOutput_(firstOutput) {}

  // The next mapped packet continues the output right behind its highest number. Packets before that one are
  // then too old.
  void Resync() { synced_ = false; }
  [[nodiscard]] bool NeedsSync() const { return !synced_; }

  // Drops an input packet that was neither mapped nor skipped before: the numbers of later packets move down
  // by one. If a later packet was mapped already, returns the number that stays unused. Does nothing before
  // the synchronisation.
  std::optional<std::int64_t> Skip(std::int64_t input);

  // Returns nullopt if the packet must not be sent: it is older than the synchronisation point, kWindow or
  // more behind the newest, or was skipped.
  [[nodiscard]] std::optional<std::int64_t> Map(std::int64_t input);

  // The latest inputs, for which late packets are mapped.
  static constexpr std::int64_t kWindow = 512;

  // Limit on a gap of the output. On the wire a step of 32,768 or more is a step back, by which an SRTP
  // receiver guesses a wrong index, and decrypts nothing more (RFC 3711 section 3.3.1). Half of it leaves
  // room for packets that the network loses next to the gap.
  static constexpr std::int64_t kMaxGap = 16'384;
  static_assert(kMaxGap > kWindow);

 private:
  // A set of inputs in the window: one bit each, at the input's number modulo kWindow.
  class InputSet {
   public:
    void Insert(std::int64_t input) { words_[Word(input)] |= Bit(input); }
    [[nodiscard]] bool Contains(std::int64_t input) const { return (words_[Word(input)] & Bit(input)) != 0; }
    // Both of the inputs in [from, to).
    void Clear(std::int64_t from, std::int64_t to);
    [[nodiscard]] std::int64_t Count(std::int64_t from, std::int64_t to) const;

   private:
    static constexpr std::size_t kWords = kWindow / 64;
    [[nodiscard]] static std::size_t Word(std::int64_t input) {
      return (static_cast<std::uint64_t>(input) / 64) % kWords;
    }
    [[nodiscard]] static std::uint64_t Bit(std::int64_t input) { return std::uint64_t{1} << (input & 63); }
    std::array<std::uint64_t, kWords> words_{};
  };

  [[nodiscard]] bool TooOld(std::int64_t input) const;
  [[nodiscard]] std::int64_t OutputOf(std::int64_t input) const;
  void Advance(std::int64_t input);

  std::int64_t nextOutput_;
  std::int64_t highestInput_ = 0;
  std::int64_t highestMapped_ = 0;
  std::int64_t syncInput_ = 0;
  std::int64_t offset_ = 0;  // from input to output, for packets after highestInput_
  bool synced_ = false;
  bool anySkipped_ = false;  // since the synchronisation; if false, the sets below are empty
  InputSet closed_;          // skipped before any later packet was mapped: moves those down by one
  InputSet skipped_;         // all that were skipped
};

// Keeps the output's timestamps continuous across changes of the source, by an offset chosen at each change.
class TimestampRewriter {
 public:
  // Maps `input` to `output`, and all others accordingly.
  void Sync(std::uint32_t input, std::uint32_t output) {
    offset_ = output - input;
    settling_ = false;
  }
  // The same for two encodings of one source, which overlap in time: `output` may lie before `last`, the last
  // timestamp of the other encoding. The first frames are then squeezed together behind `last`, until the
  // capture times of the new encoding have caught up.
  void SyncOverlapping(std::uint32_t input, std::uint32_t output, std::uint32_t last) {
    offset_ = output - input;
    first_ = output;
    floor_ = last + kStep;
    settling_ = static_cast<std::int32_t>(output - last) <= 0;
  }

  // Returns the output timestamp of an instant of the input.
  [[nodiscard]] std::uint32_t Map(std::uint32_t input) const { return input + offset_; }
  // Returns the timestamp to send a frame with.
  [[nodiscard]] std::uint32_t MapFrame(std::uint32_t input) {
    return settling_ ? Settle(input) : input + offset_;
  }

 private:
  // From the last frame of the other encoding to the first of this one: 1 ms of a clock of 90 kHz.
  static constexpr std::uint32_t kStep = 90;
  // Squeezed frames are this many times closer to each other: 2 ms instead of 33 ms.
  static constexpr std::int32_t kSqueeze = 16;
  // 3 s ahead of the squeezed timestamps no late packet of a squeezed frame can arrive any more.
  static constexpr std::int32_t kSettled = 270'000;

  [[nodiscard]] std::uint32_t Settle(std::uint32_t input);

  std::uint32_t offset_ = 0;
  std::uint32_t first_ = 0;  // timestamp of the first frame by its capture time
  std::uint32_t floor_ = 0;  // timestamp that it is sent with
  bool settling_ = false;
};

}  // namespace ringcast::rtp
