#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Context.hpp"
#include "ringcast/dtls/Fingerprint.hpp"
#include "ringcast/dtls/Records.hpp"
#include "ringcast/dtls/SrtpKeys.hpp"

namespace ringcast::dtls {

// RFC 8842: which side sends the ClientHello. kAuto: not decided; a ClientHello of the peer makes this side
// the server.
enum class Role : std::uint8_t { kAuto, kClient, kServer };

// In the order of the channel's schema.
enum class State : std::uint8_t { kNew, kConnecting, kConnected, kFailed, kClosed };

enum class FailureReason : std::uint8_t {
  kTimeout,              // the peer stopped answering during the handshake
  kAlert,                // the peer sent a fatal alert
  kNoCertificate,        // the peer sent no certificate
  kFingerprintMismatch,  // the certificate does not match the announced fingerprint (RFC 8122 section 6.2)
  kNoSrtpProfile,        // no SRTP profile in common, or none offered
  kProtocol,             // no cipher or version in common, or an invalid message
  kCount
};
[[nodiscard]] std::string_view Name(FailureReason reason);

struct Failure {
  FailureReason reason = FailureReason::kProtocol;
  std::uint8_t alert = 0;   // kAlert: the AlertDescription (RFC 5246 section 7.2)
  std::string_view detail;  // OpenSSL's reason string, a static one
};

// The result of a finished handshake.
struct Session {
  SrtpKeys srtp;
  std::string remoteCertificate;  // PEM
};

// Limit on the size of handshake datagrams. Every path carries 1,280 bytes of IPv6 (RFC 8200 section 5): 40
// of them are the IPv6 header, 8 the UDP header, and the rest leaves room for the header of a relay.
inline constexpr std::size_t kMaxHandshakeDatagram = 1200;

// Limit on the application data of one record. SCTP packets (RFC 8261) are no longer than this; with record
// header, nonce and tag they take 1,237 bytes.
inline constexpr std::size_t kMaxMessage = 1200;

// Time until the first retransmission; it doubles for each further one. RFC 6347 section 4.2.4.1 suggests to
// start at one second. Here ICE has just checked the path, most round trips are below 100 ms, and an unneeded
// retransmission costs one datagram.
inline constexpr Duration kInitialTimeout = Milliseconds(100);

// After these retransmissions, 25.5 s after the flight, the handshake fails: browsers wait for connectivity
// about as long. OpenSSL makes at most 12.
inline constexpr std::size_t kMaxRetransmissions = 7;

// Limit on the time from the last ClientHello that began an attempt to the peer's Finished. It covers a
// flight with all its retransmissions.
inline constexpr Duration kHandshakeTimeout = Seconds(30);

// Limit on a server's parallel handshakes, each for a different ClientHello: the peer's, and three that an
// attacker spoofed. One takes 80 KB with OpenSSL's buffers.
inline constexpr std::size_t kMaxAttempts = 4;

// An attempt younger than this is not replaced by one for a newer ClientHello. By then its flight was sent
// five times (after 0, 100, 300, 700 and 1,500 ms), and a peer with a round trip of 500 ms has answered it.
inline constexpr Duration kAttemptGrace = Seconds(2);

// Rate limit on attempts. OpenSSL spends up to 0.3 ms on a ClientHello: 0.1 % of a CPU.
inline constexpr std::int64_t kAttemptsPerSecond = 4;
inline constexpr std::int64_t kAttemptsBurst = 8;

// Rate limit on signature verifications. Each checks up to kMaxAttempts transcripts at 0.1 ms each: 0.4 % of
// a CPU. A peer sends its flight once and repeats it up to 7 times.
inline constexpr std::int64_t kProofsPerSecond = 10;
inline constexpr std::int64_t kProofsBurst = 20;

// Limit on the encrypted records kept until the peer's flight is complete: a Finished that arrived out of
// order, and some data after it. A newer record replaces the oldest.
inline constexpr std::size_t kMaxEarlyRecords = 8;

// Limit on the datagrams that wait for NextDatagram. A flight takes a few, a message of application data one.
// Further ones are dropped, as the network may do.
inline constexpr std::size_t kMaxQueuedDatagrams = 64;

// Limit on the messages that wait for NextMessage: as many as one datagram can hold, in records of one byte.
inline constexpr std::size_t kMaxQueuedMessages = kMaxReceivedDatagram / (kRecordHeaderSize + 1);

struct Update {
  std::optional<State> state;         // the new state, if it changed
  std::optional<DropReason> dropped;  // why the datagram, or a part of it, was dropped
};

class Association;
class HandshakeGuard;

// The DTLS association of one transport (RFC 6347), for SRTP (RFC 5764) and data channels (RFC 8261). It
// allocates nothing until a handshake begins. After each call, send all of NextDatagram() and re-arm the
// timer for NextTimeout().
//
// The fingerprint of its certificate identifies the peer. ICE validated its address, but an attacker can
// spoof that address and send plaintext records in the peer's name. Therefore, until a signature over the
// handshake proves that the peer holds the announced certificate's key:
//  - alerts are ignored, and invalid messages are dropped;
//  - a server keeps up to kMaxAttempts handshakes, one for each ClientHello;
//  - OpenSSL gets no message of the peer's flight before the whole flight is verified.
// After that only encrypted records are read. A peer with another certificate, or without a cipher in common,
// therefore gets no alert, and the association fails when its time limit expires.
//
// Without a fingerprint nothing can be verified, and the handshake waits for it.
class Connection {
 public:
  explicit Connection(const Context& context);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Starts to accept datagrams; a client sends its ClientHello. May be called with another role after kAuto.
  // Error: the other role is already decided.
  [[nodiscard]] Result<Update> Start(Role role, Instant now);

