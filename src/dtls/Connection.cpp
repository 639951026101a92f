#include "ringcast/dtls/Connection.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dtls/Association.hpp"
#include "dtls/HandshakeGuard.hpp"

namespace ringcast::dtls {

namespace {

using Progress = Association::Progress;

}  // namespace

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
  }
  return {};
}

Connection::Connection(const Context& context) : context_(&context) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Update> Connection::Start(Role role, Instant now) {
  if (role_ != Role::kAuto && role != Role::kAuto && role != role_) {
    return GenericError("the DTLS role is decided already");
  }
  started_ = true;
  if (role == Role::kAuto || role == role_ || IsOver()) return Update{};
  role_ = role;
  if (role == Role::kClient) Begin(role, now);
  return Enter(State::kConnecting);
}

Status Connection::SetRemoteFingerprint(const Fingerprint& fingerprint) {
  if (association_ != nullptr && remoteFingerprint_ != fingerprint) {
    return GenericError("the DTLS fingerprint of the remote was verified already");
  }
  remoteFingerprint_ = fingerprint;
  if (guard_ != nullptr) guard_->Announce(fingerprint);
  return OkStatus();
}

Update Connection::Receive(ByteView datagram, Instant now) {
  if (!started_) return {.dropped = DropReason::kNotStarted};
  if (IsOver()) return {.dropped = DropReason::kOver};
  if (datagram.size() > kMaxReceivedDatagram) return {.dropped = DropReason::kTooLong};
  const auto records = ParseRecords(datagram);
  if (!records) return {.dropped = DropReason::kMalformed};
  if (records->clientHello && role_ == Role::kClient) return {.dropped = DropReason::kWrongRole};
  if (association_ != nullptr) return ReceiveProven(datagram, *records, now);
  return ReceiveUnproven(datagram, records->clientHello, now);
}

Update Connection::ReceiveUnproven(ByteView datagram, bool clientHello, Instant now) {
  Update update;
  if (guard_ == nullptr) {
    if (!clientHello) return {.dropped = DropReason::kNotClientHello};
    Begin(Role::kServer, now);
    update = Enter(State::kConnecting);
  }
  update.dropped = guard_->Receive(datagram, now);
  if (association_ = guard_->TakeProven(); association_ == nullptr) return update;
  giveUpAt_ = now + kHandshakeTimeout;
  guard_.reset();
  if (const auto settled = Settle(); settled.state) update.state = settled.state;
  return update;
}

Update Connection::ReceiveProven(ByteView datagram, const Records& records, Instant now) {
  // Anyone can send plaintext. The peer's last flight, repeated, has its Finished in it.
  if (records.encrypted == 0) return {.dropped = DropReason::kPlaintext};
  const std::size_t overhead = association_->RecordOverhead();
  std::optional<DropReason> dropped;
  if (records.encrypted == records.count && records.shortest >= overhead) {
    dropped = association_->Receive(datagram, now);
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
    if (const auto reason = association_->Receive(ByteView(kept).first(size), now)) dropped = reason;
  }
  Update update = Settle();
  update.dropped = dropped;
  return update;
}

bool Connection::Send(ByteView message) { return state_ == State::kConnected && association_->Send(message); }

Update Connection::Close() {
  if (IsOver()) return {};
  return Enter(State::kClosed);
}

std::optional<Instant> Connection::NextTimeout() const {
  if (guard_ != nullptr) return guard_->NextTimeout();
  if (association_ == nullptr) return std::nullopt;
  return Earlier(association_->NextTimeout(), giveUpAt_);
}

Update Connection::OnTimeout(Instant now) {
  if (guard_ != nullptr) return guard_->OnTimeout(now) ? Update{} : Fail(guard_->WhyFailed());
  if (association_ == nullptr) return {};
  const bool givesUp = giveUpAt_ && now >= *giveUpAt_;
  if (!givesUp && association_->OnTimeout(now)) return {};
  return Fail({.reason = FailureReason::kTimeout});
}

std::optional<ByteView> Connection::NextDatagram() {
  if (guard_ != nullptr) return guard_->NextDatagram();
  return association_ == nullptr ? std::nullopt : association_->NextDatagram();
}

std::optional<ByteView> Connection::NextMessage() {
  return association_ == nullptr ? std::nullopt : association_->NextMessage();
}

const Session* Connection::Negotiated() const {
  return state_ == State::kConnected ? association_->Negotiated() : nullptr;
}

void Connection::Begin(Role role, Instant now) {
  role_ = role;
  guard_ = std::make_unique<HandshakeGuard>(*context_, role, now);
  if (remoteFingerprint_) guard_->Announce(*remoteFingerprint_);
}

Update Connection::Settle() {
  switch (association_->Reached()) {
    case Progress::kHandshake:
      return {};
    case Progress::kFinished:
      if (state_ != State::kConnecting) return {};
      giveUpAt_.reset();
      if (association_->MakeSession() == nullptr) return Fail({.reason = FailureReason::kNoSrtpProfile});
      return Enter(State::kConnected);
    case Progress::kClosed:
      return Enter(State::kClosed);
    case Progress::kFailed:
      break;
  }
  return Fail(association_->WhyFailed());
}

Update Connection::Fail(const Failure& failure) {
  failure_ = failure;
  return Enter(State::kFailed);
}

Update Connection::Enter(State state) {
  if (state == state_) return {};
  state_ = state;
  if (IsOver()) {
    giveUpAt_.reset();
    guard_.reset();
    if (association_ != nullptr) association_->End();
  }
  return {.state = state};
}

}  // namespace ringcast::dtls
