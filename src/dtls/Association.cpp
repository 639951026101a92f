#include "dtls/Association.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/srtp.h>

#include "dtls/HandshakeMessage.hpp"
#include "dtls/X509Text.hpp"

namespace ringcast::dtls {

namespace {

// Periods for OpenSSL's own timer (Outbox explains why): 1 µs, which OpenSSL treats as expired, and more than
// an hour. OpenSSL passes 0 as the previous period of a new flight.
constexpr unsigned kAtOnce = 1;
constexpr unsigned kNever = 4'000'000'000;

// RFC 5764 section 4.2.
constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";

// The records of one datagram, and those received before the Finished, of which OpenSSL keeps 100.
constexpr std::size_t kMaxReads = kMaxQueuedMessages + 100;

Failure FailureOf(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  Failure failure{.detail = openssl::ReasonOf(error)};
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return failure;
  if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    failure.reason = FailureReason::kAlert;
    failure.alert = static_cast<std::uint8_t>(reason - SSL_AD_REASON_OFFSET);
  } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    failure.reason = FailureReason::kNoCertificate;
  } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    failure.reason = FailureReason::kFingerprintMismatch;  // the only check that is made
  }
  return failure;
}

std::optional<SrtpProfile> ProfileOf(SSL* ssl) {
  const SRTP_PROTECTION_PROFILE* const selected = SSL_get_selected_srtp_profile(ssl);
  if (selected == nullptr) return std::nullopt;
  switch (selected->id) {
    case SRTP_AEAD_AES_256_GCM:
      return SrtpProfile::kAeadAes256Gcm;
    case SRTP_AEAD_AES_128_GCM:
      return SrtpProfile::kAeadAes128Gcm;
    case SRTP_AES128_CM_SHA1_80:
      return SrtpProfile::kAesCm128HmacSha1_80;
    case SRTP_AES128_CM_SHA1_32:
      return SrtpProfile::kAesCm128HmacSha1_32;
    default:
      return std::nullopt;
  }
}

SrtpKeys DeriveKeys(SSL* ssl, SrtpProfile profile, Role role) {
  const std::size_t keySize = MasterKeySize(profile);
  const std::size_t saltSize = MasterSaltSize(profile);
  std::array<std::uint8_t, 2 * kMaxMasterSize> material;
  RC_ASSERT(SSL_export_keying_material(ssl, material.data(), 2 * (keySize + saltSize), kExporterLabel.data(),
                                       kExporterLabel.size(), nullptr, 0, 0) == 1);
  // RFC 5764 section 4.2: client's key, server's key, client's salt, server's salt.
  ByteReader reader(material);
  const ByteView clientKey = reader.Bytes(keySize);
  const ByteView serverKey = reader.Bytes(keySize);
  const ByteView clientSalt = reader.Bytes(saltSize);
  const ByteView serverSalt = reader.Bytes(saltSize);
  const SrtpMasterKey client(profile, clientKey, clientSalt);
  const SrtpMasterKey server(profile, serverKey, serverSalt);
  OPENSSL_cleanse(material.data(), material.size());
  return role == Role::kClient ? SrtpKeys{profile, client, server} : SrtpKeys{profile, server, client};
}

}  // namespace

void InstallVerification(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Association::OnCertificate, nullptr);
}

