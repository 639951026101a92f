#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ringcast/dtls/Connection.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/ice/ReturnRoutability.hpp"
#include "ringcast/rtc/transport/DatagramTransport.hpp"
#include "ringcast/rtc/transport/IcePorts.hpp"
#include "ringcast/rtc/transport/PeerRejects.hpp"
#include "ringcast/rtc/transport/WebRtcPorts.hpp"

namespace ringcast::rtc {

// A WebRTC peer: ICE-lite selects the path to it, DTLS provides the keys of SRTP, and all share that path.
// From a tuple that ICE has not validated, only STUN is accepted.
class WebRtcTransport final : public DatagramTransport, public IcePorts::PacketReceiver {
 public:
  // Errors: as WebRtcPorts::Open.
  [[nodiscard]] static Result<std::unique_ptr<WebRtcTransport>> Create(WorkerContext& context, Router& router,
                                                                       const std::string& id,
                                                                       const WebRtcTransportOptions& options);
  static constexpr TransportKind kKind = TransportKind::kWebRtc;
  [[nodiscard]] TransportKind Kind() const override { return kKind; }
  [[nodiscard]] TransportDump Dump() const override;
  [[nodiscard]] TransportStats Stats(Instant now) override;
  // Returns our role.
  Result<dtls::Role> Connect(const DtlsParameters& remote, Instant now);
  Result<IceParameters> RestartIce(Instant now);
  // The process did not run for this long, which is no silence of the peer.
  void OnStopped(Duration length, Instant now);
  void SendRtcp(ByteView compound, Instant now) override;
  // Sends BYE and close_notify, so that the peer need not wait for a timeout.
  void Close(Instant now) override;

  // How long a tuple stays this transport's after its last authenticated packet, so that a binding request of
  // another participant, who may have forged its source address, does not take it: RFC 7675 section 5.1 has a
  // peer renew consent every 5 s.
  static constexpr Duration kTupleHold = Seconds(5);
  // True if the peer uses the tuple: another transport of the server must not take it.
  [[nodiscard]] bool Holds(const ice::Tuple& tuple, Instant now) const {
    return agent_.HeardSince(tuple, now - kTupleHold);
  }

  // From its own ports, or from its server.
  void OnStun(const ice::Tuple& from, const IcePorts::Stun& stun, Instant now) override;
  void OnPacket(const ice::Tuple& from, net::PacketProtocol protocol, net::PacketRef packet,
                Instant now) override;
  void OnConnectionClosed(const ice::Tuple& from, Instant now) override;

 private:
  // Sends by Out() to the tuple that Route() returns.
  class RoutingEgress final : public Egress {
   public:
    explicit RoutingEgress(WebRtcTransport& owner);
    [[nodiscard]] SendReport Send(Instant now) override;
    [[nodiscard]] std::optional<std::int64_t> NextSrtpIndex(Ssrc ssrc) const override;

   private:
    WebRtcTransport& owner_;
  };

  WebRtcTransport(WorkerContext& context, Router& router, const std::string& id,
                  const WebRtcTransportOptions& options);
  Status Open(const WebRtcTransportOptions& options);

  void OnIce(const ice::Agent::Update& update, Instant now);
  void OnDtlsDatagram(const ice::Tuple& from, ByteView datagram, Instant now);
  // Returns true if the peer sent application data, which is authenticated.
  bool OnDtls(const dtls::Update& update, Instant now);
  void OnDtlsState(dtls::State state, Instant now);
  void OnMedia(const ice::Tuple& from, net::PacketRef packet, bool rtcp, Instant now);
  // Begins the handshake once connect() was called and ICE has selected a tuple.
  void StartDtls(Instant now);
  // The selected tuple has changed.
  void OnSelected(Instant now);
  // Media can be sent while a tuple is selected and DTLS has provided keys.
  void UpdateConnected(Instant now);

  // Returns the tuple that `bytes` may be sent to now, and counts them: the selected one or, while that is
  // not confirmed and its limit is reached, the one before it. Returns nullptr if they must be dropped.
  [[nodiscard]] const ice::Tuple* Route(std::size_t bytes, ice::ReturnRoutability::Use use, Instant now);
  void SendDtls(ByteView datagram, Instant now);
  void SendSctpPacket(ByteView packet, Instant now) override;
  [[nodiscard]] Instant SenderReportTime(Instant now) override;

  [[nodiscard]] std::optional<Instant> NextProtocolTimeout() const override;
  void OnProtocolTimeout(Instant now) override;

  [[nodiscard]] std::optional<Tuple> SelectedTuple() const;

  RoutingEgress routing_;
  std::unique_ptr<WebRtcPorts> ports_;
  ice::Agent agent_;
  ice::ReturnRoutability routability_;
  dtls::Connection dtls_;
  std::optional<dtls::Role> role_;  // once connect() was called
  PeerRejects rejects_;
};

}  // namespace ringcast::rtc
