#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/producer/ForwardingQueue.hpp"
#include "ringcast/rtc/producer/PayloadTypeMap.hpp"
#include "ringcast/rtc/producer/ProducerEvents.hpp"
#include "ringcast/rtc/producer/ProducerFeedback.hpp"
#include "ringcast/rtc/producer/ProducerLoad.hpp"
#include "ringcast/rtc/producer/ProducerStreams.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtc {

// Returns the type of a producer with these options, or TypeError if they contradict themselves.
[[nodiscard]] Result<RtpType> ValidateProduceOptions(const ProduceOptions& options);

// One published source. Hands received packets to their streams, maps their payload types to the router's,
// and queues them for forwarding. Sends what its streams request.
class Producer {
 public:
  // `options` are valid, and `type` is theirs.
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
  [[nodiscard]] ProducerStreams& Streams() { return streams_; }
  [[nodiscard]] const ProducerStreams& Streams() const { return streams_; }
  [[nodiscard]] ProducerLoad& Load() { return load_; }
  // The packets that wait for forwarding.
  [[nodiscard]] ForwardingQueue& Queue() { return queue_; }
  [[nodiscard]] ProducerDump Dump() const;

  void Pause();
  void Resume(Instant now);
  void EnableTraceEvents(std::vector<ProducerTraceEvent> events) { events_.Select(std::move(events)); }
  // Receives a packet from the controller. Error if the transport is not a direct transport, or the packet is
  // not RTP.
  Status Send(ByteView packet, Instant now);

  // Queues a packet for the consumers, or returns why it was dropped.
  [[nodiscard]] std::optional<net::DropReason> Receive(rtp::Packet packet);
  // Moves waiting packets, at most `limit`, to the queue's round and returns them ready to be forwarded.
  [[nodiscard]] std::span<const RoutedPacket> BeginRound(std::size_t limit);

  void OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now);
  void OnBye(Ssrc ssrc, Instant now);
  // A consumer needs a key frame of this encoding. Requests are limited, see KeyFrameRequester.
  void RequestKeyFrame(Ssrc mappedSsrc, Instant now);
  // Appends the report blocks for the senders of its streams, and begins a new interval for each of them.
  void AppendReports(std::vector<rtp::ReportBlock>& out, Instant now);

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return streams_.NextTimeout(paused_); }
  void OnTimeout(Instant now);

 private:
  friend class Router;  // for route_

  [[nodiscard]] std::span<Consumer* const> Consumers() const;
  [[nodiscard]] std::optional<net::DropReason> Accept(ProducerStream& stream, rtp::Packet&& packet,
                                                      PayloadType mapped, bool recovered);
  // Schedules and counts packets that were appended to the queue.
  void OnWritten(const ForwardingQueue::Writer& written);
  void NotifyScores(Instant now);

  std::string id_;
  WorkerContext& context_;
  Transport& transport_;
  MediaKind kind_;
  RtpType type_;
  RtpParameters parameters_;
  RtpMapping mapping_;
  rtp::ExtensionIds extensions_;
  PayloadTypeMap payloadTypes_;
  bool paused_;
  ProducerEvents events_;
  ProducerFeedback feedback_;
  ProducerStreams streams_;
  ForwardingQueue queue_;
  ProducerLoad load_;
  Router::Route route_;
  Index<Producer>::Entry entry_;
};

}  // namespace ringcast::rtc
