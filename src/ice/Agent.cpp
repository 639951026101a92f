#include "ringcast/ice/Agent.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"
#include "ringcast/stun/Writer.hpp"

namespace ringcast::ice {
namespace {

struct Error {
  std::uint16_t code = 0;  // 0: the RFCs require no response
  std::string_view reason;
};

Error ErrorOf(Reject reason) {
  switch (reason) {
    case Reject::kNoCredentials:
      return {400, "Bad Request"};
    case Reject::kUnknownUsername:
    case Reject::kWrongIntegrity:
      return {401, "Unauthenticated"};
    case Reject::kUnknownAttributes:
      return {420, "Unknown Attribute"};
    case Reject::kRoleConflict:
      return {487, "Role Conflict"};
    default:
      return {};
  }
}

// Returns why the message is ignored before its credentials are checked, or nullopt.
std::optional<Reject> NotAsked(const stun::Message& message) {
  if (message.Class() == stun::MessageClass::kIndication) return Reject::kIndication;
  if (message.Class() != stun::MessageClass::kRequest) return Reject::kResponse;
  if (message.Method() != stun::kBinding) return Reject::kUnknownMethod;
  if (!message.HasFingerprint()) return Reject::kNoFingerprint;
  return std::nullopt;
}

std::size_t WriteSuccess(const stun::Message& request, const net::Address& remote, stun::IntegrityKey& key,
                         MutableBytes room) {
  stun::Writer writer(room, stun::MessageClass::kSuccess, request.TransactionId());
  writer.XorMappedAddress(remote);
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  return writer.Size();
}

// `key` is nullptr if the sender is not authenticated: RFC 8489 section 9.1.3 leaves such responses without
// MESSAGE-INTEGRITY.
std::size_t WriteError(const stun::Message& request, const Error& error, stun::IntegrityKey* key,
                       MutableBytes room) {
  stun::Writer writer(room, stun::MessageClass::kError, request.TransactionId());
  writer.ErrorCode(error.code, error.reason);
  if (error.code == 420) writer.UnknownAttributes(request.NotUnderstood());
  if (key != nullptr) writer.MessageIntegrity(*key);
  writer.Fingerprint();
  return writer.Size();
}

}  // namespace

std::string_view Name(Reject reason) {
  switch (reason) {
    case Reject::kIndication:
      return "indication";
    case Reject::kResponse:
      return "response";
    case Reject::kUnknownMethod:
      return "unknownMethod";
    case Reject::kNoFingerprint:
      return "noFingerprint";
    case Reject::kNoCredentials:
      return "noCredentials";
    case Reject::kUnknownUsername:
      return "unknownUsername";
    case Reject::kWrongIntegrity:
      return "wrongIntegrity";
    case Reject::kUnknownAttributes:
      return "unknownAttributes";
    case Reject::kRoleConflict:
      return "roleConflict";
    case Reject::kCount:
      break;
  }
  return "unknown";
}

Agent::Agent(Credentials local, Duration consentTimeout)
    : consentTimeout_(consentTimeout), current_(std::move(local)) {}

Agent::Outcome Agent::OnMessage(const stun::Message& message, const Tuple& from, MutableBytes room,
                                Instant now) {
  RC_ASSERT(room.size() >= kMaxAnswer);
  if (const auto reason = NotAsked(message)) return Refuse(message, *reason, nullptr, room);

  // RFC 8489 section 9.1.3: authenticate the sender before processing the attributes.
  const auto username = message.Username();
  if (!username || !message.IntegrityOffset()) {
    return Refuse(message, Reject::kNoCredentials, nullptr, room);
  }
  KeyedCredentials* const credentials = FindCredentials(*username);
  if (credentials == nullptr) return Refuse(message, Reject::kUnknownUsername, nullptr, room);
  if (!credentials->key.Verify(message)) return Refuse(message, Reject::kWrongIntegrity, nullptr, room);
  if (!message.NotUnderstood().empty()) {
    return Refuse(message, Reject::kUnknownAttributes, credentials, room);
  }
  // RFC 8445 section 7.3.1.1 resolves it by tie-breakers; a lite agent stays controlled regardless of them.
  if (message.IceControlled()) return Refuse(message, Reject::kRoleConflict, credentials, room);

  ++accepted_;
  Outcome outcome;
  outcome.authenticated = true;
  outcome.answer = WriteSuccess(message, from.remote, credentials->key, room);
  RC_ASSERT(outcome.answer != 0);
  const Standing before = Current();
  OnUsed(*credentials, outcome.update);
  Accept(message, from, now, outcome.update);
  Compare(before, outcome.update);
  return outcome;
}

Agent::Outcome Agent::Refuse(const stun::Message& message, Reject reason, KeyedCredentials* authenticated,
                             MutableBytes room) {
  rejects_.Count(reason);
  Outcome outcome;
  outcome.reject = reason;
  outcome.authenticated = authenticated != nullptr;
  Error error = ErrorOf(reason);
  if (error.code == 0) return outcome;

  // Never send more than was received, because the source address may be forged. Drop the reason phrase
  // first: it is for humans only (RFC 8489 section 14.8).
  stun::IntegrityKey* const key = authenticated == nullptr ? nullptr : &authenticated->key;
  outcome.answer = WriteError(message, error, key, room);
  if (outcome.answer > message.Bytes().size()) {
    error.reason = {};
    outcome.answer = WriteError(message, error, key, room);
  }
  RC_ASSERT(outcome.answer != 0);
  if (outcome.answer > message.Bytes().size()) outcome.answer = 0;
  return outcome;
}

Agent::KeyedCredentials* Agent::FindCredentials(std::string_view username) {
  const auto ufrag = AskedUfrag(username);
  if (ufrag == current_.credentials.ufrag) return &current_;
  if (old_ && ufrag == old_->credentials.ufrag) return &*old_;
  return nullptr;
}

void Agent::OnUsed(KeyedCredentials& credentials, Update& update) {
  credentials.used = true;
  if (&credentials != &current_ || !old_) return;
  // The peer has restarted as well: its nomination values start again.
  update.retiredUfrag = std::move(old_->credentials.ufrag);
  old_.reset();
  nomination_ = 0;
}

void Agent::Accept(const stun::Message& message, const Tuple& from, Instant now, Update& update) {
  const bool first = entries_.empty();
  const auto known = Find(from);
  const std::size_t index = known ? *known : Add(from, update);
  entries_[index].lastHeard = now;
  wasConnected_ = true;
  if (Nominates(message)) {
    selected_ = index;
    nominated_ = true;
    nomination_ = message.Nomination().value_or(nomination_);
  } else if (first) {
    selected_ = index;
  }
}

// With renomination the highest value wins, regardless of the order of arrival; without it, the last request
// wins.
bool Agent::Nominates(const stun::Message& message) const {
  if (message.Nomination()) return *message.Nomination() > nomination_;
  return message.UseCandidate();
}

Agent::Update Agent::OnTupleGone(const Tuple& tuple) {
  Update update;
  const Standing before = Current();
  if (const auto index = Find(tuple)) Remove(*index, update);
  Compare(before, update);
  return update;
}

std::optional<Instant> Agent::NextTimeout() const {
  if (consentTimeout_ == Duration::zero() || entries_.empty()) return std::nullopt;
  return entries_[selected_].lastHeard + consentTimeout_;
}

Agent::Update Agent::OnTimeout(Instant now) {
  Update update;
  const Standing before = Current();
  const auto deadline = NextTimeout();
  if (!deadline || now < *deadline) return update;
  Remove(selected_, update);
  // The newly selected tuple was heard from most recently: if it has timed out, so have all others.
  if (!entries_.empty() && entries_[selected_].lastHeard + consentTimeout_ <= now) ForgetAll(update);
  Compare(before, update);
  return update;
}

bool Agent::HeardSince(const Tuple& tuple, Instant since) const {
  const auto index = Find(tuple);
  return index && entries_[*index].lastHeard >= since;
}

void Agent::OnAuthenticated(const Tuple& from, Instant now) {
  if (const auto index = Find(from)) entries_[*index].lastHeard = now;
}

void Agent::OnStopped(Duration length, Instant now) {
  for (auto& entry : entries_) entry.lastHeard = std::min(entry.lastHeard + length, now);
}

Agent::Update Agent::Restart(Credentials local) {
  Update update;
  KeyedCredentials next(std::move(local));
  if (old_ && old_->used) {
    // A second restart before the peer followed the first: the peer still uses the older credentials.
    update.retiredUfrag = std::move(current_.credentials.ufrag);
  } else {
    if (old_) update.retiredUfrag = std::move(old_->credentials.ufrag);
    old_ = std::move(current_);
  }
  current_ = std::move(next);
  return update;
}

AgentState Agent::State() const {
  if (!entries_.empty()) return nominated_ ? AgentState::kCompleted : AgentState::kConnected;
  return wasConnected_ ? AgentState::kDisconnected : AgentState::kNew;
}

const Tuple* Agent::Selected() const { return entries_.empty() ? nullptr : &entries_[selected_].tuple; }

std::vector<Tuple> Agent::Tuples() const {
  std::vector<Tuple> tuples;
  for (const auto& entry : entries_) tuples.push_back(entry.tuple);
  return tuples;
}

std::vector<std::string> Agent::Ufrags() const {
  std::vector<std::string> ufrags{current_.credentials.ufrag};
  if (old_) ufrags.push_back(old_->credentials.ufrag);
  return ufrags;
}

// Called for each packet. Nearly all packets come from the selected tuple.
std::optional<std::size_t> Agent::Find(const Tuple& tuple) const {
  if (entries_.empty()) return std::nullopt;
  if (entries_[selected_].tuple == tuple) return selected_;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].tuple == tuple) return i;
  }
  return std::nullopt;
}

