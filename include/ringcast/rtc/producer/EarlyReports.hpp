#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtc {

// Sender reports that arrived before the first packet of their stream.
class EarlyReports {
 public:
  struct Report {
    Ssrc ssrc;
    rtp::SenderInfo info;
    Instant arrival;
  };

  // Keeps the latest reports, one for each of `limit` sources: one source sends each encoding.
  explicit EarlyReports(std::size_t limit) : limit_(limit) {}

  void Keep(const Report& report) {
    std::erase_if(reports_, [&](const Report& other) { return other.ssrc == report.ssrc; });
    if (reports_.size() == limit_) reports_.erase(reports_.begin());
    reports_.push_back(report);
  }

  // Removes and returns the report of this source, or nullopt if there is none.
  [[nodiscard]] std::optional<Report> Take(Ssrc ssrc) {
    const auto found = std::find_if(reports_.begin(), reports_.end(),
                                    [ssrc](const Report& report) { return report.ssrc == ssrc; });
    if (found == reports_.end()) return std::nullopt;
    const Report report = *found;
    reports_.erase(found);
    return report;
  }

 private:
  std::size_t limit_;
  std::vector<Report> reports_;  // in the order of arrival
};

}  // namespace ringcast::rtc
