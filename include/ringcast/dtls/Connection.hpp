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
[[nodiscard]] std::string_view Name(State state);

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

// From the first ClientHello until the peer's Finished. A flight with all its retransmissions fits.
inline constexpr Duration kHandshakeTimeout = Seconds(30);

// Datagrams that a handshake may cost us: the peer's three flights, 5,000 bytes with a post-quantum key share
// and a chain of certificates, may come in fragments of a byte, and some of it twice.
inline constexpr std::size_t kMaxHandshakeDatagrams = 8192;

// Encrypted records before we have the keys for them, that is the peer's Finished out of order, with its
// retransmissions, and some data behind it. OpenSSL keeps each with a buffer of 17 KB: together a megabyte.
inline constexpr std::size_t kMaxEarlyRecords = 64;

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

// One transport's DTLS association (RFC 6347), for SRTP (RFC 5764) and data channels (RFC 8261). It costs
// next to nothing until a handshake begins. After each call NextDatagram is to be drained, and NextTimeout
// looked at.
//
// A path that ICE has validated is assumed, so no cookies are asked for (RFC 6347 section 4.2.1). The peer's
// certificate is known by its fingerprint alone. Where the handshake is over before the fingerprint is set,
// the association stays `connecting`, hands out neither keys nor messages, and waits; nothing else limits
// that wait than its owner.
class Connection {
 public:
  explicit Connection(const Context& context);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // From here on datagrams are taken; as client, the ClientHello is sent. kAuto may be followed by one of the
  // others. Error: the other role has been taken already.
  [[nodiscard]] Result<Update> Start(Role role, Instant now);

  // Error: another one was verified already.
  [[nodiscard]] Result<Update> SetRemoteFingerprint(const Fingerprint& fingerprint);

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
  [[nodiscard]] std::optional<DropReason> Refuses(ByteView datagram);
  void Begin(Role role, Instant now);
  [[nodiscard]] Update Settle(Instant now);
  [[nodiscard]] Update Enter(State state);
  [[nodiscard]] Update Fail(const Failure& failure);
  [[nodiscard]] Update Verify();

  const Context* context_;
  std::unique_ptr<Association> association_;  // from the first ClientHello on
  std::optional<Fingerprint> remoteFingerprint_;
  std::optional<Failure> failure_;
  std::optional<Instant> retransmitAt_;
  std::optional<Instant> giveUpAt_;
  Duration timeout_{};
  std::uint16_t handshakeDatagrams_ = 0;
  std::uint16_t earlyRecords_ = 0;
  Role role_ = Role::kAuto;
  State state_ = State::kNew;
  bool started_ = false;
};

}  // namespace ringcast::dtls
