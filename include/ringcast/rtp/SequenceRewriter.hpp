#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace ringcast::rtp {

// Gives a consumer's stream sequence numbers and timestamps without a hole that the input did not have,
// across pauses and source switches. In and out are unwrapped.
class SequenceRewriter {
 public:
  explicit SequenceRewriter(std::int64_t firstOutput) : nextOutput_(firstOutput) {}

  // The next input packet continues the output right behind the highest that went out: after a pause, a
  // switch, at the start. Packets of before the resynchronisation point are then too old.
  void Resync() { synced_ = false; }
  [[nodiscard]] bool NeedsSync() const { return !synced_; }

  // This input packet is left out: later ones close up behind it, unless they went out before it came. Then
  // its number is left, under which nothing goes out. Once for each, and not for one that was mapped; nothing
  // to do before the synchronisation.
  std::optional<std::int64_t> Skip(std::int64_t input);

  // nullopt: older than the synchronisation point, kWindow or more behind, or skipped before; it must not be
  // sent.
  [[nodiscard]] std::optional<std::int64_t> Map(std::int64_t input);

  // So many of the latest inputs are remembered for late packets.
  static constexpr std::int64_t kWindow = 512;

 private:
  // A set of inputs out of the window, one bit each, at their number modulo its size.
  class InputSet {
   public:
    void Insert(std::int64_t input) { words_[Word(input)] |= Bit(input); }
    [[nodiscard]] bool Contains(std::int64_t input) const { return (words_[Word(input)] & Bit(input)) != 0; }
    // [from, to)
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
  std::int64_t offset_ = 0;  // of the output to the input, behind highestInput_
  bool synced_ = false;
  bool anySkipped_ = false;  // since the synchronisation: without any, the sets below are all zeros
  InputSet closed_;          // left out, and closed up behind: each moves what comes after it down by one
  InputSet skipped_;         // left out at all
};

// Keeps the output's timestamps continuous over a change of source: offset chosen at the switch.
class TimestampRewriter {
 public:
  // The next input timestamp is mapped to `output`.
  void Sync(std::uint32_t input, std::uint32_t output) {
    offset_ = output - input;
    settling_ = false;
  }
  // The same, but the streams are of one source and overlap in time: `output` may lie before `last`, what
  // went out of the other one. Frames come after it all the same, squeezed together until the new stream has
  // caught up, and from then on lie where their capture times put them.
  void SyncOverlapping(std::uint32_t input, std::uint32_t output, std::uint32_t last) {
    offset_ = output - input;
    first_ = output;
    floor_ = last + kStep;
    settling_ = static_cast<std::int32_t>(output - last) <= 0;
  }

  // Where an instant of the input's time line lies in the output's.
  [[nodiscard]] std::uint32_t Map(std::uint32_t input) const { return input + offset_; }
  // Of a frame that goes out.
  [[nodiscard]] std::uint32_t MapFrame(std::uint32_t input) {
    return settling_ ? Settle(input) : input + offset_;
  }

 private:
  // From the last frame of the other stream to the first of this one: 1 ms of a clock of 90 kHz.
  static constexpr std::uint32_t kStep = 90;
  // Squeezed frames lie this many times closer to each other: 2 ms instead of 33.
  static constexpr std::int32_t kSqueeze = 16;
  // A stream that is so much ahead of where it would be squeezed, 3 s, has no late packets of before.
  static constexpr std::int32_t kSettled = 270'000;

  [[nodiscard]] std::uint32_t Settle(std::uint32_t input);

  std::uint32_t offset_ = 0;
  std::uint32_t first_ = 0;  // where the first frame's capture time puts it
  std::uint32_t floor_ = 0;  // where it goes out
  bool settling_ = false;
};

}  // namespace ringcast::rtp
