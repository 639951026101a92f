#include "ringcast/sctp/Association.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ringcast/base/Assert.hpp"
#include "ringcast/sctp/RetransmissionTimeout.hpp"
#include "ringcast/sctp/Transfer.hpp"

namespace ringcast::sctp {

namespace {

constexpr std::uint8_t Type(ChunkType type) { return static_cast<std::uint8_t>(type); }

std::uint32_t NonZero(Random& random) {
  for (;;) {
    if (const auto value = random.U32(); value != 0) return value;
  }
}

}  // namespace

std::string_view Name(DropReason reason) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(DropReason::kCount)> kNames{
      "malformed",    "wrongPort",   "wrongTag",  "malformedChunk", "unexpected",
      "forgedCookie", "staleCookie", "duplicate", "windowFull",     "lyingSack"};
  return kNames[static_cast<std::size_t>(reason)];
}

Association::Association(const Settings& settings, Random& random)
    : settings_(settings), random_(random), packets_(settings_), queue_(settings.sendLimits) {
  random_.Fill(cookieKey_);
}

Association::~Association() = default;

// --- State ---

Transfer* Association::Current() const {
  if (const auto* echoed = std::get_if<CookieEchoed>(&phase_)) return echoed->transfer.get();
  if (const auto* open = std::get_if<Open>(&phase_)) return open->transfer.get();
  if (const auto* closing = std::get_if<ShutdownAckSent>(&phase_)) return closing->transfer.get();
  return nullptr;
}

State Association::CurrentState() const {
  if (std::holds_alternative<New>(phase_)) return State::kNew;
  if (std::holds_alternative<Open>(phase_)) return State::kConnected;
  if (std::holds_alternative<ShutdownAckSent>(phase_)) return State::kClosed;
  if (const auto* over = std::get_if<Over>(&phase_)) return over->failed ? State::kFailed : State::kClosed;
  return State::kConnecting;
}

const Peer* Association::Negotiated() const {
  const auto* open = std::get_if<Open>(&phase_);
  return open != nullptr ? &open->transfer->Remote() : nullptr;
}

std::size_t Association::Held() const {
  const auto* transfer = Current();
  return queue_.Buffered() + (transfer != nullptr ? transfer->Held() : 0);
}

void Association::LimitReceiveWindow(std::size_t bytes) {
  if (auto* transfer = Current()) transfer->LimitReceiveWindow(bytes);
}

void Association::Enter(Phase phase) {
  const auto before = CurrentState();
  phase_ = std::move(phase);
  if (CurrentState() != before) events_.emplace_back(StateChanged{CurrentState()});
}

void Association::Fail(std::uint16_t cause) {
  if (const auto* transfer = Current()) packets_.AddAbort(transfer->Remote().tag, cause);
  Enter(Over{.failed = true});
}

Duration Association::InitTimeout(unsigned tries) {
  return std::min(RetransmissionTimeout::kInitial * (1 << std::min(tries, 7U)), RetransmissionTimeout::kMost);
}

void Association::Connect(Instant now) {
  if (!std::holds_alternative<New>(phase_) && !std::holds_alternative<Over>(phase_)) return;
  localTag_ = NonZero(random_);
  localInitialTsn_ = random_.U32();
  packets_.AddInit(localTag_, localInitialTsn_);
  Enter(CookieWait{.tries = 0, .due = now + InitTimeout(0)});
}

Association::SendOutcome Association::Send(const OutgoingMessage& message) {
  RC_ASSERT(!message.payload->empty());
  if (!std::holds_alternative<Open>(phase_)) return SendOutcome::kNotConnected;
  return queue_.Push(message) ? SendOutcome::kQueued : SendOutcome::kFull;
}

void Association::ResetStream(std::uint16_t stream) {
  if (const auto* open = std::get_if<Open>(&phase_)) open->transfer->ResetStream(stream);
}

void Association::Abort() {
  const auto* transfer = Current();
  if (transfer != nullptr) packets_.AddAbort(transfer->Remote().tag, kCauseUserAbort);
  Enter(Over{});
}

