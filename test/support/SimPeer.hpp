#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ringcast/dtls/Connection.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "support/DtlsContext.hpp"
#include "support/IndexMonitor.hpp"
#include "support/SimWorker.hpp"
#include "support/StunSamples.hpp"

namespace ringcast::test {

// A browser, as far as a WebRTC transport of a simulated worker sees one: it checks the path, does the DTLS
// handshake as client or server, and speaks SRTP.
class SimPeer {
 public:
  // Speaks from `address` to the first UDP candidate of the transport, or over a connection to its first TCP
  // one.
  SimPeer(SimWorker& sim, std::string transport, const net::Address& address, bool tcp = false);

  // A binding request with the credentials as the transport has them now, unless the request brings its own.
  void Check(bool nominate, std::optional<StunRequest> request = std::nullopt);
  // As the controller does; `role`: the peer's.
  Result<dtls::Role> Connect(dtls::Role role);
  // Everything until nothing more is to be said: checks, handshake.
  void Establish(dtls::Role role = dtls::Role::kClient);

  // Lets what the worker sent so far arrive here; returns how many datagrams those were. RTP and RTCP of
  // others stay.
  std::size_t Pump();
  void SendRtp(std::vector<std::uint8_t> packet);
  void SendRtcp(std::vector<std::uint8_t> compound);
  void SendRaw(std::vector<std::uint8_t> datagram);
  // A datagram of the worker's arrives here, and what it makes necessary is said at once.
  void Receive(const std::vector<std::uint8_t>& datagram);
  [[nodiscard]] std::vector<std::uint8_t> ProtectRtcp(std::vector<std::uint8_t> compound);
  // The peer's network changes: from now on it speaks from there, and receives there.
  void MoveTo(const net::Address& address) { address_ = address; }
  // TCP: the connection is closed from here.
  void Disconnect() { sim_.sockets.Disconnect(socket_, address_, sim_.now); }
  // The time passes for both.
  void Advance(Duration duration);

  [[nodiscard]] dtls::State State() const { return dtls_.CurrentState(); }
  // Of the worker: where this peer sends to.
  [[nodiscard]] net::SocketId Socket() const { return socket_; }
  // It has keys: the handshake is over.
  [[nodiscard]] bool CanSend() const { return outbound_.has_value(); }
  [[nodiscard]] std::size_t StunAnswers() const { return stunAnswers_; }
  // Thrown away: of the worker's packets, none is sent twice but by the network.
  [[nodiscard]] std::size_t Replays() const { return replays_; }
  // Of what arrived; an index that was used twice for different packets ends the test at once.
  [[nodiscard]] const IndexMonitor& Indices() const { return indices_; }
  // What arrived, decrypted.
  std::vector<std::vector<std::uint8_t>> rtp, rtcp;
  std::vector<std::vector<std::uint8_t>> lastStun;
  dtls::Connection& Dtls() { return dtls_; }

 private:
  void Take(const std::vector<std::uint8_t>& datagram);
  void SendDtls();
  [[nodiscard]] bool IsReplay(const srtp::Inbound::Outcome& outcome);

  SimWorker& sim_;
  std::string transport_;
  net::Address address_;
  net::SocketId socket_;  // of the worker: where we send to
  dtls::Connection dtls_;
  std::optional<srtp::Outbound> outbound_;
  std::optional<srtp::Inbound> inbound_;
  IndexMonitor indices_;
  std::size_t stunAnswers_ = 0;
  std::size_t replays_ = 0;
};

}  // namespace ringcast::test
