#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/transport/RembSender.hpp"
#include "ringcast/rtcp/CompoundList.hpp"
#include "ringcast/rtcp/ReferenceTimes.hpp"
#include "ringcast/rtcp/TransportFeedbackGenerator.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtc {

// The RTCP of one transport that is not about a single stream: when reports are due, and how they, BYE,
// transport-wide feedback and REMB are put into compounds (RFC 3550 section 6, RFC 4585, RFC 5506). It
// returns compounds, valid until the next call that returns some, and sends nothing.
class RtcpSession {
 public:
  // `localSsrc`: the sender of RTCP that belongs to no outgoing stream. `cname`: of that ssrc, at most 255
  // bytes.
  RtcpSession(Ssrc localSsrc, std::string_view cname) : localSsrc_(localSsrc), cname_(cname) {}

  [[nodiscard]] Ssrc LocalSsrc() const { return localSsrc_; }

  // --- Reports ---

  // Makes sure that reports are due within the interval of the media that the transport carries.
  void ScheduleReports(bool video, Random& random, Instant now);
  // Returns true if reports are due; then they have to be scheduled again.
  [[nodiscard]] bool TakeReportsDue(Instant now);

  struct SenderReport {
    Ssrc ssrc;
    rtp::SenderInfo info;
    std::string_view cname;
  };
  // Returns SR and SDES of each stream, as many in a compound as it takes (RFC 8108 section 5.3 allows
  // several streams of one endpoint in a compound). A report that fits no compound is omitted.
  const rtcp::CompoundList& MakeSenderReports(std::span<const SenderReport> reports);
  // Returns RR and SDES, with a reference time for the round trip of receivers (RFC 3611 section 4.4), and
  // the answers to the peer's reference times.
  const rtcp::CompoundList& MakeReceiverReports(std::span<const rtp::ReportBlock> blocks, NtpTime ntp,
                                                Instant now);
  // An extended report of the peer. Returns the round trip that it measured.
  std::optional<Duration> OnExtendedReport(const rtcp::ExtendedReport& report, std::uint32_t nowCompact,
                                           Instant now);

  // An outgoing stream has ended: MakeByes() announces it.
  void QueueBye(Ssrc ssrc) { byes_.push_back(ssrc); }
  const rtcp::CompoundList& MakeByes();

  // --- Feedback for the senders of incoming streams ---

  struct Feedback {
    bool transportWide = false;  // transport-wide feedback was negotiated
    bool remb = false;
    bool reducedSize = true;  // all senders accept feedback without a report (RFC 5506)
  };
  void Negotiate(const Feedback& feedback);
  // True if OnPacket() has to see each received packet.
  [[nodiscard]] bool NeedsPackets() const { return needsPackets_; }
  // A packet has arrived. `known`: it belongs to a producer; one that does not has used up a transport-wide
  // sequence number all the same. Returns true if NextFeedback() changed.
  bool OnPacket(const rtp::Packet& packet, bool known, Instant now);

  // nullopt: no limit.
  void SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now) { remb_.SetLimit(limit, now); }
  [[nodiscard]] std::optional<DataRate> MaxIncomingBitrate() const { return remb_.Limit(); }
  // The bitrate of the last REMB.
  [[nodiscard]] std::optional<DataRate> AdvisedBitrate() const { return remb_.Advised(); }

  // Adds what precedes feedback: an empty report where RFC 3550's compound rule holds.
  void BeginFeedback(rtcp::CompoundWriter& writer) const;
  [[nodiscard]] std::optional<Instant> NextFeedback() const;
  // Returns the transport-wide feedback that is due.
  const rtcp::CompoundList& MakeTransportFeedback(Instant now);
  // Returns the bitrate that a REMB has to carry now, or nullopt if none is due. `received`: in the last
  // second.
  [[nodiscard]] std::optional<DataRate> TakeRembDue(DataRate received, Instant now) {
    return remb_.OnTimeout(now, received);
  }
  // `sources`: the ssrcs that the bitrate is for; those beyond 255 are omitted.
  const rtcp::CompoundList& MakeRemb(DataRate bitrate, std::span<const Ssrc> sources);

  // Reports and BYE.
  [[nodiscard]] std::optional<Instant> NextReports() const {
    return byes_.empty() ? nextReports_ : Instant();
  }

 private:
  void BeginReport(rtcp::CompoundWriter& writer) const;

  Ssrc localSsrc_;
  std::string cname_;
  std::optional<Instant> nextReports_;
  rtcp::ReferenceTimes referenceTimes_;
  std::vector<Ssrc> byes_;
  bool needsPackets_ = false;
  bool reducedSize_ = true;
  Ssrc lastSource_;                                           // of a received packet
  std::optional<rtcp::TransportFeedbackGenerator> arrivals_;  // with transport-wide feedback
  RembSender remb_;
  rtcp::CompoundList compounds_;
};

}  // namespace ringcast::rtc
