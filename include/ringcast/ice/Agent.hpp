#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/ice/Credentials.hpp"
#include "ringcast/ice/Tuple.hpp"
#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::ice {

enum class AgentState : std::uint8_t {
  kNew,           // no peer has connected yet
  kConnected,     // a tuple is selected, but not nominated by the peer
  kCompleted,     // the peer nominated a tuple
  kDisconnected,  // the last tuple was removed, or consent expired
};

// Why a message was rejected.
enum class Reject : std::uint8_t {
  kIndication,         // no response: indications have none
  kResponse,           // no response: the agent sends no requests
  kUnknownMethod,      // no response (RFC 8489 section 6.3)
  kNoFingerprint,      // no response (RFC 8445 section 7.3, RFC 8489 section 7)
  kNoCredentials,      // 400: no USERNAME or no MESSAGE-INTEGRITY (RFC 8489 section 9.1.3)
  kUnknownUsername,    // 401
  kWrongIntegrity,     // 401
  kUnknownAttributes,  // 420 (RFC 8489 section 6.3.1)
  kRoleConflict,       // 487 (RFC 8445 section 7.3.1.1)
  kCount
};
[[nodiscard]] std::string_view Name(Reject reason);

// ICE-lite agent (RFC 8445 section 2.5) of one transport: it answers binding requests and stores the tuples
// they came from. It is always controlled, sends no checks and has one component.
class Agent {
 public:
  // Browsers check from each of their interfaces, over both protocols and both address families, to one port
  // of ours each. No more than 8 of these tuples remain in use.
  static constexpr std::size_t kMaxTuples = 8;

  // The largest response: header, ERROR-CODE with a reason, UNKNOWN-ATTRIBUTES with all types that a request
  // can have, MESSAGE-INTEGRITY, FINGERPRINT.
  static constexpr std::size_t kMaxAnswer =
      stun::kHeaderSize + (4 + 4 + 20) + (4 + 2 * stun::Message::kMaxAttributes) + (4 + 20) + (4 + 4);

  // `consentTimeout`: zero disables the consent check.
  Agent(Credentials local, Duration consentTimeout);

  // Changes that the caller must handle.
  struct Update {
    bool stateChanged = false;                // see State
    bool selectedChanged = false;             // see Selected; also set when no tuple is selected any more
    std::vector<Tuple> forgotten;             // tuples that are no longer validated
    std::optional<std::string> retiredUfrag;  // no request with this ufrag is accepted any more
  };

  struct Outcome {
    std::size_t answer = 0;  // bytes of the response written into the room; 0: no response
    std::optional<Reject> reject;
    // False: the sender of the message is not authenticated, so a response must pass the worker's limit
    // (UnauthenticatedAnswers). An error response is never larger than the request.
    bool authenticated = false;
    Update update;
  };

  // `room` must have at least kMaxAnswer bytes.
  [[nodiscard]] Outcome OnMessage(const stun::Message& message, const Tuple& from, MutableBytes room,
                                  Instant now);

  // Call when the tuple's TCP connection was closed.
  [[nodiscard]] Update OnTupleGone(const Tuple& tuple);

  // Returns true if the tuple is validated and a request or authenticated packet came from it within the
  // consent timeout. If the consent check is disabled, any validated tuple has consent.
  [[nodiscard]] bool HasConsent(const Tuple& tuple, Instant now) const {
    return consentTimeout_ == Duration::zero() ? IsValidated(tuple)
                                               : HeardSince(tuple, now - consentTimeout_);
  }
  // Returns true if the tuple is validated and a request or authenticated packet came from it at or after
  // `since`.
  [[nodiscard]] bool HeardSince(const Tuple& tuple, Instant since) const;

  // Call when SRTP, SRTCP or DTLS has authenticated a packet from this tuple. Like a request it keeps the
  // tuple alive: some peers (libnice) send no requests after nomination, only indications, which anyone can
  // send (RFC 8445 section 11).
  void OnAuthenticated(const Tuple& from, Instant now);

  // Consent (RFC 7675): the transport sends to a tuple only while requests or authenticated packets arrive
  // from it. When the selected tuple times out, the one that was heard from most recently is selected. If
  // that one has timed out too, all tuples are removed.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  [[nodiscard]] Update OnTimeout(Instant now);
  // Call when the process did not run for `length`. It could not receive during that time, so the time does
  // not count towards a consent timeout.
  void OnStopped(Duration length, Instant now);

  // Restarts ICE with new credentials (RFC 8445 section 9). The credentials that the peer used last remain
  // valid until the peer uses the new ones.
  [[nodiscard]] Update Restart(Credentials local);

  // Returns true if an authenticated request came from the tuple. From other tuples only STUN is accepted.
  [[nodiscard]] bool IsValidated(const Tuple& tuple) const { return Find(tuple).has_value(); }

  [[nodiscard]] AgentState State() const;
  [[nodiscard]] const Tuple* Selected() const;  // nullptr if there is none
  [[nodiscard]] std::size_t TupleCount() const { return entries_.size(); }
  [[nodiscard]] std::vector<Tuple> Tuples() const;  // the validated ones
  [[nodiscard]] const Credentials& Local() const { return current_.credentials; }
  // The ufrags that a request may use: the current one and, during a restart, the old one.
  [[nodiscard]] std::vector<std::string> Ufrags() const;
  [[nodiscard]] const Counters<Reject>& Rejects() const { return rejects_; }
  [[nodiscard]] std::uint64_t Accepted() const { return accepted_; }

 private:
  struct KeyedCredentials {
    explicit KeyedCredentials(Credentials local) : credentials(std::move(local)), key(credentials.password) {}
    Credentials credentials;
    stun::IntegrityKey key;
    bool used = false;  // the peer has used them
  };
  struct Entry {
    Tuple tuple;
    Instant lastHeard;  // time of the last request or authenticated packet
  };
  // State to compare before and after a call, for Update.
  struct Standing {
    AgentState state;
    std::optional<Tuple> selected;
  };

  [[nodiscard]] KeyedCredentials* FindCredentials(std::string_view username);
  [[nodiscard]] Outcome Refuse(const stun::Message& message, Reject reason, KeyedCredentials* authenticated,
                               MutableBytes room);
  void Accept(const stun::Message& message, const Tuple& from, Instant now, Update& update);
  void OnUsed(KeyedCredentials& credentials, Update& update);
  [[nodiscard]] bool Nominates(const stun::Message& message) const;

  [[nodiscard]] std::optional<std::size_t> Find(const Tuple& tuple) const;
  std::size_t Add(const Tuple& tuple, Update& update);
  void Remove(std::size_t index, Update& update);
  void SelectMostRecent();
  void ForgetAll(Update& update);

  [[nodiscard]] Standing Current() const;
  void Compare(const Standing& before, Update& update) const;

  Duration consentTimeout_;
  KeyedCredentials current_;
  std::optional<KeyedCredentials> old_;
  // The validated tuples. If there is at least one, one of them is selected.
  std::vector<Entry> entries_;
  std::size_t selected_ = 0;
  bool nominated_ = false;
  bool wasConnected_ = false;
  std::uint32_t nomination_ = 0;  // highest value so far; peers start with 1
  std::uint64_t accepted_ = 0;
  Counters<Reject> rejects_;
};

}  // namespace ringcast::ice
