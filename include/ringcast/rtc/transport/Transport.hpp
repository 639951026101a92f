#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/data/DataChannels.hpp"
#include "ringcast/rtc/egress/Egress.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/MediaReceiver.hpp"
#include "ringcast/rtc/transport/MediaSender.hpp"
#include "ringcast/rtc/transport/RtcpTransceiver.hpp"
#include "ringcast/rtc/transport/TransportSettings.hpp"
#include "ringcast/rtc/transport/TransportTraffic.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class Router;

enum class TransportKind : std::uint8_t { kPlain, kPipe, kWebRtc, kDirect };

// The path between the worker and one peer. Owns the producers that receive from the peer and the consumers
// that send to it. Subclasses say how bytes are received and sent. MediaReceiver, MediaSender and
// RtcpTransceiver are its parts, and reach each other through it.
class Transport {
 public:
  virtual ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] Router& Owner() const { return router_; }
  [[nodiscard]] virtual TransportKind Kind() const = 0;
  [[nodiscard]] virtual TransportDump Dump() const;
  [[nodiscard]] virtual TransportStats Stats(Instant now);
  [[nodiscard]] TransportSettings& Settings() { return settings_; }

  // Tells the peer that the transport ends. Only the destructor may be called afterwards.
  virtual void Close(Instant /*now*/) {}

  Result<ProduceResult> Produce(const ProduceOptions& options, Instant now);
  Result<ConsumeResult> Consume(const ConsumeOptions& options, Instant now);
  Status CloseProducer(std::string_view producerId);
  Status CloseConsumer(std::string_view consumerId);
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Producer>, std::less<>>& Producers() const {
    return producers_;
  }
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Consumer>, std::less<>>& Consumers() const {
    return consumers_;
  }

  [[nodiscard]] DataChannels& Data() const { return *data_; }

  // --- For its parts, its producers and consumers, the router and the scheduler ---

  // True if RTP and RTCP can be sent.
  [[nodiscard]] bool Connected() const { return connected_; }
  // Begins to load what the egress reads.
  virtual void PrefetchSending() const {}

  [[nodiscard]] MediaReceiver& Receiver() { return receiver_; }
  [[nodiscard]] MediaSender& Sender() { return sender_; }
  [[nodiscard]] RtcpTransceiver& Rtcp() { return rtcp_; }
  [[nodiscard]] TransportTraffic& Traffic() { return traffic_; }
  // Logs the first drop for each reason.
  void CountDrop(net::DropReason reason, std::uint64_t packets = 1) {
    if (traffic_.drops[reason] == 0 && packets > 0) LogFirstDrop(id_, reason);
    traffic_.drops.Count(reason, packets);
  }

  // Sends a compound now.
  virtual void SendRtcp(ByteView compound, Instant now) = 0;
  // Returns the time that a sender report sent now describes.
  [[nodiscard]] virtual Instant SenderReportTime(Instant now) { return now; }
  // Re-arms the timer. Each entry point ends with it where a deadline may have changed.
  void Settle(Instant now);

 protected:
  // The constructor of the subclass calls Sender().SetEgress().
  Transport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options);

  // Media can be sent from now on, or no more.
  void SetConnected(bool connected, Instant now);

  // Deadlines of the protocols below RTP.
  [[nodiscard]] virtual std::optional<Instant> NextProtocolTimeout() const { return std::nullopt; }
  virtual void OnProtocolTimeout(Instant /*now*/) {}

 private:
  void OnTimeout(Instant now);

  // What every round touches comes first: here the first counters of what was sent, and the sender's first
  // line of the cache.
  bool connected_ = false;

 protected:
  WorkerContext& context_;

 private:
  TransportTraffic traffic_;
  alignas(64) MediaSender sender_;
  MediaReceiver receiver_;
  RtcpTransceiver rtcp_;
  std::string id_;
  Router& router_;
  TransportSettings settings_;
  std::map<std::string, std::unique_ptr<Producer>, std::less<>> producers_;
  std::map<std::string, std::unique_ptr<Consumer>, std::less<>> consumers_;
  std::unique_ptr<DataChannels> data_;
  Timer timer_;
  Index<Transport>::Entry entry_;
};

// Returns the transport as one of its kind, or nullptr if it is of another kind or there is none.
template <typename Kind>
[[nodiscard]] Kind* OfKind(Transport* transport) {
  return transport != nullptr && transport->Kind() == Kind::kKind ? static_cast<Kind*>(transport) : nullptr;
}

}  // namespace ringcast::rtc
