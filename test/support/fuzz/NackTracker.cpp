#include "ringcast/rtp/NackTracker.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::NackTracker;
using Verdict = NackTracker::Verdict;

// A tracker, and the packets received and requested since its last reset.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 8;
      switch (command % 8) {
        case 0:  // the next packets
          for (int i = 0; i <= argument; ++i) Packet(highest_ + 1, argument == 31, false);
          break;
        case 1:  // a packet behind a gap
          Packet(highest_ + 1 + argument, (argument & 1) != 0, false);
          break;
        case 2:  // a packet behind a large gap
          Packet(highest_ + commands_.U16(), (argument & 1) != 0, (argument & 2) != 0);
          break;
        case 3:  // a late or duplicated packet
          Packet(highest_ - argument, false, false);
          break;
        case 4:
          Packet(highest_ - commands_.U8() * (1 + argument), (argument & 1) != 0, true);
          break;
        case 5:
          now_ += Microseconds(commands_.U16() * (1 + argument));
          break;
        case 6:
          tracker_.SetRoundTripTime(Microseconds(std::int64_t{commands_.U16()} << argument));
          break;
        case 7:
          if (argument == 31) Reset();
          if (tracker_.NextTimeout()) now_ = std::max(now_, *tracker_.NextTimeout());
          break;
      }
      Ask();
    }
    Finish();
  }

 private:
  void Packet(std::int64_t number, bool keyFrame, bool recovered) {
    const bool first = received_.empty();
    if (first) first_ = number;
    const bool newest = first || number > highest_;
    const bool wasReceived = received_.count(number) != 0;
    const std::size_t missing = tracker_.Missing();
    const Verdict verdict = tracker_.OnPacket(number, keyFrame, recovered, now_);
    RC_ASSERT((verdict == Verdict::kNew) == newest);
    RC_ASSERT((verdict == Verdict::kBeforeFirst) == (number < first_));
    switch (verdict) {
      case Verdict::kNew:
        highest_ = number;
        received_.insert(number);
        break;
      case Verdict::kReordered:
        RC_ASSERT(!recovered);
        [[fallthrough]];
      case Verdict::kRepaired:
        RC_ASSERT(received_.insert(number).second && tracker_.Missing() + 1 == missing);
        break;
      case Verdict::kDuplicate:
        RC_ASSERT(wasReceived);
        break;
      case Verdict::kTooOld:
        RC_ASSERT(tracker_.GivenUp() > 0);
        break;
      case Verdict::kBeforeFirst:
        break;
    }
    RC_ASSERT(tracker_.Missing() <= NackTracker::kMaxMissing);
    RC_ASSERT(tracker_.Missing() == 0 || tracker_.NextTimeout());
  }

  void Ask() {
    const bool isDue = tracker_.NextTimeout() && *tracker_.NextTimeout() <= now_;
    const auto due = tracker_.OnTimeout(now_);
    RC_ASSERT(isDue || (due.sequenceNumbers.empty() && !due.keyFrameWanted));
    RC_ASSERT(!tracker_.NextTimeout() || *tracker_.NextTimeout() > now_);
    RC_ASSERT(tracker_.NextTimeout().has_value() == (tracker_.Missing() > 0));
    std::int64_t last = first_;
    for (const auto number : due.sequenceNumbers) {
      RC_ASSERT(number > last && number < highest_ && received_.count(number) == 0);
      last = number;
      auto& asked = asked_[number];
      RC_ASSERT(asked.tries == 0 || now_ - asked.last >= NackTracker::kEchoAfter);
      asked.last = now_;
      ++asked.tries;
      RC_ASSERT(asked.tries <= NackTracker::kMaxTries + NackTracker::kQuickTries);
    }
  }

  void Reset() {
    tracker_.Reset();
    received_.clear();
    asked_.clear();
    RC_ASSERT(tracker_.Missing() == 0 && !tracker_.NextTimeout());
  }

  // Without further packets, the tracker reaches a state without a deadline.
  void Finish() {
    const Instant end = now_ + NackTracker::kMaxAge + NackTracker::kGrid;
    while (tracker_.NextTimeout()) {
      now_ = std::max(now_, *tracker_.NextTimeout());
      RC_ASSERT(now_ <= end);
      Ask();
    }
    RC_ASSERT(tracker_.Missing() == 0);
  }

  ByteReader commands_;
  NackTracker tracker_;
  Instant now_{Seconds(1)};
  std::int64_t first_ = 0;
  std::int64_t highest_ = 65530;
  std::set<std::int64_t> received_;
  struct Asked {
    Instant last{};
    int tries = 0;
  };
  std::map<std::int64_t, Asked> asked_;
};

}  // namespace

// Commands: packets in order, ahead, late and duplicated; elapsed time; round trip times; resets.
void FuzzNackTracker(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxCommands = 1024;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
