#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "ringcast/rtc/producer/KeyFrameRequester.hpp"
#include "ringcast/rtc/producer/Policer.hpp"
#include "ringcast/rtc/producer/TraceEvents.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtp/ActivityMonitor.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "ringcast/rtp/LayerRates.hpp"
#include "ringcast/rtp/NackTracker.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/ReceiveStatistics.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"
#include "ringcast/rtp/VideoOrientation.hpp"

namespace ringcast::rtc {

// One published source: finds the stream a packet belongs to, keeps its statistics, and gives the packet the
// names it has inside the router.
class Producer {
 public:
  // TypeError: parameters that contradict themselves. Changes nothing.
  [[nodiscard]] static Result<RtpType> Validate(const ProduceOptions& options);

  Producer(WorkerContext& context, Transport& transport, const ProduceOptions& options, RtpType type);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] MediaKind Kind() const { return kind_; }
  [[nodiscard]] RtpType Type() const { return type_; }
  [[nodiscard]] const RtpParameters& Parameters() const { return parameters_; }
  [[nodiscard]] const rtp::ExtensionIds& Extensions() const { return extensions_; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] bool Paused() const { return paused_; }
  // For the router.
  [[nodiscard]] Router::Route& Route() { return route_; }
  [[nodiscard]] const Router::Route& Route() const { return route_; }

  void Pause();
  void Resume(Instant now);
  void EnableTraceEvents(std::vector<ProducerTraceEvent> events) { trace_.Set(std::move(events)); }

  // From the controller, on a direct transport only; Error elsewhere and for what is not RTP.
  Status Send(ByteView packet, Instant now);

  // Keeps the packet for its consumers, who get it when the turn ends; or says why not.
  [[nodiscard]] std::optional<net::DropReason> Receive(rtp::Packet packet);

  // --- What was received, on its way to the consumers ---

  // Packets that wait for a round. WaitingSince() and FrameComplete() need at least one.
  [[nodiscard]] std::size_t WaitingPackets() const { return waiting_.size(); }
  [[nodiscard]] Instant WaitingSince() const { return waitingSince_; }
  [[nodiscard]] bool FrameComplete() const { return waiting_.back().packet.Marker(); }
  // Returns the oldest waiting packets, at most `limit`, in the order of arrival, ready to be forwarded. They
  // stay until EndRound(); the others keep waiting.
  [[nodiscard]] std::span<const RoutedPacket> BeginRound(std::size_t limit);
  void EndRound() { round_.clear(); }
  // Drops the newest `count` of the waiting packets.
  void DropWaiting(std::size_t count);

  // Packets for each of its consumers in the last full window of LoadShedder, and those that were policed.
  [[nodiscard]] std::uint64_t WindowPackets() const { return windowPackets_; }
  [[nodiscard]] std::uint64_t WindowPoliced() const { return windowPoliced_; }
  void EndLoadWindow() {
    windowPackets_ = std::exchange(filling_, 0);
    windowPoliced_ = policer_.TakeRefused();
  }
  [[nodiscard]] const Policer& Limits() const { return policer_; }
  // Under overload, audio: what is far more than speech needs is not published.
  void TightenLimits();
  void LoosenLimits();