// --- Packets to send ---

std::optional<ByteView> Association::NextPacket(Instant now) {
  if (packets_.Take(buffer_)) return buffer_;
  auto* transfer = Current();
  if (transfer == nullptr) return std::nullopt;
  PacketWriter writer(buffer_, settings_.packetSize, packets_.HeaderFor(transfer->Remote().tag));
  bool zeroChecksum = settings_.zeroChecksum && transfer->Remote().zeroChecksum;
  if (auto* echoed = std::get_if<CookieEchoed>(&phase_)) {
    if (!std::exchange(echoed->send, false)) return std::nullopt;
    writer.Begin(ChunkType::kCookieEcho);
    writer.Bytes(echoed->cookie);
    writer.End();
    zeroChecksum = false;  // RFC 9653 section 5.2
  } else if (auto* closing = std::get_if<ShutdownAckSent>(&phase_)) {
    if (!std::exchange(closing->send, false)) return std::nullopt;
    writer.Begin(ChunkType::kShutdownAck);
    writer.End();
  } else {
    transfer->Write(writer, true, now);
    transfer->TakeEvents(events_);
  }
  if (writer.Empty()) return std::nullopt;
  return writer.Finish(zeroChecksum);
}

std::optional<Event> Association::NextEvent() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// --- Packets received ---

bool Association::HasValidTag(const ChunkView& first, const CommonHeader& header) const {
  const auto* transfer = Current();
  // RFC 9260 section 8.5.
  if (first.type == Type(ChunkType::kInit)) return header.verificationTag == 0;
  if (first.type == Type(ChunkType::kCookieEcho)) return true;  // compared with the cookie
  const bool reflects =
      first.type == Type(ChunkType::kAbort) || first.type == Type(ChunkType::kShutdownComplete);
  if (reflects && (first.flags & kFlagReflected) != 0)
    return transfer != nullptr && header.verificationTag == transfer->Remote().tag;
  return localTag_ != 0 && header.verificationTag == localTag_;
}

void Association::Receive(ByteView packet, Instant now) {
  auto reader = PacketReader::Parse(packet, settings_.zeroChecksum);
  if (!reader) return drops_.Count(DropReason::kMalformed);
  const auto& header = reader->Header();
  if (header.destinationPort != settings_.localPort || header.sourcePort == 0)
    return drops_.Count(DropReason::kWrongPort);
  if (Current() != nullptr && header.sourcePort != packets_.RemotePort())
    return drops_.Count(DropReason::kWrongPort);
  auto chunk = reader->Next();
  if (!chunk) return drops_.Count(DropReason::kMalformedChunk);
  if (!HasValidTag(*chunk, header)) return drops_.Count(DropReason::kWrongTag);
  if (Current() == nullptr) packets_.SetRemotePort(header.sourcePort);
  // INIT is alone in its packet, and only it has the tag 0 (RFC 9260 section 8.5.1): chunks behind it would
  // be accepted without a tag.
  if (chunk->type == Type(ChunkType::kInit)) return OnInit(*chunk, header, now);
  for (; chunk; chunk = reader->Next()) {
    OnChunk(*chunk, header, now);
    // The first chunk may be a COOKIE ECHO with a tag that only its handler knows, or end the association.
    if (header.verificationTag != localTag_ || Current() == nullptr) break;
  }
  if (auto* transfer = Current()) {
    transfer->OnPacketEnd(now);
    transfer->TakeEvents(events_);
  }
  FinishShutdown(now);
}

