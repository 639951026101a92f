#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// Which RTP timestamp a source has reached at an instant of ours, from its sender reports (RFC 3550 section
// 6.4.1). Packets cannot tell: they come when an encoder and a network are done with them, and a sender
// report made from that would shift a receiver's audio against its video with each late frame.
class SenderClock {
 public:
  explicit SenderClock(std::uint32_t clockRate) : clockRate_(clockRate) {}

  void OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant arrival);

  // nullopt before the first report.
  [[nodiscard]] std::optional<std::uint32_t> TimestampAt(Instant now) const;

  // What has to be added to a timestamp of the other stream to get this one's of the same capture time, where
  // both are of one source and so report by one clock. nullopt before both have reported, or if their clock
  // rates differ.
  [[nodiscard]] std::optional<std::uint32_t> OffsetFrom(const SenderClock& other) const;

 private:
  // The report that travelled fastest of so many tells how the source's clock stands to ours.
  static constexpr std::size_t kWindow = 8;

  std::uint32_t clockRate_;
  std::array<Duration, kWindow> offsets_{};  // arrival on our time line less the source's wall clock
  std::size_t count_ = 0;
  Duration offset_{};
  Duration reported_{};  // wall clock and timestamp of the latest report
  std::uint32_t timestamp_ = 0;
};

}  // namespace ringcast::rtp