  void OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now);
  // The source of this stream has gone.
  void OnBye(Ssrc ssrc, Instant now);
  void OnRoundTripTime(Duration roundTrip);

  // Which encodings are being received.
  [[nodiscard]] std::bitset<LayerSelector::kMaxEncodings> Sent() const;
  // What turns timestamps of one encoding into those of another, see rtp::SenderClock.
  [[nodiscard]] std::optional<std::uint32_t> TimestampOffset(std::size_t fromEncoding,
                                                             std::size_t toEncoding) const;
  // The RTP timestamp that this stream's source has reached, by its own sender reports; nullopt without any.
  [[nodiscard]] std::optional<std::uint32_t> SourceTimestamp(Ssrc mappedSsrc, Instant now) const;

  // A consumer wants a key frame of this stream. At most one request in the producer's keyFrameRequestDelay
  // goes to the sender; what is asked meanwhile is answered together when the delay ends.
  void RequestKeyFrame(Ssrc mappedSsrc, Instant now);

  // Key-frame requests that fell due, packets held behind a gap for too long, streams that have stopped.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  void OnTimeout(Instant now);

  // Report blocks about this producer's streams that are heard (RFC 3550 section 6.4); each begins a new
  // interval, and the one that ends is graded.
  void AppendReports(std::vector<rtp::ReportBlock>& out, Instant now);
  // Of all streams, in the intervals of their last reports.
  [[nodiscard]] rtp::LossCount LastLoss() const;
  // Of the streams that were heard of.
  void AppendSsrcs(std::vector<Ssrc>& out) const;

  [[nodiscard]] ProducerDump Dump() const;
  [[nodiscard]] std::vector<RtpStreamStats> Stats(Instant now);
  [[nodiscard]] std::vector<std::uint8_t> Scores() const;  // of each encoding, 0 where nothing is received

 private:
  struct Stream {
    RtpStreamParams params;
    Ssrc mappedSsrc;
    rtp::Codec codec = rtp::Codec::kOther;
    rtp::FrameInspector frames;
    rtp::ReceiveStatistics receive;
    KeyFrameRequester keyFrames;
    rtp::ActivityMonitor activity;
    rtp::ScoreKeeper score;
    rtp::LayerRates layers;
    std::optional<rtp::NackTracker> nacks;  // where retransmissions were negotiated
    std::unique_ptr<GapBuffer> gap;         // likewise, of video
    bool restarted = true;                  // its numbers began anew, and no packet since then was announced
    std::uint64_t nackCount = 0;
    std::uint64_t nackPacketCount = 0;
    std::uint64_t packetsRepaired = 0;
    std::uint64_t packetsRetransmitted = 0;  // that came by RTX
    std::uint64_t rtxPacketsDiscarded = 0;   // of those, what was of no use
    std::uint64_t pliCount = 0;
    std::uint64_t firCount = 0;
  };

  // A sender report that came before its stream's first packet.
  struct EarlyReport {
    Ssrc ssrc;
    rtp::SenderInfo info;
    Instant arrival;
  };

  void KeepEarly(const EarlyReport& report);
  Stream* FindStream(Ssrc ssrc);
  Stream* FindOrCreateStream(const rtp::Packet& packet);
  std::optional<std::size_t> MatchEncoding(const rtp::Packet& packet) const;
  Stream* CreateStream(const rtp::Packet& packet, std::size_t encodingIndex);
  // The stream that a packet of RTX repeats a packet of; nullptr: none that was heard.
  Stream* FindRepaired(const rtp::Packet& packet);
  std::optional<net::DropReason> ReceiveRetransmission(rtp::Packet packet);
  std::optional<net::DropReason> Accept(Stream& stream, rtp::Packet packet, bool recovered);
  // It is announced when the turn ends.
  void Wait(Stream& stream, RoutedPacket&& routed, Instant now);
  // Whether the packet is not to be announced before what is missing has come.
  [[nodiscard]] bool WaitsForGap(Stream& stream, const RoutedPacket& routed);
  void Repeat(Stream& stream, std::int64_t keyFrame, Instant now);
  void CloseGap(Stream& stream, Instant now);
  // Publishes or drops what the stream has held for too long.
  void ExpireGap(Stream& stream, Instant now);
  // Returns why a packet is not to be published, being too many or having no room in the worker, or nullopt.
  [[nodiscard]] std::optional<net::DropReason> CheckLimits(Instant arrival);
  // What the tracker of missing packets makes of it. False: it is of no use any more.
  bool TrackMissing(Stream& stream, const rtp::ReceiveStatistics::Accepted& accepted, bool keyFrame,
                    bool recovered, Instant now);
  void AskForMissing(Stream& stream, Instant now);
  const RtpCodecParameters* FindMediaCodec(PayloadType payloadType) const;
  void SendKeyFrameRequest(Stream& stream, Instant now);
  [[nodiscard]] std::span<Consumer* const> Consumers() const;
  void PadForGso();
  // The stream of an encoding whose score is the encoding's; nullptr: none was ever heard.
  [[nodiscard]] const Stream* StreamOf(std::size_t encodingIndex) const;
  void OnActive(Stream& stream, Instant now);
  void TellRepairTime(Instant now);
  [[nodiscard]] bool GradeInterval(Stream& stream);  // whether the score is another now
  [[nodiscard]] RtpStreamStats StatsOf(Stream& stream, Instant now);
  void NotifyScores(Instant now);
  void TracePacket(const rtp::Packet& packet, const TracedFacts& facts);
  void Trace(ProducerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now);
  void NoteVideoOrientation(const rtp::Packet& packet);

  std::string id_;
  WorkerContext& context_;
  Transport& transport_;
  MediaKind kind_;
  RtpType type_;
  RtpParameters parameters_;
  RtpMapping mapping_;
  rtp::ExtensionIds extensions_;
  std::shared_ptr<rtp::SourceClock> sourceClock_;
  Duration keyFrameRequestDelay_;
  bool paused_;
  std::uint8_t firSequenceNumber_ = 0;  // RFC 5104 section 4.3.1.1: one step for each new request
  std::vector<EarlyReport> earlyReports_;
  // Of the last packet of each encoding: its sender may start anew under another.
  std::vector<Ssrc> lastSsrcs_;
  std::vector<std::optional<Ssrc>> announcedSsrcs_;  // of the last packet of each encoding that was announced
  TraceSelection<ProducerTraceEvent> trace_;
  std::optional<rtp::VideoOrientation> videoOrientation_;  // as it was told
  // Payload type on the wire to payload type in the router; 0xff: not ours.
  std::array<std::uint8_t, 128> payloadTypes_;
  // Payload type of RTX to that of what it repeats, both on the wire; 0xff: it is none.
  std::array<std::uint8_t, 128> retransmissionTypes_;
  std::vector<Stream> streams_;
  // All keep their memory from turn to turn.
  std::vector<RoutedPacket> waiting_;  // for a round
  Instant waitingSince_{};
  std::vector<RoutedPacket> round_;  // being forwarded
  std::vector<std::uint32_t> roundSizes_;
  std::vector<std::uint8_t> roundPadding_;
  std::uint64_t filling_ = 0;  // of the current load window
  std::uint64_t windowPackets_ = 0;
  std::uint64_t windowPoliced_ = 0;
  Policer policer_;
  Router::Route route_;
  Index<Producer>::Entry entry_;
};

}  // namespace ringcast::rtc
