#pragma once

#include <string>
#include <vector>

#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

// The controller itself is the peer: it sends and receives packets as notifications.
class DirectTransport final : public Transport {
 public:
  DirectTransport(WorkerContext& context, Router& router, const std::string& id,
                  const TransportOptions& options)
      : Transport(context, router, id, options), egress_(*this), messages_(context.notifier) {
    Sender().SetEgress(egress_);
    Data().SetLink(messages_, false);
    SetConnected(true, Instant());  // there is nothing to send yet
  }

  static constexpr TransportKind kKind = TransportKind::kDirect;
  [[nodiscard]] TransportKind Kind() const override { return kKind; }
  // Receives RTCP from the controller. Error: it is not RTCP.
  Status ReceiveFromController(ByteView compound, Instant now);
  void SendRtcp(ByteView compound, Instant now) override;

 private:
  // Sends packets as notifications.
  class NotifyingEgress final : public Egress {
   public:
    explicit NotifyingEgress(DirectTransport& owner);
    [[nodiscard]] SendReport Send(Instant now) override;

   private:
    DirectTransport& owner_;
    std::vector<std::uint8_t> scratch_;
  };

  // Delivers messages as notifications.
  class NotifyingLink final : public DataLink {
   public:
    explicit NotifyingLink(Notifier& notifier) : notifier_(notifier) {}
    [[nodiscard]] Outcome Send(const DataConsumer& consumer, const DataMessage& message,
                               Instant now) override;

   private:
    Notifier& notifier_;
  };

  NotifyingEgress egress_;
  NotifyingLink messages_;
};

}  // namespace ringcast::rtc
