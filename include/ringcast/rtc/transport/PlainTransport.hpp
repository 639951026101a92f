#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/transport/DatagramTransport.hpp"
#include "ringcast/rtc/transport/PlainSrtp.hpp"
#include "ringcast/rtc/transport/UdpEndpoint.hpp"

namespace ringcast::rtc {

// RTP over UDP with an endpoint whose address the controller knows or, with comedia, with the sender of the
// first valid packet. Optionally SRTP with keys that the controller exchanges.
class PlainTransport final : public DatagramTransport, private net::DatagramReceiver {
 public:
  // TypeError, Error: as UdpEndpoint::Open.
  [[nodiscard]] static Result<std::unique_ptr<PlainTransport>> Create(WorkerContext& context, Router& router,
                                                                      const std::string& id,
                                                                      const PlainTransportOptions& options);

  static constexpr TransportKind kKind = TransportKind::kPlain;
  [[nodiscard]] TransportKind Kind() const override { return kKind; }
  [[nodiscard]] TransportDump Dump() const override;
  [[nodiscard]] TransportStats Stats(Instant now) override;
  Result<PlainConnectResult> Connect(const PlainConnectOptions& options, Instant now);
  void SendRtcp(ByteView compound, Instant now) override;

 private:
  PlainTransport(WorkerContext& context, Router& router, const std::string& id,
                 const PlainTransportOptions& options);
  Status Open(const PlainTransportOptions& options);

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) override;
  void OnDatagram(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now);
  void OnRtp(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now);
  void OnRtcp(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now);
  void OnUnknown(UdpEndpoint& endpoint, const net::ReceivedDatagram& datagram, Instant now);
  void SendSctpPacket(ByteView packet, Instant now) override;
  // Returns why packets from this address are dropped, or nullopt. With comedia, an endpoint without a remote
  // accepts any address, but RTCP only RTP's host once that is known.
  [[nodiscard]] std::optional<net::DropReason> Refuse(const UdpEndpoint& endpoint,
                                                      const net::Address& from) const;
  // Comedia: makes the sender of the first valid packet the remote. With SRTP the packet has been
  // authenticated.
  void LearnRemote(UdpEndpoint& endpoint, const net::Address& from, Instant now);
  // The remote of RTP is known: media can be sent.
  void OnRemoteKnown(Instant now);
  [[nodiscard]] Status StartSrtp(const SrtpParameters& remote);
  [[nodiscard]] std::optional<Tuple> RtcpTuple() const;

  bool rtcpMux_;
  bool comedia_;
  bool connectCalled_ = false;
  PlainSrtp srtp_;
  UdpEndpoint rtp_;
  std::optional<UdpEndpoint> rtcp_;  // only without multiplexing (RFC 5761)
};

}  // namespace ringcast::rtc