  // Error: the peer was already verified by another fingerprint.
  [[nodiscard]] Status SetRemoteFingerprint(const Fingerprint& fingerprint);

  Update Receive(ByteView datagram, Instant now);

  // Encrypts application data. Returns false if the association is not connected, the message is empty or
  // longer than kMaxMessage, or kMaxQueuedDatagrams wait.
  [[nodiscard]] bool Send(ByteView message);

  // Sends close_notify if the handshake is finished.
  Update Close();

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  Update OnTimeout(Instant now);

  // Returns the next datagram to send, and the next message received, in order. Valid until the next call.
  [[nodiscard]] std::optional<ByteView> NextDatagram();
  [[nodiscard]] std::optional<ByteView> NextMessage();

  [[nodiscard]] State CurrentState() const;
  [[nodiscard]] Role CurrentRole() const { return role_; }  // kAuto until it is decided
  // Returns the result of the handshake; nullptr unless connected.
  [[nodiscard]] const Session* Negotiated() const;
  // Returns why the association failed; nullopt unless it failed.
  [[nodiscard]] std::optional<Failure> WhyFailed() const;

 private:
  struct NotStarted {};
  struct AwaitingClientHello {};
  // Until the peer has proved its identity.
  struct Unverified {
    std::unique_ptr<HandshakeGuard> guard;
  };
  // The peer's flight is verified; its Finished is missing.
  struct Verified {
    std::unique_ptr<Association> association;
    Instant failAt;
  };
  struct Connected {
    std::unique_ptr<Association> association;
  };
  // Failed or closed. The association, if any, only has its last datagrams to send.
  struct Over {
    std::unique_ptr<Association> association;
    std::optional<Failure> failure;  // nullopt: closed
  };
  using Phase = std::variant<NotStarted, AwaitingClientHello, Unverified, Verified, Connected, Over>;

  [[nodiscard]] Association* CurrentAssociation() const;  // nullptr: none
  [[nodiscard]] bool IsOver() const { return std::holds_alternative<Over>(phase_); }
  void BeginHandshake(Role role, Instant now);
  Update ReceiveUnverified(ByteView datagram, bool clientHello, Instant now);
  Update ReceiveVerified(ByteView datagram, const Records& records, Instant now);
  // Follows the association's own progress.
  [[nodiscard]] Update Advance();
  [[nodiscard]] Update End(std::optional<Failure> failure);

  const Context* context_;
  std::optional<Fingerprint> remoteFingerprint_;
  Role role_ = Role::kAuto;
  Phase phase_;
};

}  // namespace ringcast::dtls
