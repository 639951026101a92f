#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// What has to be added to the wall clock of a source to get our time line, one value for all streams that
// share it. What a single report tells of it, its arrival less the source's wall clock, is too much by the
// time that the report travelled.
class ClockOffset {
 public:
  ClockOffset(Duration measured, Instant now) : value_(measured), measuredAt_(now) {}

  [[nodiscard]] Duration Value() const { return value_; }

  // Whether a report that measured this may have been made by the same clock. Networks do not delay one more
  // than another by so much.
  [[nodiscard]] bool Fits(Duration measured) const { return std::chrono::abs(measured - value_) <= kTravel; }

  // Another report of any of the streams. Clocks drift, and this goes along with them, but no faster than
  // that: what a report took longer than the others moves next to nothing.
  void Follow(Duration measured, Instant now);

  static constexpr Duration kTravel = Seconds(1);

 private:
  Duration value_;
  Instant measuredAt_;
};

// The wall clock that all streams of one CNAME report by (RFC 3550 section 6.5.1). Their reports take
// different times to come; if each stream went by its own, they would be shifted against each other by that
// difference.
class SourceClock {
 public:
  // Of the offsets in use the one that fits best, or else a new one. There are several while the source's
  // clock has been set and not every stream has told so, and where two sources use one name against the
  // rules.
  [[nodiscard]] std::shared_ptr<ClockOffset> Join(Duration measured, Instant now);

 private:
  std::vector<std::weak_ptr<ClockOffset>> offsets_;  // each held by a stream, so no more than these
};

// The clocks of the sources that publish something, by their CNAMEs.
class SourceClocks {
 public:
  // An empty name is nobody's: who asks for it gets a clock of its own.
  [[nodiscard]] std::shared_ptr<SourceClock> Of(const std::string& cname);

 private:
  std::map<std::string, std::weak_ptr<SourceClock>> clocks_;
};

}  // namespace ringcast::rtp
