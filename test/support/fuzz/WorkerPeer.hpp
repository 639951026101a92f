#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/IndexMonitor.hpp"
#include "support/SimPeer.hpp"
#include "support/SimWorker.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {

// A participant of the Worker target's scripts: the remote end of one transport of the worker, with the keys
// of both ends.
class ScriptPeer {
 public:
  // The transport must exist. The `handshake` field of the command connects a WebRTC transport.
  ScriptPeer(test::SimWorker& sim, std::string transport, const script::AddTransport& command,
             std::uint16_t number);

  [[nodiscard]] const std::string& Transport() const { return transport_; }
  [[nodiscard]] const net::Address& Address() const { return address_; }
  [[nodiscard]] bool IsDirect() const { return type_ == script::AddTransport::kDirect; }
  [[nodiscard]] bool IsWebRtc() const { return webRtc_ != nullptr; }

  // Connects the transport, correctly or with a flaw.
  void Connect(std::uint8_t flaw);

  // Encrypts the packet if the transport is secure. Returns the size of the datagram.
  std::size_t SendRtp(std::vector<std::uint8_t> packet);
  std::size_t SendRtcp(std::vector<std::uint8_t> compound);
  // Sends the datagram unchanged.
  void SendRaw(const std::vector<std::uint8_t>& datagram, const net::Address& from, bool rtcpPort = false);
  void SendStun(const script::Stun& command, const net::Address& from);
  // Receives a datagram of the worker. Returns false if it is for another peer.
  bool Receive(const test::Datagram& datagram);
  void OnTime();

  // Returns the received RTP streams with the newest sequence number of each.
  [[nodiscard]] const std::map<std::uint32_t, std::uint16_t>& Received() const { return received_; }
  void NoteReceived(ByteView rtpHeader);

 private:
  void ConnectPlain(std::uint8_t flaw);
  void ConnectWebRtc(std::uint8_t flaw);
  void CheckRtp(std::vector<std::uint8_t> bytes);
  void CheckRtcp(std::vector<std::uint8_t> bytes);

  test::SimWorker& sim_;
  std::string transport_;
  std::uint8_t type_;
  std::uint8_t options_;
  net::Address address_;
  net::Address rtcpAddress_;
  std::optional<net::SocketId> socket_;
  std::optional<net::SocketId> rtcpSocket_;
  std::unique_ptr<test::SimPeer> webRtc_;
  std::optional<srtp::MasterKey> key_;
  std::optional<srtp::Outbound> outbound_;
  std::optional<srtp::Inbound> inbound_;
  test::IndexMonitor indices_;
  std::map<std::uint32_t, std::uint16_t> received_;
};

}  // namespace ringcast::fuzz
