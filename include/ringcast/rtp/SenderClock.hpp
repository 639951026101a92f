#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/SourceClock.hpp"

namespace ringcast::rtp {

// Maps an instant to the RTP timestamp of a stream at that time, from its sender reports (RFC 3550 section
// 6.4.1). The arrival times of packets cannot be used for this, because they include the delays of encoder
// and network: a sender report derived from them would shift a receiver's audio against its video with each
// late frame.
class SenderClock {
 public:
  // `source`: the clock that this stream shares with other streams; without it the stream has its own.
  explicit SenderClock(std::uint32_t clockRate, std::shared_ptr<SourceClock> source = nullptr);

  void OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant arrival);

  // Returns true after the first report.
  [[nodiscard]] bool Known() const { return offset_ != nullptr; }

  // Returns nullopt before the first report. The result is off by the network delay of the reports, by the
  // same amount for all streams of the source.
  [[nodiscard]] std::optional<std::uint32_t> TimestampAt(Instant now) const;

  // Returns the value to add to a timestamp of the other stream to get this stream's timestamp of the same
  // capture time. Returns nullopt if one of them has not reported yet, if their clock rates differ, or if
  // they report with different clocks.
  [[nodiscard]] std::optional<std::uint32_t> OffsetFrom(const SenderClock& other) const;

 private:
  // Returns how much more the source's wall clock advanced than the timestamps did since the last report.
  [[nodiscard]] Duration WallClockGain(Duration wallClock, std::uint32_t rtpTimestamp) const;

  std::uint32_t clockRate_;
  std::uint8_t late_ = 0;  // number of consecutive reports that were later than any network delay explains
  std::uint32_t timestamp_ = 0;
  Duration reported_{};  // wall clock time in the latest report
  Duration measured_{};  // its arrival time minus that wall clock time
  std::shared_ptr<SourceClock> source_;
  std::shared_ptr<ClockOffset> offset_;
};

}  // namespace ringcast::rtp
