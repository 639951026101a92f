#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/dtls/Connection.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/ice/Candidate.hpp"
#include "ringcast/ice/ReturnRoutability.hpp"
#include "ringcast/rtc/transport/DatagramTransport.hpp"
#include "ringcast/rtc/transport/IcePorts.hpp"

namespace ringcast::rtc {

class WebRtcServer;

// A WebRTC peer: ICE-lite finds the way to it, DTLS keys SRTP, all on one path. Nothing but STUN is taken
// from a place that ICE has not validated.
class WebRtcTransport final : public DatagramTransport, public IcePorts::User {
 public:
  // NotFoundError: no such server; TypeError, Error: as IcePorts::Open.
  [[nodiscard]] static Result<std::unique_ptr<WebRtcTransport>> Create(WorkerContext& context, Router& router,
                                                                       const std::string& id,
                                                                       const WebRtcTransportOptions& options);
  ~WebRtcTransport() override;

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

  // How long after its last authenticated packet a tuple stays this transport's, so that a binding request of
  // another participant, who may have forged its source address, does not take it: RFC 7675 section 5.1 has a
  // peer renew consent every 5 s.
  static constexpr Duration kTupleHold = Seconds(5);
  // True if the peer uses the tuple: another transport of the server must not take it.
  [[nodiscard]] bool Holds(const ice::Tuple& tuple, Instant now) const {
    return agent_.HeardSince(tuple, now - kTupleHold);
  }

  // From its own ports, or from its server.
  void OnDatagram(const ice::Tuple& from, net::PacketRef packet, Instant now) override;
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
  [[nodiscard]] IcePorts& Ports() const;

  void OnStun(const ice::Tuple& from, ByteView datagram, Instant now);
  void OnIce(const ice::Agent::Update& update, Instant now);
  void Forget(const ice::Tuple& tuple);  // nothing more is expected from there
  void OnDtlsDatagram(const ice::Tuple& from, ByteView datagram, Instant now);
  // Returns true if the peer sent application data, which is authenticated.
  bool OnDtls(const dtls::Update& update, Instant now);
  void OnMedia(const ice::Tuple& from, net::PacketRef packet, bool rtcp, Instant now);
  // The handshake begins when both sides are known: who the peer is, and where.
  void StartDtls(Instant now);
  void StartMedia();
  // The selected tuple has changed.
  void OnSelected(Instant now);
  // Media flows while there is a way and a key.
  void UpdateConnected(Instant now);

  // Returns the tuple that `bytes` may be sent to now, and counts them: the selected one or, while that is
  // not confirmed and its limit is reached, the one before it. Returns nullptr if they must be dropped.
  [[nodiscard]] const ice::Tuple* Route(std::size_t bytes, ice::ReturnRoutability::Use use, Instant now);
  void SendDtls(ByteView datagram, Instant now);
  [[nodiscard]] Instant SenderReportTime(Instant now) override;

  [[nodiscard]] std::optional<Instant> NextProtocolTimeout() const override;
  void OnProtocolTimeout(Instant now) override;

  [[nodiscard]] std::optional<Tuple> SelectedTuple() const;

  RoutingEgress routing_;
  WebRtcServer* server_ = nullptr;  // or
  std::unique_ptr<IcePorts> ownPorts_;
  std::vector<ice::Candidate> candidates_;
  ice::Agent agent_;
  ice::ReturnRoutability routability_;
  dtls::Connection dtls_;
  std::optional<dtls::Role> role_;  // once connect() was called
  bool dtlsStarted_ = false;
};

}  // namespace ringcast::rtc
