#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/producer/ForwardingQueue.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "ringcast/rtc/producer/KeyFrameRequester.hpp"
#include "ringcast/rtp/ActivityMonitor.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "ringcast/rtp/LayerRates.hpp"
#include "ringcast/rtp/NackTracker.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/ReceiveStatistics.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"

namespace ringcast::rtc {

// How a sender is asked for a key frame: RFC 4585 section 6.3.1, RFC 5104 section 4.3.1.
enum class KeyFrameRequest : std::uint8_t { kPli, kFir };

// One received ssrc of a producer: its statistics, missing packets, frames and layers, activity and score.
// Decides which of its packets are published, and which requests its sender gets.
class ProducerStream {
 public:
  struct Setup {
    RtpStreamParams params;
    Ssrc mappedSsrc;  // of its encoding, in the router
    MediaKind kind = MediaKind::kVideo;
    std::shared_ptr<rtp::SourceClock> clock;
    Duration keyFrameRequestDelay{};
    GapShare& gaps;
  };
  explicit ProducerStream(Setup setup);

  // `rtxSsrc` may be unknown until SetRtxSsrc().
  [[nodiscard]] const RtpStreamParams& Params() const { return params_; }
  void SetRtxSsrc(Ssrc ssrc) { params_.rtxSsrc = ssrc; }
  [[nodiscard]] Ssrc MappedSsrc() const { return mappedSsrc_; }
  [[nodiscard]] const rtp::SenderClock& Clock() const { return statistics_.Clock(); }
  [[nodiscard]] std::uint8_t Score() const { return score_.Score(); }

  // --- A packet: Count(), Inspect(), CountFrame() and Publish(), in this order, until it is dropped ---

  // Replaces an RTX packet by the media packet that it repeats. Returns false if it is a probe without one.
  [[nodiscard]] bool RestoreFromRtx(rtp::Packet& packet, PayloadType repaired);
  void CountUselessRetransmission() { ++counts_.rtxPacketsDiscarded; }

  struct Activity {
    bool inactive = false;  // the stream has become inactive
    bool scoreChanged = false;
  };
  struct Counted {
    std::optional<net::DropReason> dropped;
    std::int64_t sequenceNumber = 0;  // unwrapped
    bool restarted = false;           // the source restarted its sequence numbers
    bool activated = false;           // the stream has become active, and NextTimeout() changed
    bool scoreChanged = false;
  };
  // Counts a packet in the statistics. `recovered`: it arrived by RTX.
  [[nodiscard]] Counted Count(const rtp::Packet& packet, bool recovered);

  struct Inspected {
    RoutedPacket packet;
    bool late = false;  // a duplicate, or given up: to be dropped
    bool timeoutChanged = false;
  };
  // Finds the packet's frame and layers, and notes which packets are missing. Publishes to `out` packets
  // whose gap has closed while there was no room.
  [[nodiscard]] Inspected Inspect(rtp::Packet&& packet, PayloadType mapped, const Counted& counted,
                                  bool recovered, ForwardingQueue::Writer& out);

  // Counts the packet in the rates of its layers. A key frame answers the request that waits.
  void CountFrame(const RoutedPacket& routed);

  // Publishes the packet to `out`, with packets that waited for it, unless it has to wait for a missing
  // packet itself. Returns true if NextTimeout() changed.
  [[nodiscard]] bool Publish(RoutedPacket&& routed, ForwardingQueue::Writer& out);

  // --- RTCP ---

  // Returns true for the first report of the stream.
  [[nodiscard]] bool OnSenderReport(const rtp::SenderInfo& info, Instant now);
  // The source has left.
  [[nodiscard]] Activity OnBye();
  void SetRoundTripTime(Duration roundTrip) {
    if (nacks_) nacks_->SetRoundTripTime(roundTrip);
  }

  struct Report {
    rtp::ReportBlock block;
    bool scoreChanged = false;
  };
  // Returns the report block for the sender, if the stream is active or sent packets since the last one (RFC
  // 3550 section 6.4). Each report ends an interval, which is graded.
  [[nodiscard]] std::optional<Report> MakeReport(Instant now);
  // Returns the loss in the interval of the last report; none if the stream is inactive.
  [[nodiscard]] rtp::LossCount LastLoss() const;
  // Returns how long repairs take, or nullopt if few packets were lost lately.
  [[nodiscard]] std::optional<rtp::RepairTime> UsualRepair(Instant now) const {
    return nacks_ ? nacks_->UsualRepair(now) : std::nullopt;
  }

  struct KeyFrameDecision {
    std::optional<KeyFrameRequest> request;  // to be sent now
    bool timeoutChanged = false;             // the request leaves later, see KeyFrameRequester
  };
  // A consumer needs a key frame.
  [[nodiscard]] KeyFrameDecision RequestKeyFrame(Instant now);
  // A NACK with these numbers of packets was sent in this many messages.
  void OnNackSent(std::size_t messages, std::size_t packets) {
    counts_.nackCount += messages;
    counts_.nackPacketCount += packets;
  }

  // --- Time ---

  // Drops the packets that are held behind a gap.
  void Pause() {
    if (gap_) gap_->Clear();
  }
  void Resume(Instant now);

  // While the producer is paused, its sender has no reason to send: nothing is requested, and no timeout
  // makes it inactive.
  [[nodiscard]] std::optional<Instant> NextTimeout(bool paused) const;
  struct Due {
    std::span<const std::int64_t> missing;  // sequence numbers for a NACK, until the next call
    std::optional<KeyFrameRequest> keyFrame;
    std::size_t dropped = 0;  // held packets that found no room in `out`
    Activity activity;
  };
  // Returns the requests that are due. Publishes to `out` packets that have waited too long for a missing
  // one.
  [[nodiscard]] Due OnTimeout(bool paused, ForwardingQueue::Writer& out, Instant now);

  [[nodiscard]] RtpStreamStats Stats(Instant now);

 private:
  struct Counts {
    std::uint64_t nackCount = 0;
    std::uint64_t nackPacketCount = 0;
    std::uint64_t packetsRepaired = 0;
    std::uint64_t packetsRetransmitted = 0;  // received by RTX
    std::uint64_t rtxPacketsDiscarded = 0;   // of these
    std::uint64_t pliCount = 0;
    std::uint64_t firCount = 0;
  };

  // Returns false if the packet is of no use any more.
  [[nodiscard]] bool TrackMissing(std::int64_t sequenceNumber, bool keyFrame, bool recovered, Instant now);
  void CloseGap(ForwardingQueue::Writer& out, Instant now);
  // Returns the kind of request that was negotiated, and counts it.
  [[nodiscard]] KeyFrameRequest CountKeyFrameRequest();

  RtpStreamParams params_;
  Ssrc mappedSsrc_;
  MediaKind kind_;
  rtp::Codec codec_;
  rtp::FrameInspector frames_;
  rtp::ReceiveStatistics statistics_;
  KeyFrameRequester keyFrames_;
  rtp::ActivityMonitor activity_;
  rtp::ScoreKeeper score_;
  rtp::LayerRates layers_;
  std::optional<rtp::NackTracker> nacks_;  // if retransmissions were negotiated
  std::unique_ptr<GapBuffer> gap_;         // the same, of video
  Counts counts_;
};

}  // namespace ringcast::rtc
