#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Types.hpp"
#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Round trip time of an endpoint that only receives, and so sends no sender reports (RFC 3611 sections 4.4
// and 4.5). The receiver sends its time in an RRTR block; the sender returns that time and the delay since
// its arrival in a DLRR block. This class implements both sides for one peer.
class ReferenceTimes {
 public:
  // Limit on the ssrcs of a peer whose RRTR blocks wait for an answer. A peer usually has one; a pipe
  // transport has several. When the limit is exceeded, the one that was received first is dropped.
  static constexpr std::size_t kMaxSources = 16;
  // Upper bound on a plausible round trip time. A larger value is not a measurement: jitter buffers would
  // long have run empty.
  static constexpr Duration kMaxRoundTrip = Seconds(10);

  // Processes an extended report of the peer. `localSsrc` is the ssrc that sent our RRTR blocks; `nowCompact`
  // is the middle 32 bits of the NTP time of arrival. Returns true if it yielded a new round trip time.
  bool OnReport(const ExtendedReport& report, Ssrc localSsrc, std::uint32_t nowCompact, Instant now);

  [[nodiscard]] std::optional<Duration> RoundTripTime() const { return roundTripTime_; }

  // Writes the DLRR items to send into `out`, oldest first, and removes them: each RRTR block is answered
  // once. Those that do not fit remain for the next call. Returns the number of items written.
  [[nodiscard]] std::size_t TakeAnswers(std::span<CompoundWriter::DlrrItem> out, Instant now);
  [[nodiscard]] bool HasAnswers() const { return !received_.empty(); }

 private:
  struct Received {
    Ssrc ssrc;
    std::uint32_t reference = 0;
    Instant arrival{};
  };

  std::vector<Received> received_;  // ordered by arrival
  std::optional<Duration> roundTripTime_;
};

}  // namespace ringcast::rtcp
