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

// Stands before OpenSSL until the peer has proved that it holds the key of the announced certificate.
//
// OpenSSL ends a handshake at the first message that it does not like, and DTLS 1.2 has these messages in the
// clear. So they are collected here. A flight reaches OpenSSL when all its messages are there and a signature
// in it proves that the announced certificate's key signed it for this very handshake:
//  - the client's by its CertificateVerify, over all messages before it. Of several attempts it also tells
//  which
//    one the flight belongs to;
//  - the server's by its ServerKeyExchange, over both randoms. ServerHello's other fields,
//    CertificateRequest and ServerHelloDone are not signed. Somebody who reads the path can forge these.
//    Somebody who only spoofs an address cannot forge a ServerHello, for he does not know the server's
//    random, and of the other two those count that come with the signature or behind it.
// After the flight the change of ciphers follows at once, and then nothing counts that is not encrypted.
class HandshakeGuard {
 public:
  // As client it sends a ClientHello.
  HandshakeGuard(const Context& context, Role role, Instant now);

  // The fingerprint that the peer has to prove.
  void Announce(const Fingerprint& fingerprint);

  // A datagram that ParseRecords accepted.
  std::optional<DropReason> Receive(ByteView datagram, Instant now);

  // Returns the handshake of the peer that has proved itself, then nullptr. This object is of no use after
  // that.
  [[nodiscard]] std::unique_ptr<Association> TakeProven() { return std::move(proven_); }

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  // Returns false when time is up.
  [[nodiscard]] bool OnTimeout(Instant now);

  [[nodiscard]] std::optional<ByteView> NextDatagram();

  // The most telling reason why nobody has proved anything yet.
  [[nodiscard]] Failure WhyFailed() const {
    return failure_.value_or(Failure{.reason = FailureReason::kTimeout});
  }

 private:
  struct Attempt {
    std::vector<std::uint8_t> clientHello;  // server: the message; client: empty
    std::unique_ptr<Association> association;
    Instant heardAt;  // when its ClientHello came last
  };

  [[nodiscard]] std::optional<DropReason> OnPlaintext(const RecordView& record, Instant now);
  [[nodiscard]] std::optional<DropReason> OnFragment(const Fragment& fragment, Instant now);
  [[nodiscard]] std::optional<DropReason> OnClientHello(Instant now);
  [[nodiscard]] std::optional<DropReason> MakeRoom(Instant now);
  void OnAlert(ByteView body);
  [[nodiscard]] std::optional<DropReason> OnHelloVerifyRequest();
  void FollowHelloVerifyRequest(Instant now);
  void KeepEarly(ByteView record);
  [[nodiscard]] std::optional<DropReason> TryProof(Instant now);
  [[nodiscard]] std::optional<DropReason> ProveSigned(Instant now);
  [[nodiscard]] std::vector<Attempt>::iterator ProvenAttempt(X509* certificate);
  void Prove(Instant now);
  void ExpectServerFlight(std::uint16_t firstSeq);

  const Context* context_;
  Role role_;
  std::optional<Fingerprint> announced_;
  MessageBuffer opening_;              // ClientHello; for a client HelloVerifyRequest
  std::vector<MessageBuffer> flight_;  // what the peer sends after it, in order
  std::array<std::vector<std::uint8_t>, kMaxEarlyRecords> early_;
  std::size_t nextEarly_ = 0;
  std::vector<Attempt> attempts_;  // in the order in which their ClientHellos came last; a client has one
  std::unique_ptr<Association> proven_;
  std::optional<Failure> failure_;
  TokenBucket attemptBudget_{kAttemptsPerSecond, kAttemptsBurst};
  TokenBucket proofBudget_{kProofsPerSecond, kProofsBurst};
  Instant giveUpAt_;
  std::uint32_t unsignedArrived_ = 0;  // messages of flight_ in the current datagram, a bit each
  bool flightBegan_ = false;           // something of it came since the last ClientHello
  bool flightChanged_ = false;
  bool signedProven_ = false;
  bool followedHelloVerifyRequest_ = false;
};

}  // namespace ringcast::dtls
