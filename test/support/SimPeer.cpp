#include "support/SimPeer.hpp"

#include <utility>

#include "support/DtlsContext.hpp"

namespace ringcast::test {

SimPeer::SimPeer(SimWorker& sim, std::string transport, const net::Address& address, bool tcp)
    : sim_(sim), transport_(std::move(transport)), address_(address), dtls_(DtlsContext()) {
  const auto dump = sim_.Transport(transport_).Dump();
  for (const auto& candidate : dump.webRtc->iceCandidates) {
    if (tcp != (candidate.protocol == net::TransportProtocol::kTcp)) continue;
    socket_ = tcp ? sim_.sockets.ConnectTo(*sim_.sockets.FindTcp(candidate.port))
                  : *sim_.sockets.Find(candidate.port);
    return;
  }
  RC_ASSERT(false);
}

void SimPeer::SendRaw(std::vector<std::uint8_t> datagram) {
  if (net::IsConnection(socket_) && !sim_.sockets.IsOpen(socket_)) return;
  net::ReceivedDatagram received{sim_.pool.Copy(datagram, sim_.now), address_};
  if (!received.packet) return;
  sim_.sockets.Deliver(socket_, std::span(&received, 1), sim_.now);
}

void SimPeer::Check(bool nominate, std::optional<StunRequest> request) {
  if (!request) {
    const auto parameters = sim_.Transport(transport_).Dump().webRtc->iceParameters;
    request.emplace();
    request->username = parameters.usernameFragment + ":peer";
    request->password = parameters.password;
  }
  request->useCandidate = nominate;
  SendRaw(request->Build());
}

Result<dtls::Role> SimPeer::Connect(dtls::Role role) {
  auto& transport = sim_.WebRtc(transport_);
  const auto theirs = transport.Dump().webRtc->dtlsParameters.fingerprints;
  RC_ASSERT(dtls_.SetRemoteFingerprint(theirs.back()).Ok());
  const auto own = DtlsContext().Own().FingerprintBy(dtls::HashAlgorithm::kSha256);
  auto answer = transport.Connect({.fingerprints = {own}, .role = role}, sim_.now);
  if (answer.Ok()) {
    const auto ours = *answer == dtls::Role::kClient ? dtls::Role::kServer : dtls::Role::kClient;
    RC_ASSERT(dtls_.Start(ours, sim_.now).Ok());
  }
  return answer;
}

void SimPeer::Establish(dtls::Role role) {
  Check(true);
  RC_ASSERT(Connect(role).Ok());
  SendDtls();
  while (Pump() > 0) {
  }
}

void SimPeer::SendDtls() {
  while (const auto datagram = dtls_.NextDatagram()) SendRaw({datagram->begin(), datagram->end()});
}

std::size_t SimPeer::Pump() {
  const auto turn = sim_.EndTurn();
  std::size_t count = 0;
  for (const auto& datagram : turn) {
    if (datagram.socket != socket_ || (!net::IsConnection(socket_) && datagram.to != address_)) continue;
    ++count;
    Take(datagram.bytes);
  }
  SendDtls();
  return count;
}

// Returns true for a packet that the network duplicated.
bool SimPeer::IsReplay(const srtp::Inbound::Outcome& outcome) {
  if (outcome.failure != srtp::Failure::kReplay) return false;
  ++replays_;
  return true;
}

void SimPeer::Take(const std::vector<std::uint8_t>& datagram) {
  auto bytes = datagram;
  switch (net::Classify(bytes)) {
    case net::PacketProtocol::kStun:
      ++stunAnswers_;
      lastStun.push_back(bytes);
      return;
    case net::PacketProtocol::kDtls: {
      dtls_.Receive(bytes, sim_.now);
      const auto* session = dtls_.Negotiated();
      if (session == nullptr || outbound_) return;
      const auto suite = static_cast<srtp::CryptoSuite>(session->srtp.profile);
      const auto own = srtp::MasterKey::FromBytes(suite, session->srtp.local.Bytes());
      const auto theirs = srtp::MasterKey::FromBytes(suite, session->srtp.remote.Bytes());
      auto outbound = srtp::Outbound::Create(*own);
      auto inbound = srtp::Inbound::Create(*theirs);
      outbound_.emplace(std::move(*outbound));
      inbound_.emplace(std::move(*inbound));
      return;
    }
    case net::PacketProtocol::kRtp: {
      indices_.OnSent(bytes);
      RC_ASSERT(indices_.Faults().Count() == 0);
      const auto outcome = inbound_->UnprotectRtp(bytes);
      if (IsReplay(outcome)) return;
      RC_ASSERT(!outcome.failure);
      bytes.resize(outcome.size);
      rtp.push_back(std::move(bytes));
      return;
    }
    case net::PacketProtocol::kRtcp: {
      const auto outcome = inbound_->UnprotectRtcp(bytes);
      if (IsReplay(outcome)) return;
      RC_ASSERT(!outcome.failure);
      bytes.resize(outcome.size);
      rtcp.push_back(std::move(bytes));
      return;
    }
    case net::PacketProtocol::kUnknown:
      RC_ASSERT(false);
  }
}

void SimPeer::SendRtp(std::vector<std::uint8_t> packet) {
  const auto size = packet.size();
  packet.resize(size + srtp::kMaxOverhead);
  const auto protectedSize = outbound_->ProtectRtp(packet, size);
  if (!protectedSize) return;  // older than SRTP's window
  packet.resize(*protectedSize);
  SendRaw(std::move(packet));
}

void SimPeer::SendRtcp(std::vector<std::uint8_t> compound) {
  const auto size = compound.size();
  compound.resize(size + srtp::kMaxOverhead);
  const auto protectedSize = outbound_->ProtectRtcp(compound, size);
  if (!protectedSize) return;  // shorter than a header
  compound.resize(*protectedSize);
  SendRaw(std::move(compound));
}

void SimPeer::Receive(const std::vector<std::uint8_t>& datagram) {
  Take(datagram);
  SendDtls();
}

std::vector<std::uint8_t> SimPeer::ProtectRtcp(std::vector<std::uint8_t> compound) {
  const auto size = compound.size();
  compound.resize(size + srtp::kMaxOverhead);
  compound.resize(outbound_->ProtectRtcp(compound, size).value());
  return compound;
}

void SimPeer::Advance(Duration duration) {
  sim_.Advance(duration);
  if (const auto due = dtls_.NextTimeout(); due && *due <= sim_.now) dtls_.OnTimeout(sim_.now);
  SendDtls();
}

}  // namespace ringcast::test
