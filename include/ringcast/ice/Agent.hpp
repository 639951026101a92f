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
  kNew,           // nobody was here yet
  kConnected,     // a tuple is selected, without the peer's nomination
  kCompleted,     // the peer nominated one
  kDisconnected,  // the last tuple is gone, or consent to send was not renewed
};

// Why a message was not accepted.
enum class Reject : std::uint8_t {
  kIndication,         // not answered: it asks for nothing
  kResponse,           // not answered: we asked nothing
  kUnknownMethod,      // not answered (RFC 8489 section 6.3)
  kNoFingerprint,      // not answered (RFC 8445 section 7.3, RFC 8489 section 7)
  kNoCredentials,      // 400: no USERNAME or no MESSAGE-INTEGRITY (RFC 8489 section 9.1.3)
  kUnknownUsername,    // 401
  kWrongIntegrity,     // 401
  kUnknownAttributes,  // 420 (RFC 8489 section 6.3.1)
  kRoleConflict,       // 487 (RFC 8445 section 7.3.1.1)
  kCount
};
[[nodiscard]] std::string_view Name(Reject reason);

// ICE-lite (RFC 8445 section 2.5) of one transport: it answers binding requests and remembers who sent them.
// It is always controlled, sends nothing of its own and has one component.
class Agent {
 public:
  // Browsers try each of their interfaces over both protocols and address families, on one port of ours each:
  // 8 are more than stay in use.
  static constexpr std::size_t kMaxTuples = 8;

  // The largest answer: header, ERROR-CODE with a reason, UNKNOWN-ATTRIBUTES of all that a request can have,
  // MESSAGE-INTEGRITY, FINGERPRINT.
  static constexpr std::size_t kMaxAnswer =
      stun::kHeaderSize + (4 + 4 + 20) + (4 + 2 * stun::Message::kMaxAttributes) + (4 + 20) + (4 + 4);

  // `consentTimeout`: zero switches it off.
  Agent(Credentials local, Duration consentTimeout);

  // What the caller has to know of a call.
  struct Update {
    bool stateChanged = false;                // see State
    bool selectedChanged = false;             // see Selected; also when there is none any more
    std::vector<Tuple> forgotten;             // no longer validated
    std::optional<std::string> retiredUfrag;  // nobody is asked for by it any more
  };

  struct Outcome {
    std::size_t answer = 0;  // bytes written into the room, to be sent back; 0: none
    std::optional<Reject> reject;
    // False: whoever sent this has proved nothing, so that an answer, if there is one, has to pass the
    // worker's limit (UnauthenticatedAnswers). It is not larger than what came in.
    bool authenticated = false;
    Update update;
  };

  // `room`: kMaxAnswer bytes or more.
  [[nodiscard]] Outcome OnMessage(const stun::Message& message, const Tuple& from, MutableBytes room,
                                  Instant now);

  // Its connection was closed.
  [[nodiscard]] Update OnTupleGone(const Tuple& tuple);

  // True if the tuple is validated and has not been silent for the consent timeout.
  [[nodiscard]] bool HasConsent(const Tuple& tuple, Instant now) const {
    return consentTimeout_ == Duration::zero() ? IsValidated(tuple)
                                               : HeardSince(tuple, now - consentTimeout_);
  }
  // True if the tuple is validated and a request or authenticated packet came from it since then.
  [[nodiscard]] bool HeardSince(const Tuple& tuple, Instant since) const;

  // A packet that SRTP, SRTCP or DTLS authenticated came from there. Like a request it keeps the tuple alive:
  // some peers (libnice) send no requests after nomination, only indications, which anyone can send (RFC 8445
  // section 11).
  void OnAuthenticated(const Tuple& from, Instant now);

  // Consent (RFC 7675): we send to a tuple only while requests or authenticated packets arrive from it. When
  // the selected tuple falls silent, the most recently heard other tuple is selected, or all are forgotten.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  [[nodiscard]] Update OnTimeout(Instant now);
  // The process did not run for this long: nobody could be heard, so that it counts as nobody's silence.
  void OnStopped(Duration length, Instant now);

  // RFC 8445 section 9: new credentials. Those that the peer used last keep working until it uses the new.
  [[nodiscard]] Update Restart(Credentials local);

  // Whether the peer has proved that it sends from there: else nothing but STUN is taken from it.
  [[nodiscard]] bool IsValidated(const Tuple& tuple) const { return Find(tuple).has_value(); }

  [[nodiscard]] AgentState State() const;
  [[nodiscard]] const Tuple* Selected() const;  // nullptr: none
  [[nodiscard]] std::size_t TupleCount() const { return entries_.size(); }
  [[nodiscard]] std::vector<Tuple> Tuples() const;  // the validated ones
  [[nodiscard]] const Credentials& Local() const { return current_.credentials; }
  // Each that a request may ask for: one, and during a restart the old one.
  [[nodiscard]] std::vector<std::string> Ufrags() const;
  [[nodiscard]] const Counters<Reject>& Rejects() const { return rejects_; }
  [[nodiscard]] std::uint64_t Accepted() const { return accepted_; }

 private:
  struct KeyedCredentials {
    explicit KeyedCredentials(Credentials local) : credentials(std::move(local)), key(credentials.password) {}
    Credentials credentials;
    stun::IntegrityKey key;
    bool used = false;  // by the peer
  };
  struct Entry {
    Tuple tuple;
    Instant lastHeard;  // request or authenticated packet
  };
  // What an update is about.
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
  // All of them validated. While there is one, one is selected.
  std::vector<Entry> entries_;
  std::size_t selected_ = 0;
  bool nominated_ = false;
  bool wasConnected_ = false;
  std::uint32_t nomination_ = 0;  // the highest value; peers begin with 1
  std::uint64_t accepted_ = 0;
  Counters<Reject> rejects_;
};

}  // namespace ringcast::ice
