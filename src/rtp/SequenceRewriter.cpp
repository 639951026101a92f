#include "ringcast/rtp/SequenceRewriter.hpp"

#include <algorithm>
#include <bit>

namespace ringcast::rtp {

void SequenceRewriter::InputSet::Clear(std::int64_t from, std::int64_t to) {
  if (to - from >= kWindow) {
    words_.fill(0);
    return;
  }
  for (std::int64_t input = from; input < to; ++input) words_[Word(input)] &= ~Bit(input);
}

std::int64_t SequenceRewriter::InputSet::Count(std::int64_t from, std::int64_t to) const {
  std::int64_t count = 0;
  while (from < to) {
    // The part of one word that lies before `to`.
    const std::int64_t first = from & 63;
    const std::int64_t bits = std::min(64 - first, to - from);
    count += std::popcount(words_[Word(from)] >> first << (64 - bits));
    from += bits;
  }
  return count;
}

std::optional<std::int64_t> SequenceRewriter::Skip(std::int64_t input) {
  if (!synced_ || TooOld(input)) return std::nullopt;
  anySkipped_ = true;
  if (input > highestInput_) Advance(input);
  if (skipped_.Contains(input)) return std::nullopt;
  skipped_.Insert(input);
  // A later packet was mapped, and its number cannot change any more.
  if (input <= highestMapped_) return OutputOf(input);
  closed_.Insert(input);
  --offset_;
  return std::nullopt;
}

std::optional<std::int64_t> SequenceRewriter::Map(std::int64_t input) {
  if (!synced_) {
    synced_ = true;
    syncInput_ = input;
    highestInput_ = input;
    highestMapped_ = input;
    offset_ = nextOutput_ - input;
    if (anySkipped_) {
      closed_ = {};
      skipped_ = {};
      anySkipped_ = false;
    }
  }
  if (TooOld(input)) return std::nullopt;
  if (input > highestInput_) {
    Advance(input);
  } else if (anySkipped_ && skipped_.Contains(input)) {
    return std::nullopt;
  }
  highestMapped_ = std::max(highestMapped_, input);
  std::int64_t output = OutputOf(input);
  // Behind a gap this long all inputs that were mapped before are too old, so that none gets a second output.
  if (const auto excess = output - nextOutput_ - kMaxGap; excess > 0) {
    offset_ -= excess;
    output -= excess;
  }
  nextOutput_ = std::max(nextOutput_, output + 1);
  return output;
}

std::int64_t SequenceRewriter::OutputOf(std::int64_t input) const {
  const std::int64_t closedBehind = anySkipped_ ? closed_.Count(input + 1, highestInput_ + 1) : 0;
  return input + offset_ + closedBehind;
}

bool SequenceRewriter::TooOld(std::int64_t input) const {
  return input < syncInput_ || input <= highestInput_ - kWindow;
}

void SequenceRewriter::Advance(std::int64_t input) {
  if (anySkipped_) {
    closed_.Clear(highestInput_ + 1, input + 1);
    skipped_.Clear(highestInput_ + 1, input + 1);
  }
  highestInput_ = input;
}

// A function of the timestamp alone, so that late and reordered packets get the timestamp of their frame.
std::uint32_t TimestampRewriter::Settle(std::uint32_t input) {
  const std::uint32_t natural = input + offset_;
  const auto sinceFirst = static_cast<std::int32_t>(natural - first_);
  const std::uint32_t squeezed = floor_ + static_cast<std::uint32_t>(sinceFirst / kSqueeze);
  const auto ahead = static_cast<std::int32_t>(natural - squeezed);
  if (ahead > kSettled) settling_ = false;
  return ahead > 0 ? natural : squeezed;
}

}  // namespace ringcast::rtp
