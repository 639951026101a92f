#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/consumer/ConsumerStream.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"
#include "ringcast/rtc/consumer/PlayoutDelay.hpp"
#include "ringcast/rtc/producer/TraceEvents.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/PictureRewriter.hpp"
#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"
#include "ringcast/rtp/SendStatistics.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtc {

// One subscription: decides which of its producer's packets go on, and how they are called there.
class alignas(64) Consumer {
 public:
  // TypeError: parameters that contradict themselves; Error: a type that cannot be served. Changes nothing.
  [[nodiscard]] static Status Validate(const ConsumeOptions& options);

  Consumer(WorkerContext& context, Transport& transport, Producer& producer, const ConsumeOptions& options);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] MediaKind Kind() const { return kind_; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] Producer& Source() const { return producer_; }
  [[nodiscard]] const std::string& Cname() const { return parameters_.rtcp.cname; }
  // What goes out under an ssrc each: one, of type pipe one for each of the producer's encodings.
  template <typename Function>
  void ForEachStream(const Function& function) {
    function(stream_);
    for (const auto& other : others_) function(*other);
  }
  template <typename Function>
  void ForEachStream(const Function& function) const {
    function(stream_);
    for (const auto& other : others_) function(std::as_const(*other));
  }

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

  // Begins to load what Heeds() and Forward() read.
  void Prefetch() const {
    __builtin_prefetch(&transport_);
    stream_.Prefetch();
  }

  // True while it forwards: neither paused, nor its producer, nor shed.
  [[nodiscard]] bool Active() const { return !paused_ && !producerPaused_ && !shed_; }
  // True if it may forward packets of one of these encodings.
  [[nodiscard]] bool Heeds(std::bitset<LayerSelector::kMaxEncodings> encodings) const {
    return !layered_ || layered_->selector.Heeds(encodings);
  }
  // Takes note of the source changes among packets that it does not forward.
  void NoteSourceChanges(std::span<const RoutedPacket> packets);
  // Queues those of its producer's packets that it forwards, rewritten. Returns how many packets found no
  // room.
  std::size_t Forward(std::span<const RoutedPacket> packets, EgressBatch& queue, Instant now);

  // What repairs of the source's packets take, once in an interval of its reports.
  void OnRepairTime(std::optional<rtp::RepairTime> fromSource, Instant now);

  // What the receiver says of one of the streams.
  void OnReport(ConsumerStream& stream, const rtp::ReportBlock& block, std::uint32_t nowCompact);
  void OnPictureLoss(ConsumerStream& stream, Instant now);
  void OnFullIntraRequest(ConsumerStream& stream, Instant now);
  // Adds the packets that are asked for to the batch, as retransmissions, as far as they are kept and the
  // budget lasts. Counts those that must not be sent again in `drops`.
  void OnNack(ConsumerStream& stream, const rtcp::Nack& nack, EgressBatch& batch,
              RetransmissionBudget& budget, net::DropCounters& drops, Instant now);
  // nullopt before the first packet was admitted.
  [[nodiscard]] std::optional<rtp::SenderInfo> MakeSenderInfo(const ConsumerStream& stream, NtpTime ntp,
                                                              Instant now) const;
  // A stream of the producer has had its first sender report.
  void OnSourceReported() {
    ForEachStream([](ConsumerStream& stream) { stream.OnSourceReported(); });
  }

  [[nodiscard]] ConsumerScore Score() const;
  [[nodiscard]] ConsumerScore ScoreWith(std::vector<std::uint8_t> ofEncodings) const;
  [[nodiscard]] ConsumeResult Summary() const;
  [[nodiscard]] ConsumerDump Dump() const;
  [[nodiscard]] std::vector<RtpStreamStats> Stats(Instant now);  // its own, then its producer's

 private:
  // It is not one of an encoding that goes out elsewhere.
  [[nodiscard]] bool Takes(const ConsumerStream& stream, const RoutedPacket& routed) const {
    return type_ != RtpType::kPipe || routed.encodingIndex == stream.Encoding();
  }
  // Returns how many packets found no room.
  std::size_t ForwardTo(ConsumerStream& stream, std::span<const RoutedPacket> packets, EgressBatch& queue,
                        Instant now);
  // The batch is full. Returns true if the packet is lost to the receiver, false if it would have got
  // nothing.
  bool OnNoRoom(ConsumerStream& stream, const RoutedPacket& routed);
  // Whether and as what the packet goes on. nullopt: it does not, being of another codec, of a layer that is
  // left out, too old.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Admit(ConsumerStream& stream, const RoutedPacket& routed,
                                                     Instant now);
  // The same of those with layers.
  [[nodiscard]] std::optional<rtp::RtpRewrite> AdmitLayer(const RoutedPacket& routed, Instant now);
  // It says that there is silence, to one who does not want to be told.
  [[nodiscard]] bool IsIgnoredDtx(const RoutedPacket& routed) const;
  // What goes out in the place of a packet that is left out; nullopt: nothing, as a rule.
  [[nodiscard]] std::optional<rtp::RtpRewrite> LeaveOut(ConsumerStream& stream, const RoutedPacket& routed);
  // Adds what is the same in all of its streams.
  void Dress(rtp::RtpRewrite& rewrite) const;
  // Of the encoding that the stream's receiver needs one of.
  void RequestKeyFrameFor(const ConsumerStream& stream, Instant now);
  void RequestKeyFrameOf(std::size_t encoding, Instant now);
  void RequestSwitch(Instant now);
  // What goes on next begins anew, with a key frame where there are any.
  void Resync();
  void Continue(Instant now);
  void TellLayers();
  void TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now);
  void Trace(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now);

  // What every packet touches comes first.
  Transport& transport_;
  Producer& producer_;
  std::bitset<128> payloadTypes_;
  MediaKind kind_;
  RtpType type_;
  bool paused_;
  bool producerPaused_;
  bool shed_ = false;
  bool needsKeyFrame_ = false;  // the codec has key frames that we can see: the stream starts at one
  bool tellsPlayoutDelay_ = false;
  std::uint8_t priority_ = 1;
  std::optional<PayloadType> ignoredDtx_;  // of Opus, where its silence does not go on
  ConsumerStream stream_;
  std::vector<std::unique_ptr<ConsumerStream>> others_;  // of type pipe: all but the first

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

  std::string id_;
  WorkerContext& context_;
  std::uint64_t serialNumber_;
  rtp::OutgoingExtensions extensions_;
  RtpParameters parameters_;
  std::vector<RtpEncodingParameters> consumableEncodings_;
  TraceSelection<ConsumerTraceEvent> trace_;
  Index<Consumer>::Entry entry_;
  Router::Subscription subscription_;
};

}  // namespace ringcast::rtc
