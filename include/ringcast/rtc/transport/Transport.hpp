#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"
#include "ringcast/rtc/egress/Egress.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/RtcpSession.hpp"
#include "ringcast/rtc/transport/RtpListener.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class Router;

enum class TransportKind : std::uint8_t { kPlain, kWebRtc, kDirect };

// One peer: owns its producers and consumers, brings received packets to the former and sends what the latter
// admit. How bytes come and go is its subclasses' business.
class Transport {
 public:
  virtual ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] virtual TransportKind Kind() const = 0;

  [[nodiscard]] virtual TransportDump Dump() const;
  [[nodiscard]] virtual TransportStats Stats(Instant now);

  Result<ProduceResult> Produce(const ProduceOptions& options, Instant now);
  Result<ConsumeResult> Consume(const ConsumeOptions& options, Instant now);
  Status CloseProducer(std::string_view producerId);
  Status CloseConsumer(std::string_view consumerId);
  // What the estimate of the way to the peer is kept within; nullopt: no limit. Error: the least would be
  // above the most.
  Status SetMaxOutgoingBitrate(std::optional<DataRate> limit);
  Status SetMinOutgoingBitrate(std::optional<DataRate> limit);
  void EnableTraceEvents(std::vector<TransportTraceEvent> events) { traceEvents_ = std::move(events); }

  // What the peer may send at the most; nullopt: no limit. Error: the peer is the controller itself.
  Status SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now);

  // The process did not run for this long.
  virtual void OnStopped(Duration /*length*/, Instant /*now*/) {}

  // --- For producers, consumers and the router ---

  // False: it cannot send yet.
  [[nodiscard]] bool Connected() const { return connected_; }
  // Begins to load what Schedule() and ForwardScheduled() read.
  void Prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(&sent_);
  }

  // Begins to load what Send() touches.
  virtual void PrefetchSending() const {}

  // Schedules packets for one of its consumers, who forwards them when ForwardScheduled() is called. Returns
  // true if no consumer of its kind of media was scheduled before.
  bool Schedule(Consumer& consumer, std::span<const RoutedPacket> packets);
  // Sends a compound now.
  virtual void SendRtcp(ByteView compound, Instant now) = 0;
  [[nodiscard]] const RtcpSession& Rtcp() const { return rtcp_; }
  // A packet for a producer of this transport, decrypted and parsed.
  void Deliver(Producer& producer, rtp::Packet packet, Instant now);
  // The sequence number that a new stream of this ssrc begins with: behind all that an earlier one has used
  // under the same SRTP key, else a random one.
  [[nodiscard]] std::int64_t FirstSequenceNumber(Ssrc ssrc) const;
  void CountDrop(net::DropReason reason) { drops_.Count(reason); }
  // What its producers hold behind gaps.
  [[nodiscard]] GapShare& Gaps() { return gaps_; }
  // Re-arms the timer; at the end of each entry point.
  void Settle(Instant now);

  // Has the scheduled consumers forward their packets, and sends these. Returns how many packets were queued.
  std::size_t ForwardScheduled(Instant now);
  // The same for consumers of audio alone.
  std::size_t ForwardScheduledAudio(Instant now);

  [[nodiscard]] const std::map<std::string, std::unique_ptr<Producer>, std::less<>>& Producers() const {
    return producers_;
  }
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Consumer>, std::less<>>& Consumers() const {
    return consumers_;
  }
  [[nodiscard]] const net::DropCounters& Drops() const { return drops_; }
  [[nodiscard]] Router& Owner() const { return router_; }

 protected:
  Transport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options);

  // One above the highest SRTP index that was used for the ssrc; nullopt: none was.
  [[nodiscard]] virtual std::optional<std::int64_t> NextSrtpIndex(Ssrc /*ssrc*/) const {
    return std::nullopt;
  }

  [[nodiscard]] virtual Egress& Out() = 0;
  [[nodiscard]] ConsumerStream& StreamOf(StreamId id) const {
    return *streams_[static_cast<std::size_t>(id)];
  }
  // Sends what the egress has queued. The queue keeps it.
  [[nodiscard]] virtual SendReport SendQueued(Instant now) { return Out().Send(now); }

  void ReceiveRtp(net::PacketRef buffer, Instant now);
  void ReceiveRtcp(ByteView compound, Instant now);
  void OnConnected(Instant now);  // from here on it can send
  void OnDisconnected() { connected_ = false; }
  // Sends a report of each stream that has sent something.
  void SendAllSenderReports(Instant now);
  // It is about to close: the peer is told that no stream of ours goes on.
  void SayGoodbye(Instant now);

  // The time that a sender report describes which is sent now.
  [[nodiscard]] virtual Instant SenderReportTime(Instant now) { return now; }

  // Deadlines of what lies below RTP.
  [[nodiscard]] virtual std::optional<Instant> NextProtocolTimeout() const { return std::nullopt; }
  virtual void OnProtocolTimeout(Instant /*now*/) {}

  void CountReceived(std::size_t bytes, Instant now) { received_.Add(bytes, now); }
  void CountSent(std::size_t bytes, Instant now) { sent_.Add(bytes, now); }
  void CountDrops(net::DropReason reason, std::size_t count) { drops_.Count(reason, count); }

  // What every turn touches comes first, in two lines of the cache.
  bool connected_ = false;
  WorkerContext& context_;

 private:
  struct Scheduled {
    Consumer* consumer = nullptr;
    std::span<const RoutedPacket> packets;
  };
  std::vector<Scheduled> scheduledAudio_;
  std::vector<Scheduled> scheduledVideo_;
  RateMeter sent_;

  void Forward(std::vector<Scheduled>& scheduled, Instant now);
  // Sends the queued packets, tells the streams, and empties the queue. Returns how many packets were queued.
  std::size_t SendAll(Instant now);
  void OnSent(const SendReport& report, Instant now);
  [[nodiscard]] StreamId AddStream(ConsumerStream& stream);
  void RemoveStream(const ConsumerStream& stream);
  void OnTimeout(Instant now);
  void SendReports(Instant now);
  void ScheduleReports(Instant now);
  void SendCompounds(const rtcp::CompoundList& compounds, Instant now);
  // Of those that have sent something.
  void SendSenderReports(std::span<const ConsumerStream* const> streams, Instant now);
  // The consumer's streams end: BYE leaves at the end of the loop iteration, with others that end in it.
  void QueueBye(const Consumer& consumer);
  // Selects the feedback for senders that the producers negotiated.
  void NegotiateFeedback();
  // `known`: the packet belongs to a producer.
  void NoteArrival(const rtp::Packet& packet, bool known, Instant now);
  void SendFeedback(Instant now);
  [[nodiscard]] ConsumerStream* FindStream(Ssrc ssrc) const;  // of a consumer; nullptr: none
  void OnReportBlocks(const rtcp::ReportBlocks& blocks, Instant now);
  void OnRtcpMessage(const rtcp::Message& message, Instant now);
  Status CheckConsumeOptions(const ConsumeOptions& options) const;

  std::string id_;
  Router& router_;
  TransportOptions options_;
  RtcpSession rtcp_;
  RateMeter received_, rtpReceived_;
  std::uint64_t closedRtpBytesSent_ = 0;  // by consumers that are gone
  net::DropCounters drops_;
  RetransmissionBudget retransmissions_;
  RtpListener listener_;
  rtp::ExtensionIds receiveExtensions_;  // of all producers: which ids the transport reads itself
  std::optional<DataRate> maxOutgoingBitrate_;
  std::optional<DataRate> minOutgoingBitrate_;
  std::vector<TransportTraceEvent> traceEvents_;
  std::vector<rtp::ReportBlock> reports_;
  // Memory of reports and REMB, in use while they are made.
  std::vector<const ConsumerStream*> reportedStreams_;
  std::vector<RtcpSession::SenderReport> senderReports_;
  std::vector<Ssrc> rembSources_;
  GapShare gaps_;
  std::map<std::string, std::unique_ptr<Producer>, std::less<>> producers_;
  std::map<std::string, std::unique_ptr<Consumer>, std::less<>> consumers_;
  std::vector<ConsumerStream*> streams_;  // of the consumers, by StreamId; nullptr: free
  std::vector<StreamId> freeStreams_;
  std::unordered_map<Ssrc, ConsumerStream*> streamsBySsrc_;
  Timer timer_;
  Index<Transport>::Entry entry_;
};

// Returns the transport as one of its kind, or nullptr if it is of another kind or there is none.
template <typename Kind>
[[nodiscard]] Kind* OfKind(Transport* transport) {
  return transport != nullptr && transport->Kind() == Kind::kKind ? static_cast<Kind*>(transport) : nullptr;
}

}  // namespace ringcast::rtc
