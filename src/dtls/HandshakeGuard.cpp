#include "dtls/HandshakeGuard.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "dtls/PeerProof.hpp"
#include "dtls/X509Text.hpp"

namespace ringcast::dtls {

namespace {

// A browser's ClientHello with a post-quantum key share is 1.8 KB.
constexpr std::size_t kMaxClientHello = 8 * 1024;
// RFC 6347 section 4.2.1: a version, and a cookie with a length of one byte.
constexpr std::size_t kMaxHelloVerifyRequest = 2 + 1 + 255;
// Random, session id and some extensions.
constexpr std::size_t kMaxServerHello = 2 * 1024;
// A point of P-521 is 133 bytes, a signature of RSA with 8,192 bits 1,024.
constexpr std::size_t kMaxSigned = 2 * 1024;

// Indices into flight_.
constexpr std::size_t kClientCertificate = 0;
constexpr std::size_t kClientKey = 1;
constexpr std::size_t kClientVerify = 2;
constexpr std::size_t kServerHello = 0;
constexpr std::size_t kServerCertificate = 1;
constexpr std::size_t kServerKey = 2;
// The first three are signed. A client's flight has no others.
constexpr std::size_t kSignedMessages = 3;

// The shortest body of an encrypted record: a tag alone.
constexpr std::size_t kMinEncrypted = 16;

constexpr std::uint8_t kFatal = 2;  // RFC 5246 section 7.2

}  // namespace

HandshakeGuard::HandshakeGuard(const Context& context, Role role, Instant now)
    : context_(&context),
      role_(role),
      opening_(role == Role::kServer
                   ? MessageBuffer(MessageType::kClientHello, 0, kMaxClientHello)
                   : MessageBuffer(MessageType::kHelloVerifyRequest, 0, kMaxHelloVerifyRequest)),
      giveUpAt_(now + kHandshakeTimeout) {
  if (role == Role::kServer) {
    flight_ = {MessageBuffer(MessageType::kCertificate, 1, kMaxMessageBody),
               MessageBuffer(MessageType::kClientKeyExchange, 2, kMaxSigned),
               MessageBuffer(MessageType::kCertificateVerify, 3, kMaxSigned)};
    return;
  }
  ExpectServerFlight(0);
  auto& attempt = attempts_.emplace_back();
  attempt.association = std::make_unique<Association>(context, role);
  attempt.lastClientHello = now;
  attempt.association->SendClientHello(now);
}

// RFC 8827 section 6.5 requires both sides to authenticate: the flight has a CertificateRequest.
void HandshakeGuard::ExpectServerFlight(std::uint16_t firstSeq) {
  std::uint16_t seq = firstSeq;
  flight_ = {MessageBuffer(MessageType::kServerHello, seq++, kMaxServerHello),
             MessageBuffer(MessageType::kCertificate, seq++, kMaxMessageBody),
             MessageBuffer(MessageType::kServerKeyExchange, seq++, kMaxSigned),
             MessageBuffer(MessageType::kCertificateRequest, seq++, kMaxMessageBody),
             MessageBuffer(MessageType::kServerHelloDone, seq++, 0)};
}

void HandshakeGuard::Announce(const Fingerprint& fingerprint) {
  announced_ = fingerprint;
  flightChanged_ = true;
}

std::optional<DropReason> HandshakeGuard::Receive(ByteView datagram, Instant now) {
  std::optional<DropReason> dropped;
  unsignedArrived_ = 0;
  RecordReader reader(datagram);
  while (const auto record = reader.Next()) {
    if (record->epoch != 0) {
      KeepEarly(record->whole);
    } else if (const auto reason = OnPlaintext(*record, now)) {
      dropped = reason;
    }
  }
  if (const auto reason = TryVerify(now)) dropped = reason;
  return dropped;
}

std::optional<DropReason> HandshakeGuard::OnPlaintext(const RecordView& record, Instant now) {
  if (record.type == kAlertRecord) {
    OnAlert(record.body);
    return DropReason::kUnprovenAlert;
  }
  // A ChangeCipherSpec adds nothing to the flight before it.
  if (record.type != kHandshakeRecord) return std::nullopt;
  std::optional<DropReason> dropped;
  ByteReader body(record.body);
  while (body.Remaining() > 0) {
    const auto fragment = ReadFragment(body);
    if (!fragment) return DropReason::kUnexpected;
    if (const auto reason = OnFragment(*fragment, now)) dropped = reason;
  }
  return dropped;
}

void HandshakeGuard::OnAlert(ByteView body) {
  if (body.size() != 2 || body[0] != kFatal || (failure_ && failure_->reason != FailureReason::kAlert))
    return;
  failure_ = {.reason = FailureReason::kAlert, .alert = body[1]};
}

std::optional<DropReason> HandshakeGuard::OnFragment(const Fragment& fragment, Instant now) {
  if (opening_.Accepts(fragment)) {
    if (!opening_.Add(fragment)) return std::nullopt;
    if (role_ == Role::kClient) return OnHelloVerifyRequest();
    const auto dropped = OnClientHello(now);
    opening_.Clear();
    return dropped;
  }
  const auto expected =
      std::ranges::find_if(flight_, [&](const MessageBuffer& message) { return message.Accepts(fragment); });
  if (expected == flight_.end() || attempts_.empty()) return DropReason::kUnexpected;
  const auto place = static_cast<std::size_t>(expected - flight_.begin());
  if (place < kSignedMessages) {
    if (signatureVerified_) return std::nullopt;
    flightBegan_ = true;
  } else {
    unsignedArrived_ |= 1U << place;
  }
  if (expected->Add(fragment)) flightChanged_ = true;
  return std::nullopt;
}

std::optional<DropReason> HandshakeGuard::OnClientHello(Instant now) {
  const ByteView message = opening_.Message();
  const auto known = std::ranges::find_if(
      attempts_, [&](const Attempt& attempt) { return std::ranges::equal(attempt.clientHello, message); });
  if (known != attempts_.end()) {
    known->lastClientHello = now;
    if (known + 1 == attempts_.end()) return std::nullopt;
    // The peer repeats its ClientHello: our flight was lost, and was not repeated since another ClientHello
    // arrived.
    known->association->Expedite(now);
    std::rotate(known, known + 1, attempts_.end());
    return std::nullopt;
  }
  if (const auto reason = MakeRoom(now)) return reason;
  if (!attemptBudget_.Take(now)) return DropReason::kAttemptLimit;
  giveUpAt_ = now + kHandshakeTimeout;
  auto association = std::make_unique<Association>(*context_, role_);
  association->FeedMessage(message, now);
  if (association->CurrentPhase() == Association::Phase::kFailed) {
    // Its alert is not sent: it would end the peer's own handshake if this ClientHello is an attacker's.
    failure_ = association->WhyFailed();
    return DropReason::kUnexpected;
  }
  attempts_.push_back({.clientHello = {message.begin(), message.end()},
                       .association = std::move(association),
                       .lastClientHello = now});
  return std::nullopt;
}

std::optional<DropReason> HandshakeGuard::MakeRoom(Instant now) {
  if (attempts_.size() < kMaxAttempts) return std::nullopt;
  if (now < attempts_.front().lastClientHello + kAttemptGrace) return DropReason::kAttemptLimit;
  attempts_.erase(attempts_.begin());
  return std::nullopt;
}

void HandshakeGuard::KeepEarly(ByteView record) {
  if (record.size() < kRecordHeaderSize + kMinEncrypted) return;
  early_[nextEarly_].assign(record.begin(), record.end());
  nextEarly_ = (nextEarly_ + 1) % early_.size();
}

// Checks in the order of cost: every attacker can send a flight, some can send the peer's certificate.
std::optional<DropReason> HandshakeGuard::TryVerify(Instant now) {
  if (!flightChanged_ || !announced_) return std::nullopt;
  flightChanged_ = false;
  if (!signatureVerified_) {
    if (const auto reason = VerifySignature(now)) return reason;
    if (!signatureVerified_) return std::nullopt;
    // Unsigned messages count if they arrived with the signature, or arrive after it. Earlier ones may be an
    // attacker's; the peer repeats its own.
    for (std::size_t i = kSignedMessages; i < flight_.size(); ++i) {
      if ((unsignedArrived_ >> i & 1U) == 0) flight_[i].Clear();
    }
  }
  if (!std::ranges::all_of(flight_, &MessageBuffer::Complete)) return std::nullopt;
  HandOver(now);
  return std::nullopt;
}

std::optional<DropReason> HandshakeGuard::VerifySignature(Instant now) {
  const auto& certificate = flight_[role_ == Role::kServer ? kClientCertificate : kServerCertificate];
  if (!certificate.Complete()) return std::nullopt;
  const ByteView der = LeafCertificate(certificate.Body());
  if (der.empty() || !(FingerprintOf(der, announced_->Algorithm()) == *announced_)) {
    failure_ = {.reason = der.empty() ? FailureReason::kNoCertificate : FailureReason::kFingerprintMismatch};
    return DropReason::kNotAnnounced;
  }
  const auto signedMessages = std::span(flight_).first(kSignedMessages);
  if (!std::ranges::all_of(signedMessages, &MessageBuffer::Complete)) return std::nullopt;
  if (!proofBudget_.Take(now)) {
    flightChanged_ = true;  // to be tried again
    return DropReason::kProofLimit;
  }
  const auto x509 = ParseCertificate(der);
  if (x509 == nullptr) return DropReason::kNotAnnounced;
  const auto attempt = FindSignedAttempt(x509.get());
  if (attempt == attempts_.end()) return DropReason::kUnproven;
  // The other attempts were for an attacker's ClientHellos.
  std::swap(attempts_.front(), *attempt);
  attempts_.resize(1);
  signatureVerified_ = true;
  return std::nullopt;
}

std::vector<HandshakeGuard::Attempt>::iterator HandshakeGuard::FindSignedAttempt(X509* certificate) {
  return std::ranges::find_if(attempts_, [&](const Attempt& attempt) {
    const ByteView transcript = attempt.association->Transcript();
    if (role_ == Role::kClient) {
      return ProvesServer(certificate, flight_[kServerKey].Body(), transcript.subspan(kMessageHeaderSize),
                          flight_[kServerHello].Body());
    }
    return ProvesClient(
        certificate, flight_[kClientVerify].Body(),
        std::array{transcript, flight_[kClientCertificate].Message(), flight_[kClientKey].Message()});
  });
}

void HandshakeGuard::HandOver(Instant now) {
  auto& association = *attempts_.front().association;
  association.ForgetTranscript();
  association.Expect(*announced_);
  for (const auto& message : flight_) association.FeedMessage(message.Message(), now);
  association.FeedChangeCipherSpec(now);
  for (std::size_t i = 0; i < early_.size(); ++i) {
    const auto& record = early_[(nextEarly_ + i) % early_.size()];
    if (record.size() < kRecordHeaderSize + association.RecordOverhead()) continue;
    association.Receive(record, now);
  }
  verified_ = std::move(attempts_.front().association);
}

// RFC 6347 section 4.2.1: server_version, cookie<0..2^8-1>. FollowHelloVerifyRequest() acts on it.
std::optional<DropReason> HandshakeGuard::OnHelloVerifyRequest() {
  ByteReader body(opening_.Body());
  body.Skip(2);
  body.Skip(body.U8());
  if (body.Ok() && body.Remaining() == 0 && !followedHelloVerifyRequest_) return std::nullopt;
  opening_.Clear();
  return DropReason::kUnexpected;
}

// A HelloVerifyRequest is neither encrypted nor signed, and a server that requests no cookie would reject our
// second ClientHello. So we follow it only when the ClientHello is due for retransmission and nothing else
// arrived since it was sent.
void HandshakeGuard::FollowHelloVerifyRequest(Instant now) {
  followedHelloVerifyRequest_ = true;
  flightChanged_ = false;
  attempts_.front().association->FeedMessage(opening_.Message(), now);
  ExpectServerFlight(1);
}

std::optional<Instant> HandshakeGuard::NextTimeout() const {
  if (attempts_.empty()) return giveUpAt_;
  return Earlier(attempts_.back().association->NextTimeout(), giveUpAt_);
}

bool HandshakeGuard::OnTimeout(Instant now) {
  if (now >= giveUpAt_) return false;
  if (attempts_.empty()) return true;
  // Only the flight for the newest ClientHello is repeated: a client that receives a flight for another
  // ClientHello ends its handshake.
  auto& newest = *attempts_.back().association;
  const auto due = newest.NextTimeout();
  if (!due || now < *due) return true;
  if (role_ == Role::kClient && !followedHelloVerifyRequest_ && !signatureVerified_) {
    const bool flightBegan = std::exchange(flightBegan_, false);
    if (opening_.Complete() && !flightBegan) {
      FollowHelloVerifyRequest(now);
      return true;
    }
    opening_.Clear();
  }
  if (newest.OnTimeout(now)) return true;
  attempts_.pop_back();
  return !attempts_.empty();
}

std::optional<ByteView> HandshakeGuard::NextDatagram() {
  for (auto& attempt : attempts_) {
    if (const auto datagram = attempt.association->NextDatagram()) return datagram;
  }
  return std::nullopt;
}

}  // namespace ringcast::dtls
