#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/transport/DatagramTransport.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::rtc {

// RTP over UDP with an endpoint whose address the controller knows, or, with comedia, with whoever sends the
// first valid packet. Optionally SRTP with keys that the controller exchanges.
class PlainTransport final : public DatagramTransport, private net::DatagramReceiver {
 public:
  // TypeError: not UDP, not an IP address, a port range upside down; Error: it cannot be bound.
  [[nodiscard]] static Result<std::unique_ptr<PlainTransport>> Create(WorkerContext& context, Router& router,
                                                                      const std::string& id,
                                                                      const PlainTransportOptions& options);

  ~PlainTransport() override;

  static constexpr TransportKind kKind = TransportKind::kPlain;
  [[nodiscard]] TransportKind Kind() const override { return kKind; }
  [[nodiscard]] TransportDump Dump() const override;
  [[nodiscard]] TransportStats Stats(Instant now) override;
  Result<PlainConnectResult> Connect(const PlainConnectOptions& options, Instant now);
  void SendRtcp(ByteView compound, Instant now) override;

 private:
  // A local socket and, once known, whom it talks to.
  struct Endpoint {
    ListenInfo listen;
    std::optional<net::UdpSocket> socket;
    std::optional<net::Address> remote;
  };

  PlainTransport(WorkerContext& context, Router& router, const std::string& id,
                 const PlainTransportOptions& options);
  Status Open(const PlainTransportOptions& options);
  Status OpenSocket(Endpoint& endpoint);

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) override;
  void OnDatagram(net::SocketId socket, net::ReceivedDatagram& datagram, Instant now);
  void OnRtp(Endpoint& endpoint, net::ReceivedDatagram& datagram, Instant now);
  void OnRtcp(Endpoint& endpoint, net::ReceivedDatagram& datagram, Instant now);
  // Returns true if a packet from this address is accepted. With comedia, an endpoint without a remote
  // accepts any address, but RTCP only RTP's host once that is known.
  [[nodiscard]] bool Admits(const Endpoint& endpoint, const net::Address& from);
  // The remote of RTP is known: from here on it can send.
  void OnRemoteKnown(Instant now);
  // Comedia: makes the sender of the first valid packet the remote. With SRTP the packet has been
  // authenticated.
  void Learn(Endpoint& endpoint, const net::Address& from, Instant now);

  Result<net::Address> RemoteOf(const PlainConnectOptions& options, std::optional<std::uint16_t> port,
                                const Endpoint& endpoint, std::string_view portName) const;
  Status CheckSrtp(const PlainConnectOptions& options) const;
  Status ConnectSrtp(const SrtpParameters& remote);
  [[nodiscard]] Tuple Describe(const Endpoint& endpoint) const;
  [[nodiscard]] std::optional<SrtpParameters> OwnSrtpParameters() const;
  [[nodiscard]] Endpoint& RtcpEndpoint() { return rtcp_ ? *rtcp_ : rtp_; }

  bool rtcpMux_;
  bool comedia_;
  bool connectCalled_ = false;
  std::optional<srtp::MasterKey> ownKey_;  // there with SRTP
  Endpoint rtp_;
  std::optional<Endpoint> rtcp_;  // there without multiplexing (RFC 5761)
};

}  // namespace ringcast::rtc
