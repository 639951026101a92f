#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Records the arrival times of packets with transport-wide sequence numbers, and generates the feedback to
// their sender. Each report starts where the previous one ended. If a packet arrives late, the next report
// starts at that packet, so a packet that was reported as lost is reported again as received.
class TransportFeedbackGenerator {
 public:
  // Interval between reports; the draft does not specify one. A sender adapts its bitrate and evaluates a
  // probe when a report arrives, so its bitrate grows once per interval plus round trip time. A report takes
  // about 100 bytes of the bandwidth that it controls: 8 kbit/s, less than 1 % of a low-bitrate video.
  // Reports are due at multiples of the interval, together with those of other transports and with receiver
  // reports, to save wake-ups.
  static constexpr Duration kInterval = Milliseconds(100);
  // Reported packets are kept this long, to detect late packets. A packet that arrives later is useless to
  // the decoder too.
  static constexpr Duration kHistory = Milliseconds(500);
  // Limit on reported and unreported packets together: kHistory at 80 Mbit/s in packets of 1,200 bytes.
  static constexpr std::size_t kMaxPackets = 4096;
  // Send feedback early once this many packets are unreported: two messages, or 100 Mbit/s.
  static constexpr std::size_t kEarlyPackets = kMaxPackets / 4;

  enum class Verdict : std::uint8_t {
    kNoted,
    kDuplicate,  // keeps the first arrival
    kTooOld,     // older than the history
  };
  // Records a packet. `arrival` is the receive timestamp of the kernel.
  Verdict OnPacket(std::uint16_t wideSequenceNumber, Instant arrival);

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return deadline_; }
  // Returns true if a report is due. The caller then calls AddReport() until it returns false.
  [[nodiscard]] bool OnTimeout(Instant now);
  // Adds the next message of the report. Returns false if all packets have been reported or if the message
  // does not fit.
  bool AddReport(CompoundWriter& writer, Ssrc sender, Ssrc media);

 private:
  static constexpr Instant kNotReceived = Instant::min();
  static constexpr std::size_t kMinCapacity = 128;  // kHistory at 2.5 Mbit/s

  [[nodiscard]] Instant& At(std::int64_t number) {
    return arrivals_[static_cast<std::size_t>(number) & (arrivals_.size() - 1)];
  }
  void Begin(std::int64_t number);
  void Extend(std::int64_t number);
  void ForgetOld(Instant now);

  SequenceUnwrapper<std::uint16_t> unwrapper_;
  // Arrival times of the packets in [begin_, end_), indexed by sequence number modulo the size, which is a
  // power of two. The packet end_ - 1 was received.
  std::vector<Instant> arrivals_;
  std::int64_t begin_ = 0;
  std::int64_t nextToReport_ = 0;  // first sequence number of the next report
  std::int64_t end_ = 0;
  Instant newest_;
  std::optional<Instant> deadline_;
  std::uint8_t feedbackCount_ = 0;
};

}  // namespace ringcast::rtcp
