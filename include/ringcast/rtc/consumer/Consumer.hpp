#pragma once

#include <bitset>
#include <cstddef>
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
#include "ringcast/rtc/consumer/ConsumerTracer.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"
#include "ringcast/rtc/consumer/PauseReasons.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/RtcpSession.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtc {

// Returns TypeError if the parameters contradict themselves.
[[nodiscard]] Status ValidateConsumeOptions(const ConsumeOptions& options);

// One subscription to a producer: forwards its packets to the peer of a transport, in one stream, or in one
// for each encoding (type pipe).
class alignas(64) Consumer {
 public:
  Consumer(WorkerContext& context, Transport& transport, Producer& producer, const ConsumeOptions& options);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] MediaKind Kind() const { return format_.kind; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] Producer& Source() const { return producer_; }
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

  // --- Control ---

  // A consumer is paused as long as there is any reason. Video continues with a key frame.
  void Pause(PauseReason reason = PauseReason::kController);
  void Resume(Instant now, PauseReason reason = PauseReason::kController);
  // Makes all streams start again, with a key frame if they have any, unless the consumer is paused. Packets
  // were missed, as while the transport could not send.
  void Restart(Instant now);
  // Does nothing for audio.
  void RequestKeyFrame(Instant now);
  void SetPriority(std::uint8_t priority) { priority_ = priority; }
  // Returns the preferred layers, clamped to the available ones, or nullopt if the consumer has no layers to
  // choose from.
  Result<std::optional<ConsumerLayers>> SetPreferredLayers(std::optional<ConsumerLayers> layers, Instant now);
  void EnableTraceEvents(std::vector<ConsumerTraceEvent> events) { tracer_.Enable(std::move(events)); }
  // The producer has begun or ceased to receive some of its encodings.
  void OnEncodingsChanged(std::bitset<LayerSelector::kMaxEncodings> sent, Instant now);
  // What LoadShedder chooses by.
  struct LoadShare {
    bool wanted = false;  // the consumer forwards packets, or would if it was not shed
    bool shed = false;
    std::uint8_t priority = 1;
    std::uint64_t serialNumber = 0;  // in the order of creation
  };
  [[nodiscard]] LoadShare Load() const;

  // --- Forwarding ---

  // Begins to load what InterestIn() and Forward() read.
  void Prefetch() const {
    __builtin_prefetch(this);
    stream_.Prefetch();
  }
  enum class Interest : std::uint8_t {
    kNone,
    kSourceChanges,  // NoteSourceChanges() has to see the packets
    kPackets,        // Forward() has to see the packets
  };
  // Returns the interest in packets of these encodings.
  [[nodiscard]] Interest InterestIn(std::bitset<LayerSelector::kMaxEncodings> encodings) const {
    if (pauses_.Any()) return Interest::kSourceChanges;
    return stream_.Selector().NeedsAnyOf(encodings) ? Interest::kPackets : Interest::kNone;
  }
  // Notes the source changes among packets that are not forwarded.
  void NoteSourceChanges(std::span<const RoutedPacket> packets);
  // Queues the packets to forward, rewritten. Returns the number of packets that found no room.
  std::size_t Forward(std::span<const RoutedPacket> packets, EgressBatch& queue, Instant now);

  // --- RTCP from the receiver of a stream, and to it ---

  void OnReport(ConsumerStream& stream, const rtp::ReportBlock& block, std::uint32_t nowCompact);
  // `kind`: kPli or kFir.
  void OnKeyFrameRequest(ConsumerStream& stream, ConsumerTraceEvent kind, Instant now);
  void OnNack(ConsumerStream& stream, const rtcp::Nack& nack, EgressBatch& batch,
              RetransmissionBudget& budget, net::DropCounters& drops, Instant now);
  // Returns nullopt before the first packet was forwarded.
  [[nodiscard]] std::optional<RtcpSession::SenderReport> MakeSenderReport(const ConsumerStream& stream,
                                                                          NtpTime ntp, Instant now) const;

  // --- Descriptions ---

  // `producerScores`: of all encodings.
  [[nodiscard]] ConsumerScore Score(std::vector<std::uint8_t> producerScores) const;
  [[nodiscard]] ConsumeResult Summary() const;
  [[nodiscard]] ConsumerDump Dump() const;
  // Returns the statistics of the consumer's streams, followed by the producer's.
  [[nodiscard]] std::vector<RtpStreamStats> Stats(Instant now);

 private:
  // Requests a key frame of video, if the consumer can forward it. nullopt: no encoding, no request.
  void RequestKeyFrameOf(std::optional<std::size_t> encoding, Instant now);

  // Each packet touches the first cache line.
  Transport& transport_;
  Producer& producer_;
  StreamFormat format_;
  PauseReasons pauses_;
  RtpType type_;
  std::uint8_t priority_ = 1;
  ConsumerStream stream_;
  std::vector<std::unique_ptr<ConsumerStream>> others_;  // type pipe: all but the first

  std::string id_;
  WorkerContext& context_;
  std::uint64_t serialNumber_;
  rtp::OutgoingExtensions extensions_;
  RtpParameters parameters_;
  std::vector<RtpEncodingParameters> consumableEncodings_;
  ConsumerTracer tracer_;
  Index<Consumer>::Entry entry_;
  Router::Subscription subscription_;
};

}  // namespace ringcast::rtc
