#include "ringcast/dtls/Connection.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "dtls/Association.hpp"
#include "dtls/HandshakeGuard.hpp"

namespace ringcast::dtls {

std::string_view Name(FailureReason reason) {
  switch (reason) {
    case FailureReason::kTimeout:
      return "timeout";
    case FailureReason::kAlert:
      return "alert";
    case FailureReason::kNoCertificate:
      return "noCertificate";
    case FailureReason::kFingerprintMismatch:
      return "fingerprintMismatch";
    case FailureReason::kNoSrtpProfile:
      return "noSrtpProfile";
    case FailureReason::kProtocol:
      return "protocol";
    case FailureReason::kCount:
      break;
  }
  return {};
}

Connection::Connection(const Context& context) : context_(&context) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Update> Connection::Start(Role role, Instant now) {
  if (role_ != Role::kAuto && role != Role::kAuto && role != role_)
    return GenericError("the DTLS role is already decided");
  if (std::holds_alternative<NotStarted>(phase_)) phase_ = AwaitingClientHello{};
  if (role == Role::kAuto || role == role_ || IsOver()) return Update{};
  role_ = role;
  if (role == Role::kClient) BeginHandshake(role, now);
  return Update{.state = State::kConnecting};
}

Status Connection::SetRemoteFingerprint(const Fingerprint& fingerprint) {
  if (CurrentAssociation() != nullptr && remoteFingerprint_ != fingerprint)
    return GenericError("the DTLS peer is already verified by another fingerprint");
  remoteFingerprint_ = fingerprint;
  if (auto* unverified = std::get_if<Unverified>(&phase_)) unverified->guard->Announce(fingerprint);
  return OkStatus();
}

Update Connection::Receive(ByteView datagram, Instant now) {
  if (std::holds_alternative<NotStarted>(phase_)) return {.dropped = DropReason::kNotStarted};
  if (IsOver()) return {.dropped = DropReason::kOver};
  if (datagram.size() > kMaxReceivedDatagram) return {.dropped = DropReason::kTooLong};
  const auto records = ParseRecords(datagram);
  if (!records) return {.dropped = DropReason::kMalformed};
  if (records->clientHello && role_ == Role::kClient) return {.dropped = DropReason::kWrongRole};
  if (CurrentAssociation() != nullptr) return ReceiveVerified(datagram, *records, now);
  return ReceiveUnverified(datagram, records->clientHello, now);
}

Update Connection::ReceiveUnverified(ByteView datagram, bool clientHello, Instant now) {
  const auto before = CurrentState();
  if (std::holds_alternative<AwaitingClientHello>(phase_)) {
    if (!clientHello) return {.dropped = DropReason::kNotClientHello};
    BeginHandshake(Role::kServer, now);
  }
  auto& guard = *std::get<Unverified>(phase_).guard;
  const auto dropped = guard.Receive(datagram, now);
  Update update;
  if (auto association = guard.TakeVerified()) {
    phase_ = Verified{std::move(association), now + kHandshakeTimeout};
    update = Advance();
  }
  if (!update.state && CurrentState() != before) update.state = CurrentState();
  update.dropped = dropped;
  return update;
}

Update Connection::ReceiveVerified(ByteView datagram, const Records& records, Instant now) {
  // Plaintext is not authenticated. The peer's last flight, if repeated, contains its encrypted Finished.
  if (records.encrypted == 0) return {.dropped = DropReason::kPlaintext};
  auto& association = *CurrentAssociation();
  const std::size_t overhead = association.RecordOverhead();
  std::optional<DropReason> dropped;
  if (records.encrypted == records.count && records.shortest >= overhead) {
    dropped = association.Receive(datagram, now);
  } else {
    std::array<std::uint8_t, kMaxReceivedDatagram> kept;
    std::size_t size = 0;
    RecordReader reader(datagram);
    while (const auto record = reader.Next()) {
      if (record->epoch == 0) continue;
      if (record->body.size() < overhead) {
        dropped = DropReason::kTooShort;
        continue;
      }
      std::ranges::copy(record->whole, kept.begin() + static_cast<std::ptrdiff_t>(size));
      size += record->whole.size();
    }
    if (size == 0) return {.dropped = dropped};
    if (const auto reason = association.Receive(ByteView(kept).first(size), now)) dropped = reason;
  }
  Update update = Advance();
  update.dropped = dropped;
  return update;
}

bool Connection::Send(ByteView message) {
  auto* connected = std::get_if<Connected>(&phase_);
  return connected != nullptr && connected->association->Send(message);
}

Update Connection::Close() {
  if (IsOver()) return {};
  return End(std::nullopt);
}

std::optional<Instant> Connection::NextTimeout() const {
  if (const auto* unverified = std::get_if<Unverified>(&phase_)) return unverified->guard->NextTimeout();
  if (const auto* verified = std::get_if<Verified>(&phase_))
    return Earlier(verified->association->NextTimeout(), verified->failAt);
  const auto* association = CurrentAssociation();
  return association == nullptr ? std::nullopt : association->NextTimeout();
}

Update Connection::OnTimeout(Instant now) {
  if (auto* unverified = std::get_if<Unverified>(&phase_)) {
    auto& guard = *unverified->guard;
    return guard.OnTimeout(now) ? Update{} : End(guard.WhyFailed());
  }
  auto* association = CurrentAssociation();
  if (association == nullptr || IsOver()) return {};
  const auto* verified = std::get_if<Verified>(&phase_);
  const bool expired = verified != nullptr && now >= verified->failAt;
  if (!expired && association->OnTimeout(now)) return {};
  return End(Failure{.reason = FailureReason::kTimeout});
}

std::optional<ByteView> Connection::NextDatagram() {
  if (auto* unverified = std::get_if<Unverified>(&phase_)) return unverified->guard->NextDatagram();
  auto* association = CurrentAssociation();
  return association == nullptr ? std::nullopt : association->NextDatagram();
}

std::optional<ByteView> Connection::NextMessage() {
  auto* association = CurrentAssociation();
  return association == nullptr ? std::nullopt : association->NextMessage();
}

State Connection::CurrentState() const {
  if (std::holds_alternative<NotStarted>(phase_)) return State::kNew;
  if (std::holds_alternative<AwaitingClientHello>(phase_))
    return role_ == Role::kAuto ? State::kNew : State::kConnecting;
  if (std::holds_alternative<Connected>(phase_)) return State::kConnected;
  if (const auto* over = std::get_if<Over>(&phase_)) return over->failure ? State::kFailed : State::kClosed;
  return State::kConnecting;
}

const Session* Connection::Negotiated() const {
  const auto* connected = std::get_if<Connected>(&phase_);
  return connected == nullptr ? nullptr : connected->association->Negotiated();
}

std::optional<Failure> Connection::WhyFailed() const {
  const auto* over = std::get_if<Over>(&phase_);
  return over == nullptr ? std::nullopt : over->failure;
}

Association* Connection::CurrentAssociation() const {
  if (const auto* verified = std::get_if<Verified>(&phase_)) return verified->association.get();
  if (const auto* connected = std::get_if<Connected>(&phase_)) return connected->association.get();
  if (const auto* over = std::get_if<Over>(&phase_)) return over->association.get();
  return nullptr;
}

void Connection::BeginHandshake(Role role, Instant now) {
  role_ = role;
  auto guard = std::make_unique<HandshakeGuard>(*context_, role, now);
  if (remoteFingerprint_) guard->Announce(*remoteFingerprint_);
  phase_ = Unverified{std::move(guard)};
}

Update Connection::Advance() {
  auto& association = *CurrentAssociation();
  switch (association.CurrentPhase()) {
    case Association::Phase::kHandshake:
      return {};
    case Association::Phase::kFinished: {
      auto* verified = std::get_if<Verified>(&phase_);
      if (verified == nullptr) return {};
      if (association.MakeSession() == nullptr) return End(Failure{.reason = FailureReason::kNoSrtpProfile});
      phase_ = Connected{std::move(verified->association)};
      return {.state = State::kConnected};
    }
    case Association::Phase::kClosed:
      return End(std::nullopt);
    case Association::Phase::kFailed:
      break;
  }
  return End(association.WhyFailed());
}

Update Connection::End(std::optional<Failure> failure) {
  std::unique_ptr<Association> association;
  if (auto* verified = std::get_if<Verified>(&phase_)) association = std::move(verified->association);
  if (auto* connected = std::get_if<Connected>(&phase_)) association = std::move(connected->association);
  if (association != nullptr) association->End();
  phase_ = Over{std::move(association), failure};
  return {.state = CurrentState()};
}

}  // namespace ringcast::dtls
