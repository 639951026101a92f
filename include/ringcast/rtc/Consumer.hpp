#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/LayerSelector.hpp"
#include "ringcast/rtc/PlayoutDelay.hpp"
#include "ringcast/rtc/Registry.hpp"
#include "ringcast/rtc/TraceEvents.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/PictureRewriter.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"
#include "ringcast/rtp/SendStream.hpp"
#include "ringcast/rtp/SentLog.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtc {

// One subscription: decides which of its producer's packets go on, and how they are called there.
class alignas(64) Consumer {
 public:
  // TypeError: parameters that contradict themselves; Error: a type that cannot be served. Changes nothing.
  [[nodiscard]] static Status Validate(const ConsumeOptions& options);

  Consumer(Registry& registry, Transport& transport, Producer& producer, const ConsumeOptions& options);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] MediaKind Kind() const { return kind_; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] Producer& Source() const { return producer_; }
  [[nodiscard]] Ssrc OutputSsrc() const { return stream_.SenderSsrc(); }
  [[nodiscard]] std::optional<Ssrc> RtxSsrc() const { return streamParams_.rtxSsrc; }
  [[nodiscard]] RateMeter& SentMeter() { return stream_.Rate(); }  // RTP, without the transport's overhead
  [[nodiscard]] const std::string& Cname() const { return parameters_.rtcp.cname; }

  void Pause() { paused_ = true; }
  void Resume(Instant now);
  // Applies to video; others have no key frames to ask for.
  void RequestKeyFrame(Instant now);
  void SetPriority(std::uint8_t priority) { priority_ = priority; }
  [[nodiscard]] std::uint8_t Priority() const { return priority_; }
  // Returns what is preferred from now on, within what there is; nullopt: it has no layers to choose among.
  Result<std::optional<ConsumerLayers>> SetPreferredLayers(std::optional<ConsumerLayers> layers, Instant now);
  void EnableTraceEvents(std::vector<ConsumerTraceEvent> events) { trace_.Set(std::move(events)); }

  // It gets nothing for a while, because the worker has too much to do: as if it was paused, but that nobody
  // asked for it. When that ends, a stream of video goes on with a key frame.
  void Shed();
  void Restore(Instant now);
  [[nodiscard]] bool IsShed() const { return shed_; }
  // The larger, the later it was made.
  [[nodiscard]] std::uint64_t SerialNumber() const { return serialNumber_; }
  // Whether it would get something but for that.
  [[nodiscard]] bool Wants() const;

  // The producer has begun or ceased to receive one of its encodings.
  void OnEncodingsChanged(std::bitset<LayerSelector::kMaxEncodings> sent, Instant now);
  void OnProducerPaused();
  void OnProducerResumed(Instant now);

  // The transport has become able to send: what was missed before is asked for again.
  void OnTransportConnected(Instant now);

  // Begins to load what Listens() and Offer() touch.
  void Prefetch() const {
    __builtin_prefetch(&transport_);
    __builtin_prefetch(&stream_);
    __builtin_prefetch(&sequence_);
  }

  // Whether it is to be offered what its producer received in this turn. `restarted`: the source jumped in
  // it.
  [[nodiscard]] bool Listens(bool restarted) {
    if (Active()) return true;
    sourceChanged_ = sourceChanged_ || restarted;
    return false;
  }
  // Adds to the batch what goes on of what its producer announced, renamed. Returns how many packets found no
  // room there.
  std::size_t Offer(EgressBatch& batch, Instant now);

  // They went out.
  void OnSent(const rtp::SentPackets& packets, Instant now) { stream_.OnSent(packets, now); }

  // What repairs of the source's packets take, once in an interval of its reports.
  void OnRepairTime(std::optional<rtp::RepairTime> fromSource, Instant now);

  void OnReport(const rtp::ReportBlock& block, std::uint32_t nowCompact);
  [[nodiscard]] rtp::LossCount LastLoss() const { return stream_.LastInterval(); }  // by the last report
  void OnPictureLoss(Instant now);
  void OnFullIntraRequest(Instant now);
  // Adds to the batch, as retransmissions, what is asked for and can be had.
  void OnNack(const rtcp::Nack& nack, EgressBatch& batch, Instant now);
  // When a packet left that may have to be sent again as it was.
  void NoteSendTime(std::int64_t sequenceNumber, const rtp::SendTimeValues& values);
  // nullopt before the first packet was admitted.
  [[nodiscard]] std::optional<rtp::SenderInfo> MakeSenderInfo(NtpTime ntp, Instant now) const;
  // Whether anything was ever sent.
  [[nodiscard]] bool Started() const { return started_; }
  // True once after the stream's first packet was admitted, and after the source first told how to time it.
  [[nodiscard]] bool TakeReportDue() { return started_ && std::exchange(reportDue_, false); }
  // A stream of the producer has had its first sender report.
  void OnSourceReported() { reportDue_ = true; }

  [[nodiscard]] ConsumerScore Score() const;
  [[nodiscard]] ConsumerScore ScoreWith(std::vector<std::uint8_t> ofEncodings) const;
  [[nodiscard]] ConsumeResult Summary() const;
  [[nodiscard]] ConsumerDump Dump() const;
  [[nodiscard]] std::vector<RtpStreamStats> Stats(Instant now);  // its own, then its producer's

 private:
  [[nodiscard]] bool Active() const { return !paused_ && !producerPaused_ && !shed_; }
  // Whether and as what the packet goes on. nullopt: of another codec, waiting for a key frame, too old.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Admit(const RoutedPacket& routed, Instant now);
  // The same of those with layers.
  [[nodiscard]] std::optional<rtp::RtpRewrite> AdmitLayer(const RoutedPacket& routed, Instant now);
  // It says that there is silence, to one who does not want to be told.
  [[nodiscard]] bool IsIgnoredDtx(const RoutedPacket& routed) const;
  // What is left out closes up.
  void SkipLayer(const RoutedPacket& routed, bool wholePicture);
  [[nodiscard]] rtp::RtpRewrite Rename(const RoutedPacket& routed, std::int64_t sequenceNumber, bool marker,
                                       Instant now);
  void Synchronise(const RoutedPacket& routed, Instant now);
  // It goes out: what it takes to send it again is kept.
  void Remember(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now);
  void Resend(std::uint16_t sequenceNumber, EgressBatch& batch, Instant now);
  [[nodiscard]] std::optional<std::uint32_t> AlignedTimestamp(std::size_t encoding, std::size_t before,
                                                              std::uint32_t input) const;
  void RequestKeyFrameOf(std::size_t encoding, Instant now);
  void RequestSwitch(Instant now);
  // What goes on next begins anew, with a key frame where there are any.
  void Resync();
  void Continue(Instant now);
  void TellLayers();
  void TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now);
  void Trace(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now);

  // What every packet touches comes first, in three lines of the cache.
  Transport& transport_;
  Producer& producer_;
  std::bitset<128> payloadTypes_;
  Instant lastAdmitted_{};
  std::uint32_t lastTimestamp_ = 0;
  rtp::TimestampRewriter timestamp_;
  MediaKind kind_;
  bool paused_;
  bool producerPaused_;
  bool shed_ = false;
  bool needsKeyFrame_ = false;  // the codec has key frames that we can see: the stream starts at one
  bool started_ = false;
  bool reportDue_ = true;        // at once, not when its time comes
  bool repeatsAsItWas_ = false;  // it answers requests for retransmission without RTX
  bool justBegun_ = false;       // with the packet before
  bool tellsPlayoutDelay_ = false;
  bool sourceChanged_ = false;             // a restart was seen that no forwarded packet has followed yet
  std::optional<PayloadType> ignoredDtx_;  // of Opus, where its silence does not go on
  std::uint8_t priority_ = 1;
  alignas(64) rtp::SendStream stream_;
  alignas(64) rtp::SequenceRewriter sequence_;

  // Of those that choose among layers.
  struct Layered {
    LayerSelector selector;
    // Of simulcast: one stream is made of several. Within a stream with spatial layers ids stay as they are.
    bool renumbersPictures = false;
    rtp::PictureRewriter pictures;
    std::optional<ConsumerLayers> told;  // to the controller
  };
  std::unique_ptr<Layered> layered_;
  // Part of packets that are lost on the way to the receiver, one of so many, where repairs are waited for.
  static constexpr std::int64_t kLossyPart = 50;
  std::optional<PlayoutDelay> playoutDelay_;  // of video that is repaired, where the receiver takes it
  bool lossyPath_ = false;
  std::optional<rtp::SentLog> log_;  // where retransmissions were negotiated
  std::int64_t rtxSequence_ = 0;     // of the next packet of RTX
  std::uint64_t packetsRetransmitted_ = 0;
  std::uint8_t lastEncoding_ = 0;  // that was synchronised with

  std::string id_;
  Registry& registry_;
  std::uint64_t serialNumber_;
  RtpType type_;
  rtp::OutgoingExtensions extensions_;
  RtpStreamParams streamParams_;
  RtpParameters parameters_;
  std::vector<RtpEncodingParameters> consumableEncodings_;
  TraceSelection<ConsumerTraceEvent> trace_;
  rtp::ScoreKeeper score_;
  std::uint64_t nackCount_ = 0, nackPacketCount_ = 0, pliCount_ = 0, firCount_ = 0;
  Index<Consumer>::Entry entry_;
};

}  // namespace ringcast::rtc
