#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Types.hpp"
#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Round trips for who only receives, and so sends no sender reports (RFC 3611 sections 4.4 and 4.5): a
// receiver tells its time, the other side tells it back with how long it kept it. Both sides of that, for one
// peer.
class ReferenceTimes {
 public:
  // Receivers that one peer speaks for and that are answered: one as a rule, and room for a pipe's worth. The
  // one that was silent for longest gives way.
  static constexpr std::size_t kMaxSources = 16;
  // What takes longer is no measurement: jitter buffers are long empty.
  static constexpr Duration kMaxRoundTrip = Seconds(10);

  // Of the peer. `localSsrc`: under which our own times were sent; `nowCompact`: the middle 32 bits of the
  // NTP time of arrival. True: there is a new round trip.
  bool OnReport(const ExtendedReport& report, Ssrc localSsrc, std::uint32_t nowCompact, Instant now);

  [[nodiscard]] std::optional<Duration> RoundTripTime() const { return roundTripTime_; }

  // Writes what is to be told back into `out`, each of the peer's times once, the first that came first; what
  // finds no room waits for the next time. Returns how many were written.
  [[nodiscard]] std::size_t TakeAnswers(std::span<CompoundWriter::DlrrItem> out, Instant now);
  [[nodiscard]] bool HasAnswers() const { return !received_.empty(); }

 private:
  struct Received {
    Ssrc ssrc;
    std::uint32_t reference = 0;
    Instant arrival{};
  };

  std::vector<Received> received_;  // by arrival
  std::optional<Duration> roundTripTime_;
};

}  // namespace ringcast::rtcp
