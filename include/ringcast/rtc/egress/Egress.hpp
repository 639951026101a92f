#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/rtc/egress/EgressBatch.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::rtc {

// The send side of one transport: queue packets, send them, and get a report of the sent packets.
class Egress {
 public:
  // All egresses of a worker share `queue`: without pacing a queue is empty again before another one is
  // filled.
  explicit Egress(EgressBatch& queue) : queue_(queue) {}
  virtual ~Egress() = default;
  Egress(const Egress&) = delete;
  Egress& operator=(const Egress&) = delete;

  [[nodiscard]] EgressBatch& Queue() { return queue_; }
  // Returns when queued packets may be sent: at once, because nothing is paced. nullopt if none is queued.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    return queue_.Empty() ? std::nullopt : std::optional(Instant());
  }
  // Sends the queued packets. The queue keeps them for the reader of the report, which clears it.
  [[nodiscard]] virtual SendReport Send(Instant now) = 0;
  // Returns one above the highest SRTP index used for the ssrc; nullopt if none was.
  [[nodiscard]] virtual std::optional<std::int64_t> NextSrtpIndex(Ssrc /*ssrc*/) const {
    return std::nullopt;
  }

 private:
  EgressBatch& queue_;
};

// Sends datagrams to one destination, in GSO batches, in plain RTP or SRTP.
class DatagramEgress final : public Egress {
 public:
  DatagramEgress(EgressBatch& queue, net::DatagramSink& sink) : Egress(queue), sink_(sink) {}

  void SetDestination(net::SocketId socket, const net::Address& to) {
    socket_ = socket;
    to_ = to;
  }
  // Packets are encrypted from here on.
  void StartSrtp(srtp::RtpEncryptor encryptor);
  [[nodiscard]] bool HasSrtp() const { return encryptor_.has_value(); }
  [[nodiscard]] std::optional<std::int64_t> NextSrtpIndex(Ssrc ssrc) const override {
    return encryptor_ ? encryptor_->NextIndex(ssrc.Value()) : std::nullopt;
  }

  // Does not flush the sink.
  [[nodiscard]] SendReport Send(Instant now) override;
  // Begins to load what Send() reads.
  void Prefetch() const {
    __builtin_prefetch(this);
    if (encryptor_) encryptor_->Prefetch();
  }

 private:
  void SendGsoBatch(std::span<const std::uint32_t> indices, std::uint32_t absSendTime, SendReport& report);
  // Returns the right to encrypt the packet, or nullopt if another packet has its index.
  [[nodiscard]] std::optional<srtp::PacketIndex> ClaimIndex(const rtp::RtpRewrite& rewrite);
  [[nodiscard]] rtp::SendTimeValues SendTimeOf(const rtp::RtpRewrite& rewrite, std::uint32_t absSendTime);
  void NoteOutcomes(SendOutcome outcome, SendReport& report);

  net::DatagramSink& sink_;
  net::SocketId socket_;
  net::Address to_;
  std::uint32_t overhead_ = 0;                     // of SRTP
  std::uint16_t nextTransportSequenceNumber_ = 1;  // transport-wide, in send order
  std::optional<srtp::RtpEncryptor> encryptor_;
};

}  // namespace ringcast::rtc
