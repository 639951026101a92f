#pragma once

#include <memory>
#include <string>

#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/transport/DatagramTransport.hpp"
#include "ringcast/rtc/transport/PlainSrtp.hpp"
#include "ringcast/rtc/transport/UdpEndpoint.hpp"

namespace ringcast::rtc {

// RTP between two routers, of one worker or of two: RTP and RTCP on one port, with an address that the
// controller knows. Its consumers forward every encoding unchanged, so that the far router selects layers.
// Optionally SRTP with keys that the controller exchanges.
class PipeTransport final : public DatagramTransport, private net::DatagramReceiver {
 public:
  // Of both directions.
  static constexpr srtp::CryptoSuite kSuite = srtp::CryptoSuite::kAeadAes256Gcm;

  // TypeError, Error: as UdpEndpoint::Open.
  [[nodiscard]] static Result<std::unique_ptr<PipeTransport>> Create(WorkerContext& context, Router& router,
                                                                     const std::string& id,
                                                                     const PipeTransportOptions& options);

  static constexpr TransportKind kKind = TransportKind::kPipe;
  [[nodiscard]] TransportKind Kind() const override { return kKind; }
  [[nodiscard]] TransportDump Dump() const override;
  [[nodiscard]] TransportStats Stats(Instant now) override;
  // Returns the tuple. TypeError: no address, keys without SRTP, or missing or unsuitable keys with it.
  Result<Tuple> Connect(const PipeConnectOptions& options, Instant now);
  void SendRtcp(ByteView compound, Instant now) override;

 private:
  PipeTransport(WorkerContext& context, Router& router, const std::string& id,
                const PipeTransportOptions& options);
  Status Open(const PipeTransportOptions& options);

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) override;
  void OnDatagram(net::ReceivedDatagram& datagram, Instant now);
  void OnUnknown(ByteView packet, Instant now);
  void SendSctpPacket(ByteView packet, Instant now) override;

  bool enableRtx_;  // only described: the consumers' parameters contain the retransmission streams
  PlainSrtp srtp_;
  UdpEndpoint endpoint_;
};

}  // namespace ringcast::rtc
