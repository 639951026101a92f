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

// A browser, as seen by a WebRTC transport of a simulated worker: it sends ICE checks, performs the DTLS
// handshake as client or server, and protects RTP by SRTP.
class SimPeer {
 public:
  // Sends from `address` to the first UDP candidate of the transport, or over a connection to its first TCP
  // candidate.
  SimPeer(SimWorker& sim, std::string transport, const net::Address& address, bool tcp = false);

  // Sends a binding request with the transport's current credentials, unless the request has its own.
  void Check(bool nominate, std::optional<StunRequest> request = std::nullopt);
  // Connects the transport, like the controller; `role` is the peer's.
  Result<dtls::Role> Connect(dtls::Role role);
  // Runs ICE checks and the DTLS handshake to the end.
  void Establish(dtls::Role role = dtls::Role::kClient);

  // Receives the datagrams that the worker has sent. Returns their number. RTP and RTCP to other addresses
  // stay queued.
  std::size_t Pump();
  void SendRtp(std::vector<std::uint8_t> packet);
  void SendRtcp(std::vector<std::uint8_t> compound);
  void SendRaw(std::vector<std::uint8_t> datagram);
  // Receives a datagram of the worker, and sends the responses at once.
  void Receive(const std::vector<std::uint8_t>& datagram);
  [[nodiscard]] std::vector<std::uint8_t> ProtectRtcp(std::vector<std::uint8_t> compound);
  // Changes the peer's network: it sends from and receives at this address from now on.
  void MoveTo(const net::Address& address) { address_ = address; }
  // Closes the TCP connection from this side.
  void Disconnect() { sim_.sockets.Disconnect(socket_, address_, sim_.now); }
  // Advances the time of peer and worker.
  void Advance(Duration duration);

  [[nodiscard]] dtls::State State() const { return dtls_.CurrentState(); }
  // Returns the worker's socket that this peer sends to.
  [[nodiscard]] net::SocketId Socket() const { return socket_; }
  // Returns true if the handshake has completed.
  [[nodiscard]] bool CanSend() const { return outbound_.has_value(); }
  [[nodiscard]] std::size_t StunAnswers() const { return stunAnswers_; }
  // Returns the number of dropped replays: only the network duplicates packets of the worker.
  [[nodiscard]] std::size_t Replays() const { return replays_; }
  // Returns the monitor of the received SRTP indices. An index that is used for two packets fails the test at
  // once.
  [[nodiscard]] const IndexMonitor& Indices() const { return indices_; }
  // The received packets, decrypted.
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
  net::SocketId socket_;  // the worker's socket that this peer sends to
  dtls::Connection dtls_;
  std::optional<srtp::Outbound> outbound_;
  std::optional<srtp::Inbound> inbound_;
  IndexMonitor indices_;
  std::size_t stunAnswers_ = 0;
  std::size_t replays_ = 0;
};

}  // namespace ringcast::test
