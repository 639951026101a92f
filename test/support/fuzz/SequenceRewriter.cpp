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

// Inputs are moved by this much at the most with one command, so that none of them overflows.
constexpr unsigned kMostBits = 40;

// A rewriter, and what it was told since it was synchronised. The model forgets nothing.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands), rewriter_(commands_.U16()) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 8;
      switch (command % 8) {
        case 0:  // the next ones
          for (int i = 0; i <= argument; ++i) Map(latest_ + 1);
          break;
        case 1:
          for (int i = 0; i <= argument; ++i) Skip(latest_ + 1);
          break;
        case 2:  // behind a gap
          Map(latest_ + 1 + argument);
          break;
        case 3:  // late, or again
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
    // Another source counts from where it likes.
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
    // None of them is a number that went out before the synchronisation.
    RC_ASSERT(*output >= firstOutput_);
    RC_ASSERT(!inOrder || !highestOutput_ || *output > *highestOutput_);
    highestOutput_ = std::max(highestOutput_.value_or(*output), *output);
    CheckPlace(input, *output);
  }

  // The same input is always the same output, and two of them go out in the order in which they came in: none
  // nearer to another than one, none further apart than they were.
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

// The first output, then commands: packets in order, ahead, late and twice, such as are left out, and changes
// of source.
void FuzzSequenceRewriter(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxCommands = 1024;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