void Association::OnChunk(const ChunkView& chunk, const CommonHeader& header, Instant now) {
  switch (static_cast<ChunkType>(chunk.type)) {
    case ChunkType::kInit:
      return drops_.Count(DropReason::kUnexpected);
    case ChunkType::kInitAck:
      return OnInitAck(chunk, now);
    case ChunkType::kCookieEcho:
      return OnCookieEcho(chunk, header, now);
    case ChunkType::kCookieAck:
      if (auto* echoed = std::get_if<CookieEchoed>(&phase_)) Enter(Open{std::move(echoed->transfer)});
      return;
    case ChunkType::kAbort:
      if (Current() != nullptr || std::holds_alternative<CookieWait>(phase_)) Enter(Over{});
      return;
    case ChunkType::kShutdown:
      return OnShutdown(chunk, now);
    case ChunkType::kShutdownAck:
    case ChunkType::kShutdownComplete:
      // We never send SHUTDOWN ourselves, so the former is unexpected.
      if (std::holds_alternative<ShutdownAckSent>(phase_) && chunk.type == Type(ChunkType::kShutdownComplete))
        Enter(Over{});
      return;
    default:
      break;
  }
  auto* transfer = Current();
  if (transfer == nullptr || std::holds_alternative<ShutdownAckSent>(phase_))
    return drops_.Count(DropReason::kUnexpected);
  switch (static_cast<ChunkType>(chunk.type)) {
    case ChunkType::kData: {
      const auto outcome = transfer->OnData(chunk, drops_);
      if (outcome == Reassembly::Outcome::kAccepted) return;
      transfer->TakeEvents(events_);
      return Fail(kCauseProtocolViolation);
    }
    case ChunkType::kSack:
      return transfer->OnSack(chunk, drops_, now);
    case ChunkType::kForwardTsn:
      return transfer->OnForwardTsn(chunk, drops_);
    case ChunkType::kReConfig:
      return transfer->OnReConfig(chunk);
    case ChunkType::kHeartbeat:
      return transfer->OnHeartbeat(chunk);
    case ChunkType::kHeartbeatAck:
      return transfer->OnHeartbeatAck(chunk, now);
    case ChunkType::kError:
      return;  // the peer's opinion changes nothing
    default:
      return drops_.Count(DropReason::kUnexpected);
  }
}

// --- Setup ---

void Association::OnInit(const ChunkView& chunk, const CommonHeader& header, Instant now) {
  const auto init = InitChunk::Parse(chunk);
  if (!init || header.verificationTag != 0) return drops_.Count(DropReason::kMalformedChunk);
  Cookie cookie{.created = now, .peer = PeerOf(*init)};
  if (std::holds_alternative<CookieWait>(phase_) || std::holds_alternative<CookieEchoed>(phase_)) {
    // Both sides have sent INIT (RFC 9260 section 5.2.1): the same tag, so that both handshakes agree.
    cookie.localTag = localTag_;
    cookie.localInitialTsn = localInitialTsn_;
  } else {
    cookie.localTag = NonZero(random_);
    cookie.localInitialTsn = random_.U32();
  }
  packets_.AddInitAck(init->tag, cookie, cookieKey_);
}

void Association::OnInitAck(const ChunkView& chunk, Instant now) {
  const auto* wait = std::get_if<CookieWait>(&phase_);
  if (wait == nullptr) return drops_.Count(DropReason::kUnexpected);
  const auto init = InitChunk::Parse(chunk);
  if (!init) return drops_.Count(DropReason::kMalformedChunk);
  std::optional<ByteView> cookie;
  ParameterReader reader(init->parameters);
  while (const auto parameter = reader.Next()) {
    if (static_cast<ParameterType>(parameter->type) == ParameterType::kStateCookie) cookie = parameter->value;
  }
  // A cookie that does not fit a packet cannot be returned.
  if (!cookie || cookie->size() > settings_.packetSize - kCommonHeaderSize - kChunkHeaderSize - 3)
    return drops_.Count(DropReason::kMalformedChunk);
  // A repeated INIT gives no measurement (Karn's algorithm).
  const auto roundTrip = wait->tries == 0 ? std::optional(now - (wait->due - InitTimeout(0))) : std::nullopt;
  auto transfer =
      std::make_unique<Transfer>(settings_, PeerOf(*init), localInitialTsn_, queue_, random_, roundTrip, now);
  Enter(CookieEchoed{.transfer = std::move(transfer),
                     .cookie = {cookie->begin(), cookie->end()},
                     .tries = 0,
                     .due = now + InitTimeout(0)});
}

