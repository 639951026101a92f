#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dtls/Association.hpp"
#include "dtls/HandshakeMessage.hpp"
#include "ringcast/base/TokenBucket.hpp"

namespace ringcast::dtls {

// Collects the peer's plaintext handshake messages until they prove that the peer holds the key of the
// announced certificate.
//
// OpenSSL ends a handshake at the first message that it rejects, and DTLS 1.2 sends these messages in
// plaintext. Therefore a flight reaches OpenSSL only when all its messages are there and a signature in it
// proves that the announced certificate's key signed it for this handshake:
//  - a client's flight by its CertificateVerify, which covers all messages before it. With several attempts
//  it
//    also identifies the attempt that the flight belongs to;
//  - a server's flight by its ServerKeyExchange, which covers both randoms. The other fields of ServerHello,
//    CertificateRequest and ServerHelloDone are not signed. An attacker on the path can forge them. An
//    attacker who only spoofs the address cannot forge a ServerHello, because it does not know the server's
//    random; of the other two messages only those count that arrive with the signature or after it.
// The flight is followed by the ChangeCipherSpec at once. From then on only encrypted records are accepted.
class HandshakeGuard {
 public:
  // A client sends its ClientHello.
  HandshakeGuard(const Context& context, Role role, Instant now);

  // Sets the fingerprint of the peer's certificate.
  void Announce(const Fingerprint& fingerprint);

  // `datagram`: accepted by ParseRecords.
  std::optional<DropReason> Receive(ByteView datagram, Instant now);

  // Returns the handshake of the verified peer, once; nullptr: the peer is not verified yet. Destroy this
  // object after that.
  [[nodiscard]] std::unique_ptr<Association> TakeVerified() { return std::move(verified_); }

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  // Returns false when the handshake has timed out.
  [[nodiscard]] bool OnTimeout(Instant now);

  [[nodiscard]] std::optional<ByteView> NextDatagram();

  // Returns the most specific reason why the peer is not verified.
  [[nodiscard]] Failure WhyFailed() const {
    return failure_.value_or(Failure{.reason = FailureReason::kTimeout});
  }

 private:
  struct Attempt {
    std::vector<std::uint8_t> clientHello;  // server: the message; client: empty
    std::unique_ptr<Association> association;
    Instant lastClientHello;
  };

  [[nodiscard]] std::optional<DropReason> OnPlaintext(const RecordView& record, Instant now);
  [[nodiscard]] std::optional<DropReason> OnFragment(const Fragment& fragment, Instant now);
  [[nodiscard]] std::optional<DropReason> OnClientHello(Instant now);
  [[nodiscard]] std::optional<DropReason> MakeRoom(Instant now);
  void OnAlert(ByteView body);
  [[nodiscard]] std::optional<DropReason> OnHelloVerifyRequest();
  void FollowHelloVerifyRequest(Instant now);
  void KeepEarly(ByteView record);
  [[nodiscard]] std::optional<DropReason> TryVerify(Instant now);
  [[nodiscard]] std::optional<DropReason> VerifySignature(Instant now);
  [[nodiscard]] std::vector<Attempt>::iterator FindSignedAttempt(X509* certificate);
  void HandOver(Instant now);
  void ExpectServerFlight(std::uint16_t firstSeq);

  const Context* context_;
  Role role_;
  std::optional<Fingerprint> announced_;
  MessageBuffer opening_;              // ClientHello; for a client HelloVerifyRequest
  std::vector<MessageBuffer> flight_;  // the peer's messages after it, in order
  std::array<std::vector<std::uint8_t>, kMaxEarlyRecords> early_;
  std::size_t nextEarly_ = 0;
  std::vector<Attempt> attempts_;  // ordered by lastClientHello; a client has one
  std::unique_ptr<Association> verified_;
  std::optional<Failure> failure_;
  TokenBucket attemptBudget_{kAttemptsPerSecond, kAttemptsBurst};
  TokenBucket proofBudget_{kProofsPerSecond, kProofsBurst};
  Instant giveUpAt_;
  std::uint32_t unsignedArrived_ = 0;  // bit i: flight_[i] is in the current datagram
  bool flightBegan_ = false;           // a part of it arrived since the last ClientHello
  bool flightChanged_ = false;
  bool signatureVerified_ = false;
  bool followedHelloVerifyRequest_ = false;
};

}  // namespace ringcast::dtls
