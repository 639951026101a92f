#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <utility>

#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/PlayoutDelay.hpp"
#include "ringcast/rtc/consumer/StreamRetransmitter.hpp"
#include "ringcast/rtc/consumer/StreamRewriter.hpp"
#include "ringcast/rtc/consumer/StreamSelector.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"
#include "ringcast/rtp/SendStatistics.hpp"

namespace ringcast::rtc {

class Producer;
class Transport;

// What all streams of one consumer have in common.
struct StreamFormat {
  std::bitset<128> payloadTypes;                        // of media; packets of others are dropped
  const rtp::OutgoingExtensions* extensions = nullptr;  // nullptr: none
  std::optional<PayloadType> ignoredDtx;                // Opus, if the consumer set ignoreDtx
  MediaKind kind = MediaKind::kAudio;
  bool startsAtKeyFrame = false;  // video whose key frames can be detected
  bool delaysPlayout = false;     // the receiver accepts a playout delay, and is not another worker
};

// What happens to one packet, and what its consumer has to do about it.
struct Admission {
  std::optional<rtp::RtpRewrite> rewrite;      // nullopt: the packet is dropped
  std::optional<std::uint8_t> keyFrameWanted;  // the encoding that has to send a key frame
  bool layersChanged = false;
};

// One outgoing ssrc of a consumer: decides which packets are forwarded, rewrites and retransmits them, and
// keeps the statistics that its receiver reports. A consumer has one stream, a pipe consumer one for each
// encoding.
class alignas(64) ConsumerStream {
 public:
  // `format`: outlives the stream. `parameters`: the consumer's, valid; the stream is the encoding at
  // `index`.
  ConsumerStream(const StreamFormat& format, StreamSelector selector, const RtpParameters& parameters,
                 std::size_t index, Transport& transport);

  // Within the transport, which assigns it.
  [[nodiscard]] StreamId Id() const { return id_; }
  void SetId(StreamId id) { id_ = id; }
  [[nodiscard]] const RtpStreamParams& Params() const { return params_; }
  [[nodiscard]] Ssrc OutputSsrc() const { return statistics_.SenderSsrc(); }
  [[nodiscard]] std::optional<Ssrc> RtxSsrc() const { return params_.rtxSsrc; }
  // Sent packets, without the transport's overhead, and the receiver's reports about them.
  [[nodiscard]] rtp::SendStatistics& Statistics() { return statistics_; }
  [[nodiscard]] StreamRetransmitter& Retransmitter() { return retransmitter_; }
  // Returns the producer's encoding that is forwarded, or was forwarded last.
  [[nodiscard]] std::uint8_t Encoding() const { return rewriter_.Encoding(); }
  [[nodiscard]] StreamSelector& Selector() { return selector_; }
  [[nodiscard]] const StreamSelector& Selector() const { return selector_; }
  // Begins to load what Forward() and SendStatistics::OnSent() touch.
  void Prefetch() const {
    __builtin_prefetch(&statistics_, 1);
    __builtin_prefetch(&format_, 1);
    rewriter_.Prefetch();
  }

  // --- Forwarding ---

  // Returns true if the packet is meant for this stream: it belongs to an encoding that the stream can
  // forward, and was not redelivered for streams that began elsewhere.
  [[nodiscard]] bool Accepts(const RoutedPacket& routed) const {
    return selector_.Accepts(routed.encodingIndex) && rewriter_.Accepts(routed);
  }
  // Decides whether an accepted packet is forwarded, and rewrites it.
  [[nodiscard]] Admission Forward(const RoutedPacket& routed, const Producer& producer, Instant now);
  // An accepted packet finds no room in the batch. Returns true if the receiver loses it, false if it would
  // not have been forwarded.
  bool OnNoRoom(const RoutedPacket& routed);
  // Notes the source change that an accepted packet begins, whether or not it is forwarded.
  void NoteSourceChange(const RoutedPacket& routed) {
    if (routed.restarted && routed.encodingIndex == Encoding()) rewriter_.OnSourceChange();
  }
  // Makes the stream start again with the next packet it forwards: a key frame, if it has any.
  void Restart() {
    rewriter_.Resync();
    selector_.Restart();
  }

  // --- RTCP ---

  // Returns true once after the first packet was forwarded, and once after the source's first sender report.
  [[nodiscard]] bool TakeReportDue() { return Started() && std::exchange(reportDue_, false); }
  void OnSourceReported() { reportDue_ = true; }
  // Returns true once anything was forwarded.
  [[nodiscard]] bool Started() const { return rewriter_.Started(); }
  // Returns nullopt before the first packet was forwarded. `source`: the timestamp that the source has
  // reached.
  [[nodiscard]] std::optional<rtp::SenderInfo> MakeSenderInfo(NtpTime ntp,
                                                              std::optional<std::uint32_t> source,
                                                              Instant now) const;
  // Returns true if the score changed.
  bool OnReport(const rtp::ReportBlock& block, std::uint32_t nowCompact);
  // Adds the requested packets to the batch, as retransmissions, as far as they are kept and the budget
  // lasts. Counts those that must not be sent again now in `drops`.
  void OnNack(const rtcp::Nack& nack, const StreamRetransmitter::Resources& resources,
              net::DropCounters& drops, Instant now);
  // Counts a request. Returns the encoding whose key frame the receiver needs, or nullopt if none can help.
  // `kind`: kPli or kFir.
  std::optional<std::size_t> OnKeyFrameRequest(ConsumerTraceEvent kind);
  // Called once in each report interval of the producer. `fromSource`: the time that repairs of its packets
  // take.
  void OnRepairTime(std::optional<rtp::RepairTime> fromSource, Instant now);

  [[nodiscard]] std::uint8_t Score() const { return score_.Score(); }
  [[nodiscard]] RtpStreamStats Stats(Instant now);

 private:
  [[nodiscard]] std::optional<rtp::RtpRewrite> Drop(const RoutedPacket& routed);
  // Fills in what all packets of the stream have in common.
  void ApplyCommonFields(rtp::RtpRewrite& rewrite) const;

  // Each packet touches four cache lines: the first one of `statistics_`, the two that begin with `format_`
  // and end with the numbers of `rewriter_`, and, with retransmissions, the first one of `retransmitter_`.
  rtp::SendStatistics statistics_;
  alignas(64) const StreamFormat* format_;
  StreamSelector selector_;
  StreamId id_{};
  std::optional<std::uint16_t> minPlayoutDelay_;
  bool reportDue_ = true;  // a sender report is due at once, not at the end of the interval
  StreamRewriter rewriter_;
  RtpStreamParams params_;
  StreamRetransmitter retransmitter_;
  std::optional<PlayoutDelay> playoutDelay_;  // if the stream may delay the playout of its receiver
  bool lossyPath_ = false;                    // to the receiver, by its last report
  std::uint64_t nackCount_ = 0, pliCount_ = 0, firCount_ = 0;
  rtp::ScoreKeeper score_;
};

}  // namespace ringcast::rtc
