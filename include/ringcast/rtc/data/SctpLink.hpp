#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/data/DataBudget.hpp"
#include "ringcast/rtc/data/DataLink.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/sctp/Association.hpp"

namespace ringcast::rtc {

// Sends the packets of an SCTP association.
class SctpOutput {
 public:
  virtual ~SctpOutput() = default;
  // Drops the packet if the transport is not connected.
  virtual void SendSctp(ByteView packet, Instant now) = 0;
  // Called after the last packet of a flush.
  virtual void FlushSctp(Instant now) = 0;
};

// The SCTP association of a transport. Its messages go to the transport's data producers, its states to the
// controller. What is to be sent leaves when the timer of NextTimeout() fires: at the end of the loop
// iteration, so that one iteration makes as few packets as possible.
class SctpLink final : public DataLink {
 public:
  // Limits on what the controller may request.
  static constexpr std::size_t kMaxSendBuffer = std::size_t{64} * 1024 * 1024;
  static constexpr std::size_t kMaxReceiveWindow = std::size_t{16} * 1024 * 1024;

  // kPipe: the peer is another router, to which messages are sent with their subchannels.
  enum class Carrier : std::uint8_t { kDtls, kUdp, kPipe };
  SctpLink(WorkerContext& context, Transport& transport, SctpOutput& output, const TransportOptions& options,
           Carrier carrier);

  // Packets can be sent: begins the association unless it exists.
  void Connect(Instant now);
  // Ends the association.
  void Close(Instant now);
  void Receive(ByteView packet, Instant now);

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  void OnTimeout(Instant now);

  [[nodiscard]] SctpDescription Describe() const;

  [[nodiscard]] Outcome Send(const DataConsumer& consumer, const DataMessage& message, Instant now) override;
  [[nodiscard]] std::size_t BufferedAmount(const DataConsumer& consumer) const override;
  void SetLowThreshold(const DataConsumer& consumer, std::uint32_t bytes) override;
  void Reset(const DataConsumer& consumer) override;
  void Flush(Instant now) override;
  [[nodiscard]] bool CarriesSubchannels() const override { return carrier_ == Carrier::kPipe; }

 private:
  void NoteDue(Instant now);
  void HandleEvents(Instant now);
  void OnState(sctp::State state);
  void OnMessage(const sctp::IncomingMessage& message, Instant now);
  void OnReset(const sctp::StreamsReset& reset);

  WorkerContext& context_;
  Transport& transport_;
  SctpOutput& output_;
  Carrier carrier_;
  bool isDataChannel_;
  sctp::Association association_;
  DataBudget::Share share_;
  bool due_ = false;  // packets may wait
};

}  // namespace ringcast::rtc
