#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/transport/RtcpSession.hpp"
#include "ringcast/rtc/transport/SendStreamTable.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class Consumer;
class Transport;

// Sends and receives the RTCP of one transport: collects what its producers and consumers report, has
// RtcpSession put it into compounds, and hands received messages to the streams that they are about.
class RtcpTransceiver {
 public:
  // `transport`: the owner. `cname`: of RTCP that belongs to no outgoing stream, at most 255 bytes.
  RtcpTransceiver(WorkerContext& context, Transport& transport, std::string_view cname);

  // The sender of RTCP that belongs to no outgoing stream.
  [[nodiscard]] Ssrc LocalSsrc() const { return session_.LocalSsrc(); }
  // Adds what precedes feedback: an empty report where RFC 3550's compound rule holds.
  void BeginFeedback(rtcp::CompoundWriter& writer) const { session_.BeginFeedback(writer); }

  // --- Reports ---

  // Makes sure that reports are due within the interval of the media that the transport carries.
  void ScheduleReports(Instant now);
  // Sends a report of each stream that has sent something.
  void SendSenderReports(Instant now);
  void SendSenderReport(const OutgoingStream& outgoing, Instant now);
  // The consumer's streams end. Returns true if SendByes() has some to announce.
  bool QueueByes(const Consumer& consumer);
  void SendByes(Instant now);
  // All outgoing streams end: sends BYE for them.
  void SayGoodbye(Instant now);

  // --- Feedback for the senders of producers ---

  // Selects the feedback that the producers negotiated.
  void Negotiate();
  // True if OnPacket() must see each received packet.
  [[nodiscard]] bool NeedsPackets() const { return session_.NeedsPackets(); }
  // A packet has arrived. `known`: it belongs to a producer. Returns true if NextTimeout() changed.
  bool OnPacket(const rtp::Packet& packet, bool known, Instant now) {
    return session_.OnPacket(packet, known, now);
  }
  // Sets what the peer may send; nullopt: no limit. Error: the peer is the controller itself.
  Status SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now);

  // --- RTCP of the peer ---

  void Receive(ByteView compound, Instant now);

  // Reports, BYE and, while the transport is connected, feedback.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  // Sends the feedback and the reports that are due.
  void OnTimeout(Instant now);
  void Describe(TransportStats& stats) const;

 private:
  void Send(const rtcp::CompoundList& compounds, Instant now);
  void SendSenderReports(std::span<const OutgoingStream> streams, Instant now);
  void SendReceiverReports(Instant now);
  void SendFeedback(Instant now);
  void OnMessage(const rtcp::Message& message, Instant now);
  void OnSenderReport(const rtcp::SenderReport& report, Instant now);
  void OnReportBlocks(const rtcp::ReportBlocks& blocks, Instant now);

  WorkerContext& context_;
  Transport& transport_;
  RtcpSession session_;
  // Memory of compounds while they are made.
  std::vector<rtp::ReportBlock> reportBlocks_;
  std::vector<OutgoingStream> reportedStreams_;
  std::vector<RtcpSession::SenderReport> senderReports_;
  std::vector<Ssrc> rembSources_;
};

}  // namespace ringcast::rtc