Association::Association(const Context& context, Role role) : ssl_(SSL_new(context.Handle())), role_(role) {
  RC_ASSERT(ssl_ != nullptr);
  RC_ASSERT(SSL_set_app_data(ssl_.get(), this) == 1);
  DTLS_set_timer_cb(ssl_.get(), OnTimer);
  RC_ASSERT(SSL_set_mtu(ssl_.get(), static_cast<long>(kMaxHandshakeDatagram)) ==
            static_cast<long>(kMaxHandshakeDatagram));
  BIO* const bio = MakeDatagramBio(port_).release();
  SSL_set_bio(ssl_.get(), bio, bio);
  if (role == Role::kClient) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

unsigned Association::OnTimer(SSL* ssl, unsigned previous) {
  auto& self = *static_cast<Association*>(SSL_get_app_data(ssl));
  if (previous == 0) {
    self.port_.output.BeginFlight();
    self.flightBegun_ = true;
    return kAtOnce;
  }
  return self.port_.output.BeginRetransmission() ? kAtOnce : kNever;
}

// RFC 8122 section 6.2: a certificate that does not match the announced fingerprint ends the handshake with a
// bad_certificate alert. HandshakeGuard has checked it before; this is the second line of defence.
int Association::OnCertificate(X509_STORE_CTX* store, void* /*argument*/) {
  auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto& self = *static_cast<Association*>(SSL_get_app_data(ssl));
  const X509* const certificate = X509_STORE_CTX_get0_cert(store);
  if (!self.expected_ || !(FingerprintOf(certificate, self.expected_->Algorithm()) == *self.expected_)) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

void Association::SendClientHello(Instant now) {
  Handshake(now);
  transcript_ = JoinMessages(port_.output.Recorded());
  port_.output.EndRecording();
}

void Association::FeedMessage(ByteView message, Instant now) {
  FeedRecord(kHandshakeRecord, message, now);
  if (port_.output.Recorded().empty()) return;
  // The server's flight follows the ClientHello.
  const auto flight = JoinMessages(port_.output.Recorded());
  transcript_.assign(message.begin(), message.end());
  transcript_.insert(transcript_.end(), flight.begin(), flight.end());
  port_.output.EndRecording();
}

void Association::FeedChangeCipherSpec(Instant now) {
  constexpr std::array<std::uint8_t, 1> kBody{1};  // RFC 5246 section 7.1
  FeedRecord(kChangeCipherSpecRecord, kBody, now);
}

void Association::FeedRecord(std::uint8_t type, ByteView body, Instant now) {
  if (phase_ != Phase::kHandshake) return;
  std::vector<std::uint8_t> record(kRecordHeaderSize + body.size());
  ByteWriter writer(record);
  writer.U8(type);
  writer.U16(kDtls12);
  writer.U64(fedRecords_++);  // of epoch 0
  writer.U16(static_cast<std::uint16_t>(body.size()));
  writer.Bytes(body);
  RC_ASSERT(writer.Ok());
  port_.input = record;
  Handshake(now);
  port_.input = {};
}

std::optional<DropReason> Association::Receive(ByteView records, Instant now) {
  if (ssl_ == nullptr) return DropReason::kOver;
  port_.input = records;
  if (phase_ == Phase::kHandshake) Handshake(now);
  std::optional<DropReason> dropped;
  if (phase_ == Phase::kFinished) dropped = Read();
  port_.input = {};
  return dropped;
}

void Association::Handshake(Instant now) {
  const openssl::CleanErrors errors;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    phase_ = Phase::kFinished;
  } else {
    OnError(result);
  }
  UpdateRetransmissionTimer(now);
}

std::optional<DropReason> Association::Read() {
  const openssl::CleanErrors errors;
  std::optional<DropReason> dropped;
  std::array<std::uint8_t, kMaxReceivedDatagram> message;
  for (std::size_t i = 0; i < kMaxReads; ++i) {
    const int size = SSL_read(ssl_.get(), message.data(), static_cast<int>(message.size()));
    if (size <= 0) {
      OnError(size);
      break;
    }
    const auto bytes = ByteView(message).first(static_cast<std::size_t>(size));
    if (!messages_.Push(bytes, kMaxQueuedMessages)) dropped = DropReason::kQueueFull;
  }
  return dropped;
}

void Association::OnError(int result) {
  const int code = SSL_get_error(ssl_.get(), result);
  if (code == SSL_ERROR_WANT_READ) return;
  if (code == SSL_ERROR_ZERO_RETURN) {
    phase_ = Phase::kClosed;
    return;
  }
  phase_ = Phase::kFailed;
  failure_ = FailureOf(ERR_peek_error());
}

// OpenSSL's timer runs until the peer answers the last flight.
void Association::UpdateRetransmissionTimer(Instant now) {
  timeval left{};
  const bool awaitsAnswer = phase_ == Phase::kHandshake && DTLSv1_get_timeout(ssl_.get(), &left) == 1;
  // While OpenSSL reads, it makes the retransmissions itself. This makes those that are still missing.
  while (awaitsAnswer && port_.output.Retransmissions() < kMaxRetransmissions) {
    if (DTLSv1_handle_timeout(ssl_.get()) != 1) break;
  }
  port_.output.EndFlight();
  if (std::exchange(flightBegun_, false)) timer_.Start(now);
  if (awaitsAnswer) return;
  port_.output.ForgetFlight();
  timer_.Stop();
}

bool Association::OnTimeout(Instant now) {
  if (!timer_.Due() || now < *timer_.Due()) return true;
  if (!port_.output.Retransmit()) return false;
  timer_.Backoff(now);
  return true;
}

std::size_t Association::RecordOverhead() const {
  // RFC 5288 section 3: nonce and tag; RFC 7905 section 2: the tag alone. During the handshake the only
  // encrypted record is the Finished, which is longer.
  constexpr std::size_t kGcm = 8 + 16;
  constexpr std::size_t kChaCha20Poly1305 = 16;
  const SSL_CIPHER* const cipher = phase_ == Phase::kFinished ? SSL_get_current_cipher(ssl_.get()) : nullptr;
  const bool chaCha = cipher != nullptr && SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305;
  return chaCha ? kChaCha20Poly1305 : kGcm;
}

bool Association::Send(ByteView message) {
  if (phase_ != Phase::kFinished || message.empty() || message.size() > kMaxMessage) return false;
  if (port_.output.Full()) return false;
  const openssl::CleanErrors errors;
  const int written = SSL_write(ssl_.get(), message.data(), static_cast<int>(message.size()));
  if (written <= 0) {
    OnError(written);
    return false;
  }
  return true;
}

void Association::End() {
  if (ssl_ == nullptr) return;
  const openssl::CleanErrors errors;
  if (phase_ == Phase::kFinished || phase_ == Phase::kClosed) {
    // OpenSSL refuses close_notify during a handshake.
    if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  }
  port_.output.ForgetFlight();
  timer_.Stop();
  session_.reset();
  ssl_.reset();
}

const Session* Association::MakeSession() {
  RC_ASSERT(ssl_ != nullptr && phase_ == Phase::kFinished && !session_);
  const openssl::CleanErrors errors;
  const auto profile = ProfileOf(ssl_.get());
  if (!profile) return nullptr;
  session_.emplace(Session{.srtp = DeriveKeys(ssl_.get(), *profile, role_),
                           .remoteCertificate = PemOf(SSL_get0_peer_certificate(ssl_.get()))});
  return &*session_;
}

}  // namespace ringcast::dtls