void Association::OnCookieEcho(const ChunkView& chunk, const CommonHeader& header, Instant now) {
  const auto opened = Cookie::Open(chunk.value, cookieKey_, now);
  if (!opened.cookie) {
    return drops_.Count(opened.fault == Cookie::Fault::kStale ? DropReason::kStaleCookie
                                                              : DropReason::kForgedCookie);
  }
  const auto& cookie = *opened.cookie;
  if (header.verificationTag != cookie.localTag) return drops_.Count(DropReason::kWrongTag);
  auto* transfer = Current();
  const bool same =
      transfer != nullptr && cookie.localTag == localTag_ && cookie.peer.tag == transfer->Remote().tag;
  if (same) {
    // A repeated COOKIE ECHO, or one that crosses ours (RFC 9260 section 5.2.4, action D).
    if (auto* echoed = std::get_if<CookieEchoed>(&phase_)) Enter(Open{std::move(echoed->transfer)});
  } else {
    // A new association, or the peer has restarted (action A): whatever was in flight is lost.
    localTag_ = cookie.localTag;
    localInitialTsn_ = cookie.localInitialTsn;
    packets_.SetRemotePort(header.sourcePort);
    queue_.Clear();
    Enter(Open{std::make_unique<Transfer>(settings_, cookie.peer, localInitialTsn_, queue_, random_,
                                          now - cookie.created, now)});
  }
  if (auto* open = std::get_if<Open>(&phase_)) open->transfer->QueueChunk(ChunkType::kCookieAck);
}

// --- Shutdown ---

void Association::OnShutdown(const ChunkView& chunk, Instant now) {
  auto* open = std::get_if<Open>(&phase_);
  if (open == nullptr || chunk.value.size() < 4) return drops_.Count(DropReason::kUnexpected);
  open->transfer->OnCumulativeTsn(LoadU32(chunk.value.data()), drops_, now);
  shutdown_ = true;
}

void Association::FinishShutdown(Instant now) {
  auto* open = std::get_if<Open>(&phase_);
  if (open == nullptr || !shutdown_ || !open->transfer->Done()) return;
  shutdown_ = false;
  Enter(ShutdownAckSent{.transfer = std::move(open->transfer), .tries = 0, .due = now + InitTimeout(0)});
}

// --- Timers ---

std::optional<Instant> Association::NextTimeout() const {
  if (const auto* wait = std::get_if<CookieWait>(&phase_)) return wait->due;
  if (const auto* echoed = std::get_if<CookieEchoed>(&phase_)) return echoed->due;
  if (const auto* closing = std::get_if<ShutdownAckSent>(&phase_)) return closing->due;
  if (const auto* open = std::get_if<Open>(&phase_)) return open->transfer->NextTimeout();
  return std::nullopt;
}

void Association::OnTimeout(Instant now) {
  if (auto* wait = std::get_if<CookieWait>(&phase_); wait != nullptr && now >= wait->due) {
    if (++wait->tries > kMaxInitRetransmissions) return Enter(Over{.failed = true});
    wait->due = now + InitTimeout(wait->tries);
    return packets_.AddInit(localTag_, localInitialTsn_);
  }
  if (auto* echoed = std::get_if<CookieEchoed>(&phase_); echoed != nullptr && now >= echoed->due) {
    if (++echoed->tries > kMaxInitRetransmissions) return Enter(Over{.failed = true});
    echoed->due = now + InitTimeout(echoed->tries);
    echoed->send = true;
    return;
  }
  if (auto* closing = std::get_if<ShutdownAckSent>(&phase_); closing != nullptr && now >= closing->due) {
    if (++closing->tries > kMaxInitRetransmissions) return Enter(Over{});
    closing->due = now + InitTimeout(closing->tries);
    closing->send = true;
    return;
  }
  if (auto* open = std::get_if<Open>(&phase_)) {
    if (!open->transfer->OnTimeout(now)) Fail(0);
  }
}

}  // namespace ringcast::sctp
