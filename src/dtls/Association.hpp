#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dtls/DatagramBio.hpp"
#include "dtls/DatagramQueue.hpp"
#include "dtls/Openssl.hpp"
#include "dtls/RetransmissionTimer.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls {

// Makes OpenSSL request the peer's certificate, require it, and compare it with the association's
// fingerprint.
void InstallVerification(SSL_CTX* context);

// One OpenSSL handshake and the association that it establishes. HandshakeGuard decides which plaintext
// messages OpenSSL gets; OpenSSL authenticates encrypted records itself.
class Association {
 public:
  enum class Phase : std::uint8_t { kHandshake, kFinished, kClosed, kFailed };

  // `role`: kClient or kServer.
  Association(const Context& context, Role role);
  ~Association() = default;
  Association(const Association&) = delete;  // OpenSSL points at it
  Association& operator=(const Association&) = delete;

  // Sets the only fingerprint that is accepted. Call it before the peer's certificate is fed.
  void Expect(const Fingerprint& fingerprint) { expected_ = fingerprint; }

  void SendClientHello(Instant now);
  // Gives OpenSSL a whole handshake message with its header, or the peer's ChangeCipherSpec, in a record of
  // our own. The peer's plaintext records are not authenticated: a forged record number could move the replay
  // window past all genuine records.
  void FeedMessage(ByteView message, Instant now);
  void FeedChangeCipherSpec(Instant now);
  // Encrypted records. Returns the reason if application data in them was dropped.
  std::optional<DropReason> Receive(ByteView records, Instant now);

  [[nodiscard]] bool Send(ByteView message);
  // Sends close_notify if the handshake is finished, and frees everything but the queued datagrams and
  // messages.
  void End();

  // The messages of the handshake from the ClientHello to the end of our first flight, with unfragmented
  // headers; empty after ForgetTranscript().
  [[nodiscard]] ByteView Transcript() const { return transcript_; }
  void ForgetTranscript() { transcript_ = {}; }

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return timer_.Due(); }
  // Retransmits the flight if it is due. Returns false after kMaxRetransmissions.
  [[nodiscard]] bool OnTimeout(Instant now);
  // Makes the retransmission due at once.
  void Expedite(Instant now) { timer_.Expedite(now); }

  // Returns the bytes that the cipher adds to each record. A shorter record cannot be authentic, and OpenSSL
  // 3.0 would end the association for it instead of dropping it.
  [[nodiscard]] std::size_t RecordOverhead() const;

  [[nodiscard]] Phase CurrentPhase() const { return phase_; }
  [[nodiscard]] const Failure& WhyFailed() const { return failure_; }

  // Derives the keys of a finished handshake. Call it once. Returns nullptr if no SRTP profile was
  // negotiated.
  [[nodiscard]] const Session* MakeSession();
  [[nodiscard]] const Session* Negotiated() const { return session_ ? &*session_ : nullptr; }

  [[nodiscard]] std::optional<ByteView> NextDatagram() { return port_.output.Pop(); }
  [[nodiscard]] std::optional<ByteView> NextMessage() { return messages_.Pop(); }

 private:
  friend void InstallVerification(SSL_CTX* context);

  static unsigned OnTimer(SSL* ssl, unsigned previous);
  static int OnCertificate(X509_STORE_CTX* store, void* argument);

  void FeedRecord(std::uint8_t type, ByteView body, Instant now);
  void Handshake(Instant now);
  std::optional<DropReason> Read();
  void OnError(int result);
  void UpdateRetransmissionTimer(Instant now);

  DatagramPort port_;
  DatagramQueue messages_;
  openssl::Ssl ssl_;  // nullptr: ended
  std::optional<Fingerprint> expected_;
  std::optional<Session> session_;
  std::vector<std::uint8_t> transcript_;
  RetransmissionTimer timer_;
  std::uint64_t fedRecords_ = 0;
  Failure failure_;
  Role role_;
  Phase phase_ = Phase::kHandshake;
  bool flightBegun_ = false;
};

}  // namespace ringcast::dtls
