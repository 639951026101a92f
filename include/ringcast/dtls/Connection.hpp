#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Context.hpp"
#include "ringcast/dtls/Fingerprint.hpp"
#include "ringcast/dtls/Records.hpp"
#include "ringcast/dtls/SrtpKeys.hpp"

namespace ringcast::dtls {

// RFC 8842: who begins. kAuto: the peer, if it does so before the role is decided.
enum class Role : std::uint8_t { kAuto, kClient, kServer };

// In the order of the channel's schema.
enum class State : std::uint8_t { kNew, kConnecting, kConnected, kFailed, kClosed };

enum class FailureReason : std::uint8_t {
  kTimeout,              // the peer fell silent in the middle of the handshake
  kAlert,                // the peer gave up
  kNoCertificate,        // the peer has none
  kFingerprintMismatch,  // the peer has another than was announced (RFC 8122 section 6.2)
  kNoSrtpProfile,        // none in common, or none offered
  kProtocol,             // no cipher or version in common, or a message that makes no sense
};
[[nodiscard]] std::string_view Name(FailureReason reason);

struct Failure {
  FailureReason reason = FailureReason::kProtocol;
  std::uint8_t alert = 0;   // kAlert: its description (RFC 5246 section 7.2)
  std::string_view detail;  // what OpenSSL says of it; lives for ever
};

// What a connected association has.
struct Session {
  SrtpKeys srtp;
  std::string remoteCertificate;  // PEM
};

// Datagrams of the handshake are no longer than this: every path carries 1,280 bytes of IPv6 (RFC 8200
// section 5), with 40 of its header, 8 of UDP's and room for a relay's.
inline constexpr std::size_t kMaxHandshakeDatagram = 1200;

// Application data in one record: SCTP's packets (RFC 8261) are no longer, with a record's header, nonce and
// tag they are 1,237 bytes.
inline constexpr std::size_t kMaxMessage = 1200;

// The first retransmission is after this, each further one after twice the time (RFC 6347 section 4.2.4.1,
// which starts at a second for peers it knows nothing of). ICE has just checked the path and media is to
// follow at once: most round trips are below 100 ms, and one repeated flight too many is a single datagram.
inline constexpr Duration kInitialTimeout = Milliseconds(100);

// Then the peer is taken for gone, 25.5 s after the flight: as long as a browser waits for connectivity. More
// than 12 OpenSSL does not do.
inline constexpr std::size_t kMaxRetransmissions = 7;

// From the last ClientHello that began an attempt until the peer's Finished. A flight with all its
// retransmissions fits.
inline constexpr Duration kHandshakeTimeout = Seconds(30);

// Handshakes of a server at the same time, each for a ClientHello of its own: of the peer's, and of three
// that somebody else sent in its name. One takes 80 KB with OpenSSL's buffers.
inline constexpr std::size_t kMaxAttempts = 4;

// An attempt is not given up for a newer ClientHello before this: its flight was sent five times by then
// (after 0, 100, 300, 700 and 1,500 ms), so a peer with a round trip of 500 ms has answered it.
inline constexpr Duration kAttemptGrace = Seconds(2);

// ClientHellos that begin an attempt. OpenSSL spends up to 0.3 ms on one: 0.1 % of a processor.
inline constexpr std::int64_t kAttemptsPerSecond = 4;
inline constexpr std::int64_t kAttemptsBurst = 8;

// Flights with the announced certificate whose signature is verified, against kMaxAttempts transcripts at 0.1
// ms each: 0.4 % of a processor. A peer sends its flight once and repeats it 7 times.
inline constexpr std::int64_t kProofsPerSecond = 10;
inline constexpr std::int64_t kProofsBurst = 20;

// Encrypted records that wait until the peer's flight is complete; a newer one replaces the oldest. It is the
// Finished, out of order, and some data behind it.
inline constexpr std::size_t kMaxEarlyRecords = 8;

// Waiting for NextDatagram: a flight with our certificate is one datagram or a few, and each message of
// application data is one. Past it they are dropped, as the network may do.
inline constexpr std::size_t kMaxQueuedDatagrams = 64;

// Waiting for NextMessage: all that one datagram can hold, in records of a byte.
inline constexpr std::size_t kMaxQueuedMessages = kMaxReceivedDatagram / (kRecordHeaderSize + 1);

struct Update {
  std::optional<State> state;         // changed to this
  std::optional<DropReason> dropped;  // the datagram went no further
};

class Association;
class HandshakeGuard;

// One transport's DTLS association (RFC 6347), for SRTP (RFC 5764) and data channels (RFC 8261). It costs
// next to nothing until a handshake begins. After each call NextDatagram is to be drained, and NextTimeout
// looked at.
//
// The peer is known by the fingerprint of its certificate, its address by what ICE found out. Whoever can
// spoof that address can send plaintext in the peer's name; so until the peer has proved that it holds the
// announced certificate's key, by a signature over what both sides have sent, nothing that arrives is
// definite:
//  - alerts are ignored, and what makes no sense is dropped;
//  - a server keeps up to kMaxAttempts handshakes, one for each ClientHello;
//  - no message of the peer's flight reaches OpenSSL before the whole flight is proved.
// From then on only encrypted records are read. A peer with another certificate, or without a cipher in
// common, is therefore not told so, and `failed` comes with the time limit.
//
// While no fingerprint is set, nothing can be proved and the handshake waits.
class Connection {
 public:
  explicit Connection(const Context& context);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // From here on datagrams are taken; as client, the ClientHello is sent. kAuto may be followed by one of the
  // others. Error: the other role has been taken already.
  [[nodiscard]] Result<Update> Start(Role role, Instant now);

  // Error: another one was proved already.
  [[nodiscard]] Status SetRemoteFingerprint(const Fingerprint& fingerprint);

  Update Receive(ByteView datagram, Instant now);

  // False: not connected, empty or longer than kMaxMessage, or kMaxQueuedDatagrams wait already.
  [[nodiscard]] bool Send(ByteView message);

  // With a close_notify where there is somebody to tell.
  Update Close();

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  Update OnTimeout(Instant now);

  // What to send, what came in: in order, valid until the next call.
  [[nodiscard]] std::optional<ByteView> NextDatagram();
  [[nodiscard]] std::optional<ByteView> NextMessage();

  [[nodiscard]] State CurrentState() const { return state_; }
  [[nodiscard]] Role CurrentRole() const { return role_; }  // kAuto until it is decided
  // What was negotiated; nullptr unless connected.
  [[nodiscard]] const Session* Negotiated() const;
  // Why it failed; nullopt unless failed.
  [[nodiscard]] const std::optional<Failure>& WhyFailed() const { return failure_; }

 private:
  [[nodiscard]] bool IsOver() const { return state_ == State::kFailed || state_ == State::kClosed; }
  void Begin(Role role, Instant now);
  Update ReceiveUnproven(ByteView datagram, bool clientHello, Instant now);
  Update ReceiveProven(ByteView datagram, const Records& records, Instant now);
  [[nodiscard]] Update Settle();
  [[nodiscard]] Update Enter(State state);
  [[nodiscard]] Update Fail(const Failure& failure);

  const Context* context_;
  std::unique_ptr<HandshakeGuard> guard_;     // from the first ClientHello until the peer is proved
  std::unique_ptr<Association> association_;  // of the peer that is proved
  std::optional<Fingerprint> remoteFingerprint_;
  std::optional<Failure> failure_;
  std::optional<Instant> giveUpAt_;  // of association_
  Role role_ = Role::kAuto;
  State state_ = State::kNew;
  bool started_ = false;
};

}  // namespace ringcast::dtls
