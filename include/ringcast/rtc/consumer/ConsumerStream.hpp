#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"
#include "ringcast/rtc/egress/EgressBatch.hpp"
#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"
#include "ringcast/rtp/SendStatistics.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtc {

class Consumer;
class Producer;
class Transport;

// What a consumer sends under one ssrc: how packets are called there, what it takes to send them again, and
// what the receiver says of them. A consumer has one of these; of type pipe one for each encoding.
class alignas(64) ConsumerStream {
 public:
  // `parameters`: the owner's, valid; this is the encoding at `index`. `transport`: the owner's.
  ConsumerStream(Consumer& owner, const RtpParameters& parameters, std::size_t index, Transport& transport);

  [[nodiscard]] Consumer& Owner() const { return owner_; }
  // Within the transport, which assigns it.
  [[nodiscard]] StreamId Id() const { return id_; }
  void SetId(StreamId id) { id_ = id; }
  [[nodiscard]] const RtpStreamParams& Params() const { return params_; }
  [[nodiscard]] Ssrc OutputSsrc() const { return stream_.SenderSsrc(); }
  [[nodiscard]] std::optional<Ssrc> RtxSsrc() const { return params_.rtxSsrc; }
  [[nodiscard]] RateMeter& SentMeter() { return stream_.Rate(); }  // RTP, without the transport's overhead
  // Of the producer's, the one that is followed or was last.
  [[nodiscard]] std::uint8_t Encoding() const { return encoding_; }
  [[nodiscard]] std::uint8_t Score() const { return score_.Score(); }
  void Prefetch() const {
    __builtin_prefetch(&stream_);
    __builtin_prefetch(&sequence_);
    __builtin_prefetch(&owner_);
  }

  // --- What goes out ---

  // The source jumped: the next packet that goes on begins its timestamps anew.
  void OnSourceChange() { sourceChanged_ = true; }
  // What goes on next begins anew.
  void Resync() { sequence_.Resync(); }
  [[nodiscard]] bool NeedsSync() const { return sequence_.NeedsSync(); }
  // It is left out: what comes behind closes up. What has gone out already cannot: then an empty packet goes
  // out in its place, so that the receiver does not wait for what never comes.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Skip(const RoutedPacket& routed);
  // The first packet after a start, a pause, a restart or another encoding.
  void Synchronise(const RoutedPacket& routed, const Producer& producer, Instant now);
  // Whether a packet that was announced a second time is for this stream: it began with the same key frame.
  [[nodiscard]] bool Wants(const RoutedPacket& routed) const {
    return !routed.repeatedBehind || (routed.repeatedBehind == begunAt_ && routed.encodingIndex == encoding_);
  }
  // As what it goes on; nullopt: it comes too late.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Rename(const RoutedPacket& routed, bool marker, Instant now);
  // Keeps what it takes to retransmit the packet, where retransmissions were negotiated. A packet that found
  // no send slot can still be asked for; one whose number belongs to another packet must not be sent at all.
  // Packets of padding alone are not retransmitted.
  void Remember(const SentPacket& sent, Instant now) {
    const bool padding = sent.packet->packet->PayloadSize() == 0;
    if (buffer_ && !padding && sent.outcome != SendOutcome::kIndexUsed) AddToBuffer(sent, now);
  }
  // They went out.
  void OnSent(const rtp::SentTotals& packets, Instant now) { stream_.OnSent(packets, now); }
  // Adds the packet that the receiver asks for to the batch, as a retransmission, if it is still kept.
  // Returns why it must not be sent again now.
  std::optional<net::DropReason> Resend(std::uint16_t sequenceNumber, rtp::PacketCache& cache,
                                        const rtp::OutgoingExtensions& extensions, EgressBatch& batch,
                                        RetransmissionBudget& budget, Instant now);
  // Retransmissions were negotiated; without RTX they go out as they were.
  [[nodiscard]] bool Resends() const { return buffer_.has_value(); }
  [[nodiscard]] bool RepeatsAsItWas() const { return repeatsAsItWas_; }

  // --- Reports ---

  // Whether anything was ever sent.
  [[nodiscard]] bool Started() const { return started_; }
  // True once after the stream's first packet was admitted, and after the source first told how to time it.
  [[nodiscard]] bool TakeReportDue() { return started_ && std::exchange(reportDue_, false); }
  void OnSourceReported() { reportDue_ = true; }
  // nullopt before the first packet was admitted. `source`: the timestamp that its source has reached.
  [[nodiscard]] std::optional<rtp::SenderInfo> MakeSenderInfo(NtpTime ntp,
                                                              std::optional<std::uint32_t> source,
                                                              Instant now) const;
  // What the receiver says of the packets since its last report; nullopt: nothing yet. `scoreChanged`: by it.
  struct Reported {
    rtp::LossCount loss;
    bool scoreChanged = false;
  };
  std::optional<Reported> OnReport(const rtp::ReportBlock& block, std::uint32_t nowCompact);
  [[nodiscard]] rtp::LossCount LastLoss() const { return stream_.LastInterval(); }  // by the last report
  [[nodiscard]] std::optional<Duration> RoundTripTime() const { return stream_.RoundTripTime(); }
  void CountNack() { ++nackCount_; }
  void CountPli() { ++pliCount_; }
  void CountFir() { ++firCount_; }
  [[nodiscard]] RtpStreamStats Stats(MediaKind kind, Instant now);

 private:
  [[nodiscard]] std::optional<std::uint32_t> AlignedTimestamp(const Producer& producer, std::size_t before,
                                                              std::uint32_t input) const;
  void AddToBuffer(const SentPacket& sent, Instant now);

  // What every packet touches stands in the first three lines of the cache.
  rtp::SendStatistics stream_;
  alignas(64) rtp::SequenceRewriter sequence_;
  alignas(64) Consumer& owner_;
  StreamId id_{};
  Instant lastAdmitted_{};
  std::uint32_t lastTimestamp_ = 0;
  rtp::TimestampRewriter timestamp_;
  std::uint8_t encoding_;
  bool started_ = false;
  bool reportDue_ = true;        // at once, not when its time comes
  bool repeatsAsItWas_ = false;  // it answers requests for retransmission without RTX
  bool sourceChanged_ = false;   // a restart was seen that no forwarded packet has followed yet
  // The sequence number, at the source, of what was synchronised with.
  std::optional<std::int64_t> begunAt_;
  std::optional<rtp::RetransmissionBuffer> buffer_;  // where retransmissions were negotiated
  std::int64_t rtxSequence_ = 0;                     // of the next packet of RTX
  std::uint64_t packetsRetransmitted_ = 0;
  std::uint64_t packetsRepaired_ = 0;  // of those, each packet once
  std::uint64_t nackCount_ = 0, nackPacketCount_ = 0, pliCount_ = 0, firCount_ = 0;
  rtp::ScoreKeeper score_;
  RtpStreamParams params_;
};

}  // namespace ringcast::rtc
