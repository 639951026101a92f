#pragma once

#include <optional>

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/Transport.hpp"
#include "ringcast/srtp/RtcpEncryptor.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::rtc {

// A transport whose packets travel as datagrams, as they are or by SRTP.
class DatagramTransport : public Transport {
 public:
  void PrefetchSending() const override {
    __builtin_prefetch(&destination_);
    if (encryptor_) encryptor_->Prefetch();
  }

 protected:
  using Transport::Transport;

  // From here on all is encrypted. Error: a key that the suite does not take; nothing has changed then.
  Status StartSrtp(const srtp::MasterKey& own, const srtp::MasterKey& remote);
  [[nodiscard]] bool HasSrtp() const { return encryptor_.has_value(); }
  // In place. False: dropped and counted.
  [[nodiscard]] bool Decrypt(net::PacketRef& packet, bool rtcp);

  // Where RTP goes from now on.
  void SetDestination(net::SocketId socket, const net::Address& to);
  void SendBatch(EgressBatch& batch, Instant now) override;
  [[nodiscard]] std::optional<std::int64_t> NextSrtpIndex(Ssrc ssrc) const override {
    return encryptor_ ? encryptor_->NextIndex(ssrc.Value()) : std::nullopt;
  }
  void SendRtcpTo(ByteView compound, net::SocketId socket, const net::Address& to, Instant now);
  // What is neither: STUN, DTLS.
  void SendDatagram(ByteView datagram, net::SocketId socket, const net::Address& to, Instant now);

 private:
  // What every turn touches: one line of the cache, and the encryptor in the next.
  alignas(64) EgressBatch::Destination destination_;  // of RTP, once connected
  std::optional<srtp::RtpEncryptor> encryptor_;
  std::optional<srtp::RtcpEncryptor> rtcpEncryptor_;
  std::optional<srtp::Inbound> inbound_;
};

}  // namespace ringcast::rtc
