#include "bench/BrowserPeer.hpp"

#include <algorithm>

#include "bench/PeerEngine.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/stun/Writer.hpp"

namespace ringcast::bench {
namespace {

// The minimum of RFC 8445 section 14.3, doubled for each retransmission (RFC 8489 section 6.2.1).
constexpr Duration kFirstCheckInterval = Milliseconds(500);
// After the first response. Browsers renew consent (RFC 7675) twice as often as required.
constexpr Duration kConsentInterval = Milliseconds(2500);
// As long as a browser waits for connectivity.
constexpr Duration kGiveUp = Seconds(30);
// Priority of a peer-reflexive candidate (RFC 8445 section 5.1.2.1): 110 << 24, the highest local preference,
// component 1.
constexpr std::uint32_t kPriority = (110U << 24) | (0xFFFFU << 8) | 255U;

}  // namespace

BrowserPeer::BrowserPeer(const dtls::Context& context, BrowserBuffers& buffers, const PeerMessage& ticket,
                         Random& random)
    : buffers_(buffers),
      ticket_(ticket),
      integrity_(ticket.password.data()),
      dtls_(context),
      random_(random) {
  const auto verified = dtls_.SetRemoteFingerprint(FingerprintOf(ticket));
  RC_ASSERT(verified.Ok());
  tieBreaker_ = random.U32();
}

Status BrowserPeer::Start() {
  auto socket = ticket_.tcp ? BrowserSocket::OpenTcp(ticket_.port, buffers_.pool)
                            : BrowserSocket::OpenUdp(ticket_.port);
  if (!socket) return socket.Failure();
  socket_ = std::make_unique<BrowserSocket>(std::move(*socket));
  startedAt_ = io::EventLoop::Now();
  checkInterval_ = kFirstCheckInterval;
  SendCheck(startedAt_);
  return OkStatus();
}

void BrowserPeer::SendCheck(Instant now) {
  random_.Fill(transaction_);
  std::array<std::uint8_t, 256> room;
  stun::Writer writer(room, stun::MessageClass::kRequest, transaction_);
  writer.Username(std::string(ticket_.ufrag.data()) + ":browser");
  writer.IceControlling(tieBreaker_);
  writer.UseCandidate();
  writer.Priority(kPriority);
  writer.MessageIntegrity(integrity_);
  writer.Fingerprint();
  RC_ASSERT(writer.Size() != 0);
  socket_->Send(ByteView(room).first(writer.Size()));
  nextCheck_ = now + (answered_ ? kConsentInterval : checkInterval_);
  checkInterval_ *= 2;
}

void BrowserPeer::OnReadable() {
  const Instant now = io::EventLoop::Now();
  socket_->Receive(buffers_, [this, now](MutableBytes datagram, std::optional<Nanoseconds> arrival) {
    switch (net::Classify(datagram)) {
      case net::PacketProtocol::kStun:
        return OnStun(datagram, now);
      case net::PacketProtocol::kDtls:
        return OnDtls(datagram, now);
      case net::PacketProtocol::kRtp:
        return OnRtp(datagram, arrival);
      case net::PacketProtocol::kRtcp:
      case net::PacketProtocol::kUnknown:
        return;
    }
  });
}

void BrowserPeer::OnStun(ByteView datagram, Instant now) {
  const auto parsed = stun::Message::Parse(datagram);
  const auto* message = std::get_if<stun::Message>(&parsed);
  const bool ours = message != nullptr && message->Class() == stun::MessageClass::kSuccess &&
                    message->TransactionId() == transaction_ && integrity_.Verify(*message);
  if (!ours || answered_) return;
  answered_ = true;
  nextCheck_ = now + kConsentInterval;
  const auto started = dtls_.Start(dtls::Role::kClient, now);
  RC_ASSERT(started.Ok());
  SendDtls();
}

void BrowserPeer::OnDtls(ByteView datagram, Instant now) {
  dtls_.Receive(datagram, now);
  SendDtls();
  const auto* session = dtls_.Negotiated();
  if (session == nullptr || outbound_) return;
  connectedAt_ = io::EventLoop::Now();  // read again to include the time that OpenSSL took
  const auto suite = static_cast<srtp::CryptoSuite>(session->srtp.profile);
  const auto own = srtp::MasterKey::FromBytes(suite, session->srtp.local.Bytes());
  const auto theirs = srtp::MasterKey::FromBytes(suite, session->srtp.remote.Bytes());
  auto outbound = srtp::Outbound::Create(*own);
  auto inbound = srtp::Inbound::Create(*theirs, PeerEngine());
  RC_ASSERT(outbound.Ok() && inbound.Ok());
  outbound_.emplace(std::move(*outbound));
  inbound_.emplace(std::move(*inbound));
}

void BrowserPeer::OnRtp(MutableBytes datagram, std::optional<Nanoseconds> arrival) {
  if (!inbound_) return;
  const auto outcome = inbound_->UnprotectRtp(datagram);
  if (outcome.failure) return;
  const auto packet = datagram.first(outcome.size);
  media_.push_back({{packet.begin(), packet.end()}, arrival});
}

Instant BrowserPeer::NextTimeout() const {
  const auto dtls = dtls_.NextTimeout();
  return dtls ? std::min(*dtls, nextCheck_) : nextCheck_;
}

void BrowserPeer::OnTimeout(Instant now) {
  if (!Connected() && now - startedAt_ >= kGiveUp) gaveUp_ = true;
  if (now >= nextCheck_) SendCheck(now);
  if (const auto due = dtls_.NextTimeout(); due && now >= *due) {
    dtls_.OnTimeout(now);
    SendDtls();
  }
}

void BrowserPeer::SendDtls() {
  while (const auto datagram = dtls_.NextDatagram()) socket_->Send(*datagram);
}

std::string BrowserPeer::WhyFailed() const {
  if (const auto& failure = dtls_.WhyFailed()) return std::string(dtls::Name(failure->reason));
  return answered_ ? "the handshake did not end" : "no STUN request was answered";
}

bool BrowserPeer::SendRtp(MutableBytes buffer, std::size_t size) {
  if (!outbound_) return false;
  const auto encrypted = outbound_->ProtectRtp(buffer, size);
  RC_ASSERT(encrypted.has_value());
  socket_->Send(buffer.first(*encrypted));
  return true;
}

}  // namespace ringcast::bench
