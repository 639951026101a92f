#include "ringcast/rtp/SequenceRewriter.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::SequenceRewriter;

// One command moves the input by at most this many bits, so that the input does not overflow.
constexpr unsigned kMostBits = 40;

// A rewriter and a model of its calls since the last synchronization. The model keeps everything.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands), rewriter_(commands_.U16()) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 8;
      switch (command % 8) {
        case 0:  // the next packets
          for (int i = 0; i <= argument; ++i) Map(latest_ + 1);
          break;
        case 1:
          for (int i = 0; i <= argument; ++i) Skip(latest_ + 1);
          break;
        case 2:  // a packet behind a gap
          Map(latest_ + 1 + argument);
          break;
        case 3:  // a late or duplicated packet
          Map(latest_ - argument);
          break;
        case 4:
          Map(latest_ - std::int64_t{commands_.U8()} * (1 + argument));
          break;
        case 5:
          Skip(latest_ + 16 - commands_.U8() * (1 + argument % 4));
          break;
        case 6:
          Far(argument);
          break;
        case 7:
          Resync(argument);
          break;
      }
    }
  }

 private:
  void Far(std::uint8_t argument) {
    const std::int64_t distance = static_cast<std::int16_t>(commands_.U16());
    const std::int64_t input = latest_ + distance * (std::int64_t{1} << (argument % (kMostBits - 15)));
    if (argument % 2 == 0) {
      Map(input);
    } else {
      Skip(input);
    }
  }

  void Resync(std::uint8_t argument) {
    rewriter_.Resync();
    RC_ASSERT(rewriter_.NeedsSync());
    synced_ = false;
    // Another source starts at any number.
    latest_ += static_cast<std::int16_t>(commands_.U16()) * std::int64_t{argument};
  }

  [[nodiscard]] bool TooOld(std::int64_t input) const {
    return input < first_ || input <= latest_ - SequenceRewriter::kWindow;
  }

  void Skip(std::int64_t input) {
    const bool again = skipped_.count(input) != 0;
    const auto hole = rewriter_.Skip(input);
    RC_ASSERT(!hole || (synced_ && !TooOld(input) && !again));
    if (!synced_ || TooOld(input)) return;
    skipped_.insert(input);
    latest_ = std::max(latest_, input);
  }

  void Map(std::int64_t input) {
    const bool first = !synced_;
    const bool inOrder = first || input > latest_;
    const bool refused = !first && (TooOld(input) || skipped_.contains(input));
    const auto output = rewriter_.Map(input);
    RC_ASSERT(!rewriter_.NeedsSync());
    RC_ASSERT(output.has_value() == !refused);
    if (first) {
      synced_ = true;
      first_ = input;
      latest_ = input;
      skipped_.clear();
      outputs_.clear();
      if (highestOutput_) RC_ASSERT(*output == *highestOutput_ + 1);
      firstOutput_ = *output;
    }
    latest_ = std::max(latest_, input);
    if (!output) return;
    // No output is a number from before the synchronization.
    RC_ASSERT(*output >= firstOutput_);
    RC_ASSERT(!inOrder || !highestOutput_ || *output > *highestOutput_);
    RC_ASSERT(!highestOutput_ || *output <= *highestOutput_ + 1 + SequenceRewriter::kMaxGap);
    highestOutput_ = std::max(highestOutput_.value_or(*output), *output);
    CheckPlace(input, *output);
  }

  // Checks that an input always has the same output, and that two outputs are in the order of their inputs,
  // at a distance of 1 or more and not above the distance of the inputs.
  void CheckPlace(std::int64_t input, std::int64_t output) {
    const auto [place, isNew] = outputs_.try_emplace(input, output);
    RC_ASSERT(place->second == output);
    if (!isNew) return;
    if (place != outputs_.begin()) CheckDistance(*std::prev(place), *place);
    if (std::next(place) != outputs_.end()) CheckDistance(*place, *std::next(place));
  }

  using Place = std::pair<const std::int64_t, std::int64_t>;
  static void CheckDistance(const Place& before, const Place& after) {
    const std::int64_t distance = after.second - before.second;
    RC_ASSERT(distance >= 1 && distance <= after.first - before.first);
  }

  ByteReader commands_;
  SequenceRewriter rewriter_;
  bool synced_ = false;
  std::int64_t first_ = 0;
  std::int64_t latest_ = 65'000;
  std::int64_t firstOutput_ = 0;
  std::optional<std::int64_t> highestOutput_;
  std::set<std::int64_t> skipped_;
  std::map<std::int64_t, std::int64_t> outputs_;
};

}  // namespace

// The first output, then commands: packets in order, ahead, late, duplicated and dropped, and changes
// of source.
void FuzzSequenceRewriter(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxCommands = 1024;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
