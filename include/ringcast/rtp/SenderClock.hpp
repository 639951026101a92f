#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/SourceClock.hpp"

namespace ringcast::rtp {

// Which RTP timestamp a stream has reached at an instant of ours, from its sender reports (RFC 3550 section
// 6.4.1). Packets cannot tell: they come when an encoder and a network are done with them, and a sender
// report made from that would shift a receiver's audio against its video with each late frame.
class SenderClock {
 public:
  // `source`: what it shares with other streams; it has one of its own without.
  explicit SenderClock(std::uint32_t clockRate, std::shared_ptr<SourceClock> source = nullptr);

  void OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant arrival);

  // Whether there was a report.
  [[nodiscard]] bool Known() const { return offset_ != nullptr; }

  // nullopt before the first report. Later than the truth by what reports travel, but by the same for all
  // streams of the source.
  [[nodiscard]] std::optional<std::uint32_t> TimestampAt(Instant now) const;

  // What has to be added to a timestamp of the other stream to get this one's of the same capture time.
  // nullopt before both have reported, if their clock rates differ, or if they do not report by one clock.
  [[nodiscard]] std::optional<std::uint32_t> OffsetFrom(const SenderClock& other) const;

 private:
  // By how much the source's wall clock went on more than the timestamps did since the report before.
  [[nodiscard]] Duration WallClockGain(Duration wallClock, std::uint32_t rtpTimestamp) const;

  std::uint32_t clockRate_;
  std::uint8_t late_ = 0;  // reports in a row that came later than any network explains
  std::uint32_t timestamp_ = 0;
  Duration reported_{};  // wall clock and timestamp of the latest report
  Duration measured_{};  // its arrival less its wall clock
  std::shared_ptr<SourceClock> source_;
  std::shared_ptr<ClockOffset> offset_;
};

}  // namespace ringcast::rtp
