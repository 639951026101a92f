#include "ringcast/dtls/Connection.hpp"

#include "dtls/Association.hpp"

namespace ringcast::dtls {

namespace {

using Progress = Association::Progress;

}  // namespace

std::string_view Name(State state) {
  switch (state) {
    case State::kNew:
      return "new";
    case State::kConnecting:
      return "connecting";
    case State::kConnected:
      return "connected";
    case State::kFailed:
      return "failed";
    case State::kClosed:
      return "closed";
  }
  return {};
}

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
  Update update = Enter(State::kConnecting);
  if (role == Role::kClient) {
    Begin(role, now);
    association_->SendClientHello();
    const Update settled = Settle(now);
    if (settled.state) update.state = settled.state;
  }
  return update;
}

Result<Update> Connection::SetRemoteFingerprint(const Fingerprint& fingerprint) {
  if (state_ == State::kConnected) {
    if (remoteFingerprint_ == fingerprint) return Update{};
    return GenericError("the DTLS fingerprint of the remote was verified already");
  }
  remoteFingerprint_ = fingerprint;
  if (association_ == nullptr || IsOver()) return Update{};
  association_->Expect(fingerprint);
  return association_->Reached() == Progress::kFinished ? Verify() : Update{};
}

Update Connection::Receive(ByteView datagram, Instant now) {
  if (const auto reason = Refuses(datagram)) return {.dropped = reason};
  Update update;
  if (association_ == nullptr) {
    update = Enter(State::kConnecting);
    Begin(Role::kServer, now);
  }
  const auto dropped = association_->Receive(datagram);
  const Update settled = Settle(now);
  if (settled.state) update.state = settled.state;
  update.dropped = dropped;
  return update;
}

// Decided before OpenSSL sees anything of it.
std::optional<DropReason> Connection::Refuses(ByteView datagram) {
  if (!started_) return DropReason::kNotStarted;
  if (IsOver()) return DropReason::kOver;
  if (datagram.size() > kMaxReceivedDatagram) return DropReason::kTooLong;
  const auto records = ParseRecords(datagram);
  if (!records) return DropReason::kMalformed;
  if (records->clientHello && role_ == Role::kClient) return DropReason::kWrongRole;
  if (association_ == nullptr) {
    if (!records->clientHello) return DropReason::kNotClientHello;
    if (records->encrypted != 0) return DropReason::kEarlyRecord;
  } else {
    const bool finished = association_->Reached() == Progress::kFinished;
    // Anyone can send these. The peer's last flight, repeated, has its Finished in it.
    if (finished && records->encrypted == 0) return DropReason::kPlaintext;
    if (records->encrypted != 0 && records->shortest < association_->RecordOverhead()) {
      return DropReason::kTooShort;
    }
    if (finished) return std::nullopt;
  }
  if (handshakeDatagrams_ >= kMaxHandshakeDatagrams) return DropReason::kHandshakeLimit;
  ++handshakeDatagrams_;
  // Which of them are early OpenSSL does not tell, so all are counted.
  if (earlyRecords_ + records->encrypted > kMaxEarlyRecords) return DropReason::kEarlyRecord;
  earlyRecords_ = static_cast<std::uint16_t>(earlyRecords_ + records->encrypted);
  return std::nullopt;
}

bool Connection::Send(ByteView message) { return state_ == State::kConnected && association_->Send(message); }

Update Connection::Close() {
  if (IsOver()) return {};
  return Enter(State::kClosed);
}

std::optional<Instant> Connection::NextTimeout() const { return Earlier(retransmitAt_, giveUpAt_); }

Update Connection::OnTimeout(Instant now) {
  const bool givesUp = giveUpAt_ && now >= *giveUpAt_;
  const bool retransmits = retransmitAt_ && now >= *retransmitAt_;
  if (!givesUp && !retransmits) return {};
  if (givesUp || !association_->Retransmit()) return Fail({.reason = FailureReason::kTimeout});
  timeout_ *= 2;
  retransmitAt_ = now + timeout_;
  return {};
}

std::optional<ByteView> Connection::NextDatagram() {
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
  association_ = std::make_unique<Association>(*context_, role, remoteFingerprint_);
  giveUpAt_ = now + kHandshakeTimeout;
}

Update Connection::Settle(Instant now) {
  switch (association_->Reached()) {
    case Progress::kHandshake:
      if (association_->TakeFlightBegun()) {
        timeout_ = kInitialTimeout;
        retransmitAt_ = now + timeout_;
      }
      if (!association_->AwaitsAnswer()) retransmitAt_.reset();
      return {};
    case Progress::kFinished:
      retransmitAt_.reset();
      giveUpAt_.reset();
      return state_ == State::kConnecting ? Verify() : Update{};
    case Progress::kClosed:
      return Enter(State::kClosed);
    case Progress::kFailed:
      break;
  }
  return Fail(association_->WhyFailed());
}

Update Connection::Verify() {
  const auto verified = association_->Verified();
  if (!verified) return {};
  if (!*verified) return Fail({.reason = FailureReason::kFingerprintMismatch});
  if (association_->MakeSession() == nullptr) return Fail({.reason = FailureReason::kNoSrtpProfile});
  return Enter(State::kConnected);
}

Update Connection::Fail(const Failure& failure) {
  failure_ = failure;
  return Enter(State::kFailed);
}

Update Connection::Enter(State state) {
  if (state == state_) return {};
  state_ = state;
  if (IsOver()) {
    retransmitAt_.reset();
    giveUpAt_.reset();
    if (association_ != nullptr) association_->End();
  }
  return {.state = state};
}

}  // namespace ringcast::dtls
