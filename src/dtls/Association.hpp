#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "dtls/DatagramBio.hpp"
#include "dtls/DatagramQueue.hpp"
#include "dtls/Openssl.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls {

// The peer's certificate is asked for, required, and checked against its association's fingerprint.
void InstallVerification(SSL_CTX* context);

// OpenSSL's part of a connection. It knows no time: who owns it holds the timers.
class Association {
 public:
  enum class Progress : std::uint8_t { kHandshake, kFinished, kClosed, kFailed };

  // `role`: kClient or kServer.
  Association(const Context& context, Role role, const std::optional<Fingerprint>& expected);
  ~Association() = default;
  Association(const Association&) = delete;  // OpenSSL points at it
  Association& operator=(const Association&) = delete;

  void Expect(const Fingerprint& fingerprint);

  void SendClientHello() { Handshake(); }
  // The reason: part of it went no further.
  std::optional<DropReason> Receive(ByteView datagram);
  [[nodiscard]] bool Send(ByteView message);
  // Says so to the peer if it can, and frees all but what waits to be sent or fetched.
  void End();

  // The flight is on its way, and nothing of the next one came yet.
  [[nodiscard]] bool AwaitsAnswer() const { return awaitsAnswer_; }
  // Whether that flight left since this was last asked.
  [[nodiscard]] bool TakeFlightBegun() { return std::exchange(flightBegun_, false); }
  [[nodiscard]] bool Retransmit() { return port_.output.Retransmit(); }

  // What a cipher adds to each record: nothing authentic is shorter. To OpenSSL 3.0 a shorter one is no bad
  // record but an error of its own, which ends the association.
  [[nodiscard]] std::size_t RecordOverhead() const;

  [[nodiscard]] Progress Reached() const { return progress_; }
  [[nodiscard]] const Failure& WhyFailed() const { return failure_; }

  // Once kFinished: whether the peer's certificate is the expected one; nullopt: which is not known yet.
  [[nodiscard]] std::optional<bool> Verified() const { return verified_; }
  // Derives the keys of a verified association; once. Nullptr: no SRTP profile was negotiated.
  [[nodiscard]] const Session* MakeSession();
  [[nodiscard]] const Session* Negotiated() const { return session_ ? &*session_ : nullptr; }

  [[nodiscard]] std::optional<ByteView> NextDatagram() { return port_.output.Pop(); }
  [[nodiscard]] std::optional<ByteView> NextMessage() { return messages_.Pop(); }

 private:
  friend void InstallVerification(SSL_CTX* context);

  static unsigned OnTimer(SSL* ssl, unsigned previous);
  static int OnCertificate(X509_STORE_CTX* store, void* argument);

  void Handshake();
  void Verify();
  std::optional<DropReason> Read();
  void Judge(int result);
  void SettleFlight();

  DatagramPort port_;
  DatagramQueue messages_;
  openssl::Ssl ssl_;  // nullptr: ended
  std::optional<Fingerprint> expected_;
  std::optional<bool> verified_;
  std::optional<Session> session_;
  Failure failure_;
  Role role_;
  Progress progress_ = Progress::kHandshake;
  bool awaitsAnswer_ = false;
  bool flightBegun_ = false;
};

}  // namespace ringcast::dtls
