#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Notes when packets with transport-wide sequence numbers arrive, and tells their sender: each report goes on
// where the last one ended. A packet that comes late makes the next report begin with it, so that what was
// told as lost is told again as received.
class TransportFeedbackGenerator {
 public:
  // The draft leaves it open. A sender sets its rate, and judges a probe, by what reports have told, so it
  // climbs in steps of this and a round trip; and one takes some 100 bytes of what it regulates: 8 kbit/s,
  // under 1 % of a small video. Reports leave at multiples of it, with those of other transports and with
  // receiver reports: fewer wake-ups.
  static constexpr Duration kInterval = Milliseconds(100);
  // What was told is kept so long for the sake of late packets; who comes later is of use to no decoder
  // either.
  static constexpr Duration kHistory = Milliseconds(500);
  // Told and untold ones together: kHistory of 80 Mbit/s in packets of 1,200 bytes.
  static constexpr std::size_t kMaxPackets = 4096;
  // So many untold ones do not wait for the interval: two messages, or 100 Mbit/s.
  static constexpr std::size_t kEarlyPackets = kMaxPackets / 4;

  enum class Verdict : std::uint8_t {
    kNoted,
    kDuplicate,  // the first arrival stands
    kTooOld,     // nothing is kept of its time
  };
  // `arrival`: by the kernel.
  Verdict OnPacket(std::uint16_t wideSequenceNumber, Instant arrival);

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return deadline_; }
  // True: a report is due; AddReport() until it has no more.
  [[nodiscard]] bool OnTimeout(Instant now);
  // Adds the next message of the report. False: all was told, or it did not fit.
  bool AddReport(CompoundWriter& writer, Ssrc sender, Ssrc media);

 private:
  static constexpr Instant kNotReceived = Instant::min();
  static constexpr std::size_t kMinCapacity = 128;  // kHistory of 3 Mbit/s

  [[nodiscard]] Instant& At(std::int64_t number) {
    return arrivals_[static_cast<std::size_t>(number) & (arrivals_.size() - 1)];
  }
  void Begin(std::int64_t number);
  void Extend(std::int64_t number);
  void ForgetOld(Instant now);

  SequenceUnwrapper<std::uint16_t> unwrapper_;
  // By sequence number, those in [begin_, end_); of a capacity that is a power of two. The last one was
  // received.
  std::vector<Instant> arrivals_;
  std::int64_t begin_ = 0;
  std::int64_t nextToReport_ = 0;  // the first one of the next report
  std::int64_t end_ = 0;
  Instant newest_;
  std::optional<Instant> deadline_;
  std::uint8_t feedbackCount_ = 0;
};

}  // namespace ringcast::rtcp
