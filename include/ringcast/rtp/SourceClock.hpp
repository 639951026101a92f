#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// The offset from a source's wall clock to local time, shared by all streams of the source. Each report
// yields a measurement, its arrival time minus the source's wall clock time, which is too high by the network
// delay of the report.
class ClockOffset {
 public:
  ClockOffset(Duration measured, Instant now) : value_(measured), measuredAt_(now) {}

  [[nodiscard]] Duration Value() const { return value_; }

  // Returns true if a report with this measurement may be from the same clock. Network delays do not differ
  // by more than kTravel.
  [[nodiscard]] bool Fits(Duration measured) const { return std::chrono::abs(measured - value_) <= kTravel; }

  // Processes another report of any of the streams. The offset follows the drift of the clocks, but not
  // faster than that, so the additional delay of a single report has almost no effect.
  void Follow(Duration measured, Instant now);

  static constexpr Duration kTravel = Seconds(1);

 private:
  Duration value_;
  Instant measuredAt_;
};

// The wall clock of all streams with one CNAME (RFC 3550 section 6.5.1). The network delays of their reports
// differ; with an offset for each stream, the streams would be shifted against each other by that difference.
class SourceClock {
 public:
  // Returns the existing offset that fits best, or a new one. There are several after the source's clock was
  // set, until all streams have reported it, and if two sources violate the RFC by using the same CNAME.
  [[nodiscard]] std::shared_ptr<ClockOffset> Join(Duration measured, Instant now);

 private:
  // each is owned by at least one stream, so there are no more offsets than streams
  std::vector<std::weak_ptr<ClockOffset>> offsets_;
};

// The clocks of all publishing sources, by CNAME.
class SourceClocks {
 public:
  // Returns the clock of the CNAME. With an empty CNAME, each call returns a new clock.
  [[nodiscard]] std::shared_ptr<SourceClock> Of(const std::string& cname);

 private:
  std::map<std::string, std::weak_ptr<SourceClock>> clocks_;
};

}  // namespace ringcast::rtp