std::size_t Agent::Add(const Tuple& tuple, Update& update) {
  if (entries_.size() == kMaxTuples) {
    // Remove the unselected tuple that has been silent the longest.
    std::size_t oldest = selected_ == 0 ? 1 : 0;
    for (std::size_t i = oldest + 1; i < entries_.size(); ++i) {
      if (i != selected_ && entries_[i].lastHeard < entries_[oldest].lastHeard) oldest = i;
    }
    Remove(oldest, update);
  }
  entries_.push_back({tuple, {}});
  return entries_.size() - 1;
}

void Agent::Remove(std::size_t index, Update& update) {
  const bool wasSelected = index == selected_;
  update.forgotten.push_back(entries_[index].tuple);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  if (entries_.empty()) {
    ForgetAll(update);
  } else if (wasSelected) {
    SelectMostRecent();
  } else if (index < selected_) {
    --selected_;
  }
}

void Agent::SelectMostRecent() {
  selected_ = 0;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].lastHeard >= entries_[selected_].lastHeard) selected_ = i;
  }
}

void Agent::ForgetAll(Update& update) {
  const auto all = Tuples();
  update.forgotten.insert(update.forgotten.end(), all.begin(), all.end());
  entries_.clear();
  selected_ = 0;
  nominated_ = false;
  nomination_ = 0;
}

Agent::Standing Agent::Current() const {
  const Tuple* const selected = Selected();
  return {State(), selected == nullptr ? std::nullopt : std::optional(*selected)};
}

void Agent::Compare(const Standing& before, Update& update) const {
  const Standing now = Current();
  update.stateChanged = now.state != before.state;
  update.selectedChanged = now.selected != before.selected;
}

}  // namespace ringcast::ice
