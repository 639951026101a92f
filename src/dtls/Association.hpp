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

// The peer's certificate is asked for, required, and checked against its association's fingerprint.
void InstallVerification(SSL_CTX* context);

// One handshake of OpenSSL, and the association that comes of it. HandshakeGuard decides which plaintext
// messages it gets; encrypted records it judges itself.
class Association {
 public:
  enum class Progress : std::uint8_t { kHandshake, kFinished, kClosed, kFailed };

  // `role`: kClient or kServer.
  Association(const Context& context, Role role);
  ~Association() = default;
  Association(const Association&) = delete;  // OpenSSL points at it
  Association& operator=(const Association&) = delete;

  // Before the peer's certificate is fed: no other one is accepted.
  void Expect(const Fingerprint& fingerprint) { expected_ = fingerprint; }

  void SendClientHello(Instant now);
  // Gives OpenSSL a whole handshake message, with its header, or the peer's change of ciphers. The records
  // are ours: plaintext records are not authenticated, and with the sender's record numbers a forged one
  // could move the replay window past everything genuine.
  void FeedMessage(ByteView message, Instant now);
  void FeedChangeCipherSpec(Instant now);
  // Encrypted records. Returns the reason if application data in them was dropped.
  std::optional<DropReason> Receive(ByteView records, Instant now);

  [[nodiscard]] bool Send(ByteView message);
  // Says so to the peer if it can, and frees all but what waits to be sent or fetched.
  void End();

  // The messages of the handshake from the ClientHello to the end of our first flight, with unfragmented
  // headers; empty after ForgetTranscript().
  [[nodiscard]] ByteView Transcript() const { return transcript_; }
  void ForgetTranscript() { transcript_ = {}; }

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return timer_.Due(); }
  // Repeats the flight if it is due. Returns false if it was repeated often enough.
  [[nodiscard]] bool OnTimeout(Instant now);
  // The flight is to be repeated at once.
  void Expedite(Instant now) { timer_.Expedite(now); }

  // What a cipher adds to each record: nothing authentic is shorter. To OpenSSL 3.0 a shorter one is no bad
  // record but an error of its own, which ends the association.
  [[nodiscard]] std::size_t RecordOverhead() const;

  [[nodiscard]] Progress Reached() const { return progress_; }
  [[nodiscard]] const Failure& WhyFailed() const { return failure_; }

  // Derives the keys of a finished handshake; once. Nullptr: no SRTP profile was negotiated.
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
  void Judge(int result);
  void SettleFlight(Instant now);

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
  Progress progress_ = Progress::kHandshake;
  bool flightBegun_ = false;
};

}  // namespace ringcast::dtls
