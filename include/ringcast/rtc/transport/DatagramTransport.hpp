#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/srtp/RtcpEncryptor.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::rtc {

// A transport whose packets travel as datagrams, as they are or by SRTP.
class DatagramTransport : public Transport {
 public:
  void PrefetchSending() const override { egress_.Prefetch(); }

 protected:
  DatagramTransport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options)
      : Transport(context, router, std::move(id), options),
        egress_(context.egressBatch, context.environment.sink) {}

  // From here on all is encrypted. Error: a key that the suite does not take; nothing has changed then.
  Status StartSrtp(const srtp::MasterKey& own, const srtp::MasterKey& remote);
  [[nodiscard]] bool HasSrtp() const { return egress_.HasSrtp(); }
  // In place. False: dropped and counted.
  [[nodiscard]] bool Decrypt(net::PacketRef& packet, bool rtcp);

  [[nodiscard]] DatagramEgress& Out() final { return egress_; }
  [[nodiscard]] std::optional<std::int64_t> NextSrtpIndex(Ssrc ssrc) const override {
    return egress_.NextSrtpIndex(ssrc);
  }
  void SendRtcpTo(ByteView compound, net::SocketId socket, const net::Address& to, Instant now);
  // What is neither: STUN, DTLS.
  void SendDatagram(ByteView datagram, net::SocketId socket, const net::Address& to, Instant now);

 private:
  alignas(64) DatagramEgress egress_;  // of RTP
  std::optional<srtp::RtcpEncryptor> rtcpEncryptor_;
  std::optional<srtp::Inbound> inbound_;
};

}  // namespace ringcast::rtc
