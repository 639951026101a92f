#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/data/SctpLink.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/srtp/RtcpEncryptor.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::rtc {

// A transport whose packets are datagrams, in plain RTP or SRTP.
class DatagramTransport : public Transport, private SctpOutput {
 public:
  void PrefetchSending() const override { egress_.Prefetch(); }
  // Sends BYE for all outgoing streams, and ends the SCTP association.
  void Close(Instant now) override;
  ~DatagramTransport() override;
  [[nodiscard]] TransportDump Dump() const override;
  [[nodiscard]] TransportStats Stats(Instant now) override;

 protected:
  // `carrier`: of SCTP, if the options enable it.
  DatagramTransport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options,
                    SctpLink::Carrier carrier);

  // Everything is encrypted from now on. Error: the suite does not take the key; nothing has changed.
  Status StartSrtp(const srtp::MasterKey& own, const srtp::MasterKey& remote);
  [[nodiscard]] bool HasSrtp() const { return egress_.HasSrtp(); }
  // Decrypts in place. Returns false if the packet is dropped, which is counted.
  [[nodiscard]] bool Decrypt(net::PacketRef& packet, bool rtcp);

  [[nodiscard]] DatagramEgress& Out() { return egress_; }
  void SendRtcpTo(ByteView compound, net::SocketId socket, const net::Address& to, Instant now);
  // Returns the SCTP association, or nullptr if it is not enabled.
  [[nodiscard]] SctpLink* Sctp() { return sctp_ ? &*sctp_ : nullptr; }
  [[nodiscard]] std::optional<Instant> NextProtocolTimeout() const override;
  void OnProtocolTimeout(Instant now) override;

  // Sends an SCTP packet by SendDatagram(), unless the transport is not connected.
  virtual void SendSctpPacket(ByteView packet, Instant now) = 0;
  // Sends STUN, DTLS or SCTP.
  void SendDatagram(ByteView datagram, net::SocketId socket, const net::Address& to, Instant now);

 private:
  // Datagrams of one size for one destination, which leave in one GSO batch: all but the last have `size`
  // bytes.
  struct Run {
    net::SocketId socket;
    net::Address to;
    std::size_t size = 0;
    std::vector<std::uint8_t> bytes;
  };

  void SendSctp(ByteView packet, Instant now) final;
  void FlushSctp(Instant now) final;
  void AddToRun(ByteView datagram, net::SocketId socket, const net::Address& to, Instant now);
  void SendRun(Instant now);

  alignas(64) DatagramEgress egress_;  // of RTP
  std::optional<srtp::RtcpEncryptor> rtcpEncryptor_;
  std::optional<srtp::Inbound> inbound_;
  std::optional<SctpLink> sctp_;
  bool sendingSctp_ = false;
  Run run_;
};

}  // namespace ringcast::rtc
