#include "ringcast/sctp/Transfer.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::sctp {

namespace {

// A probe follows when no SACK has come for two round trips, but not sooner (RFC 8985 section 7.2).
constexpr Duration kLeastProbeDelay = Milliseconds(10);

constexpr std::size_t Padded(std::size_t size) { return (size + 3) / 4 * 4; }

}  // namespace

Transfer::Transfer(const Settings& settings, const Peer& peer, std::uint32_t localInitialTsn,
                   SendQueue& queue, Random& random, std::optional<Duration> roundTrip, Instant now)
    : settings_(settings),
      random_(random),
      peer_(peer),
      queue_(queue),
      received_(peer.initialTsn),
      reassembly_(settings.maxReceiveMessageSize),
      outstanding_(localInitialTsn),
      window_(settings.packetSize),
      resets_(localInitialTsn, peer.initialTsn),
      peerWindow_(peer.receiveWindow),
      receiveLimit_(settings.receiveWindow),
      heartbeatDue_(now + kHeartbeatInterval) {
  if (roundTrip) timeout_.Measure(*roundTrip);
}

// --- Received data ---

std::uint32_t Transfer::ReceiveWindow() const {
  const std::size_t held = reassembly_.Held();
  const std::size_t limit = std::min(settings_.receiveWindow, receiveLimit_);
  return static_cast<std::uint32_t>(held < limit ? limit - held : 0);
}

Reassembly::Outcome Transfer::OnData(const ChunkView& chunk, Counters<DropReason>& drops) {
  const auto data = DataChunk::Parse(chunk);
  if (!data) {
    drops.Count(DropReason::kMalformedChunk);
    return Reassembly::Outcome::kViolation;  // RFC 9260 section 6.2: no user data
  }
  dataInPacket_ = true;
  if ((data->flags & kFlagImmediate) != 0) sackNow_ = true;
  const auto tsn = received_.Unwrap(data->tsn);
  if (received_.IsDuplicate(tsn)) {
    drops.Count(DropReason::kDuplicate);
    received_.NoteDuplicate(tsn);
    sackNow_ = true;
    return Reassembly::Outcome::kAccepted;
  }
  // The next TSN is always accepted: it is what a full window waits for.
  const bool next = tsn == received_.Cumulative() + 1;
  if (!received_.HasRoom(tsn) || (!next && ReceiveWindow() < data->payload.size())) {
    drops.Count(DropReason::kWindowFull);
    sackNow_ = true;
    return Reassembly::Outcome::kAccepted;
  }
  received_.Add(tsn);
  const auto outcome = reassembly_.Add(tsn, *data);
  for (auto& message : reassembly_.Take()) events_.emplace_back(std::move(message));
  return outcome;
}

void Transfer::OnPacketEnd(Instant now) {
  if (!std::exchange(dataInPacket_, false)) return;
  ++packetsSinceSack_;
  if (received_.HasGaps() || packetsSinceSack_ >= 2) sackNow_ = true;
  if (!sackNow_ && !sackDue_) sackDue_ = now + kSackDelay;
}

void Transfer::OnForwardTsn(const ChunkView& chunk, Counters<DropReason>& drops) {
  const auto forward = ForwardTsnChunk::Parse(chunk);
  if (!forward || !peer_.forwardTsn) return drops.Count(DropReason::kMalformedChunk);
  const auto tsn = received_.Unwrap(forward->newCumulativeTsn);
  sackNow_ = true;
  if (tsn <= received_.Cumulative()) return;
  if (tsn - received_.Cumulative() > ReceivedTsns::kMaxDistance)
    return drops.Count(DropReason::kMalformedChunk);
  received_.AdvanceTo(tsn);
  reassembly_.Skip(tsn, forward->skipped);
  for (auto& message : reassembly_.Take()) events_.emplace_back(std::move(message));
}

void Transfer::OnReConfig(const ChunkView& chunk) {
  auto received = resets_.Receive(chunk, received_.Cumulative(), queue_);
  if (received.responded) errors_ = 0;
  for (const auto stream : received.wantedByPeer) resets_.Want(stream, queue_);
  if (received.reset.empty() && !received.resetAll) return;
  reassembly_.Reset(received.reset);
  events_.emplace_back(StreamsReset{std::move(received.reset)});
}

// --- Acknowledgements ---

void Transfer::OnSack(const ChunkView& chunk, Counters<DropReason>& drops, Instant now) {
  const auto sack = SackChunk::Parse(chunk);
  if (!sack) return drops.Count(DropReason::kMalformedChunk);
  Apply(*sack, drops, now);
}

void Transfer::OnCumulativeTsn(std::uint32_t tsn, Counters<DropReason>& drops, Instant now) {
  Apply({.cumulativeTsn = tsn,
         .receiveWindow = static_cast<std::uint32_t>(
             std::min<std::size_t>(peerWindow_ + outstanding_.BytesInFlight(), 0xFFFFFFFF))},
        drops, now);
}

void Transfer::Apply(const SackChunk& sack, Counters<DropReason>& drops, Instant now) {
  const bool full = outstanding_.BytesInFlight() + settings_.packetSize > window_.Bytes();
  const auto acked = outstanding_.OnSack(sack, now);
  if (!acked.valid) return drops.Count(DropReason::kLyingSack);
  errors_ = 0;
  if (acked.roundTrip) timeout_.Measure(*acked.roundTrip);
  const auto cumulative = outstanding_.Highest() - static_cast<std::int64_t>(outstanding_.Size());
  if (acked.bytes > 0 && acked.advanced)
    window_.OnAcked(cumulative, acked.bytes, full, outstanding_.BytesInFlight() > 0);
  if (acked.lost) {
    if (!window_.InRecovery()) resendNow_ = true;
    window_.OnLoss(outstanding_.Highest());
  }
  const std::size_t inFlight = outstanding_.BytesInFlight();
  peerWindow_ = sack.receiveWindow > inFlight ? sack.receiveWindow - inFlight : 0;
  Abandon(acked.advanced, now);
  if (acked.bytes > 0) {
    probed_ = false;
    timeout_.OnProgress();
  }
  if (acked.advanced || acked.bytes > 0) {
    retransmitDue_.reset();
    probeDue_.reset();
  }
  if (!outstanding_.Empty()) StartTimers(now);
}

void Transfer::Abandon(bool again, Instant now) {
  if (!peer_.forwardTsn) return;
  const auto messages = outstanding_.AbandonExpired(now);
  for (const auto& fragment : messages) {
    if (queue_.Abandon(fragment.message)) outstanding_.AddAbandonedRest(fragment);
  }
  const bool abandoned = !messages.empty();
  if (abandoned || (again && outstanding_.NeedsForwardTsn())) forwardTsnDue_ = true;
}

// --- Heartbeats ---

void Transfer::OnHeartbeat(const ChunkView& chunk) {
  // The information is returned as it is (RFC 9260 section 8.3).
  if (chunks_.size() >= kMaxChunks || chunk.value.size() + kChunkHeaderSize > settings_.packetSize / 2)
    return;
  std::vector<std::uint8_t> reply(kChunkHeaderSize);
  reply[0] = static_cast<std::uint8_t>(ChunkType::kHeartbeatAck);
  StoreU16(reply.data() + 2, static_cast<std::uint16_t>(kChunkHeaderSize + chunk.value.size()));
  reply.insert(reply.end(), chunk.value.begin(), chunk.value.end());
  reply.resize(Padded(reply.size()));
  chunks_.push_back(std::move(reply));
}

void Transfer::OnHeartbeatAck(const ChunkView& chunk, Instant now) {
  const auto info = ParameterReader(chunk.value).Next();
  if (!info || info->value.size() != 4 || !heartbeatNonce_ || LoadU32(info->value.data()) != *heartbeatNonce_)
    return;
  heartbeatNonce_.reset();
  timeout_.Measure(now - heartbeatSent_);
  errors_ = 0;
}

void Transfer::WriteHeartbeat(PacketWriter& writer, Instant now) {
  if (!sendHeartbeat_ || writer.Remaining() < kChunkHeaderSize + 8) return;
  sendHeartbeat_ = false;
  heartbeatNonce_ = random_.U32();
  heartbeatSent_ = now;
  writer.Begin(ChunkType::kHeartbeat);
  writer.BeginParameter(ParameterType::kHeartbeatInfo);
  writer.U32(*heartbeatNonce_);
  writer.EndParameter();
  writer.End();
}

// --- Writing ---

void Transfer::QueueChunk(ChunkType type) {
  if (chunks_.size() < kMaxChunks)
    chunks_.push_back({static_cast<std::uint8_t>(type), 0, 0, kChunkHeaderSize});
}

void Transfer::WriteChunks(PacketWriter& writer) {
  while (!chunks_.empty() && writer.Remaining() >= chunks_.front().size()) {
    writer.Bytes(chunks_.front());
    chunks_.erase(chunks_.begin());
  }
}

void Transfer::Write(PacketWriter& writer, bool data, Instant now) {
  WriteChunks(writer);
  const bool more = data && (outstanding_.HasLost() || !queue_.Empty());
  if (sackNow_ || (sackDue_ && (now >= *sackDue_ || more))) {
    received_.WriteSack(writer, ReceiveWindow());
    sackNow_ = false;
    packetsSinceSack_ = 0;
    sackDue_.reset();
  }
  if (!data) return;
  Abandon(false, now);
  WriteForwardTsn(writer);
  WriteHeartbeat(writer, now);
  WriteData(writer, now);
  if (peer_.reConfig) resets_.Write(writer, outstanding_.NextTsn() - 1, queue_, now, timeout_.Current());
}

void Transfer::WriteForwardTsn(PacketWriter& writer) {
  constexpr std::size_t kFixed = kChunkHeaderSize + 4;
  if (!forwardTsnDue_ || writer.Remaining() < kFixed + 4) return;
  forwardTsnDue_ = false;
  if (!outstanding_.NeedsForwardTsn()) return;
  const auto forward = outstanding_.MakeForwardTsn((writer.Remaining() - kFixed) / 4);
  writer.Begin(ChunkType::kForwardTsn);
  writer.U32(forward.newCumulativeTsn);
  for (const auto& [stream, ssn] : forward.skipped) {
    writer.U16(stream);
    writer.U16(ssn);
  }
  writer.End();
}

void Transfer::WriteFragment(PacketWriter& writer, std::uint32_t tsn, const Fragment& fragment,
                             bool immediate) {
  writer.Begin(ChunkType::kData,
               static_cast<std::uint8_t>(fragment.flags | (immediate ? kFlagImmediate : 0)));
  writer.U32(tsn);
  writer.U16(fragment.stream);
  writer.U16(fragment.ssn);
  writer.U32(fragment.ppid);
  writer.Bytes(ByteView(*fragment.payload).subspan(fragment.offset, fragment.size));
  writer.End();
}

void Transfer::WriteData(PacketWriter& writer, Instant now) {
  bool sent = false;
  while (outstanding_.HasLost() && (resendNow_ || outstanding_.BytesInFlight() < window_.Bytes())) {
    const auto again = outstanding_.Resend(writer.Remaining(), now);
    if (!again) break;
    WriteFragment(writer, again->tsn, *again->fragment, true);
    sent = true;
  }
  if (sent) resendNow_ = false;
  while (!outstanding_.HasLost() && !queue_.Empty() && outstanding_.BytesInFlight() < window_.Bytes() &&
         outstanding_.Size() < Outstanding::kMaxFragments) {
    if (writer.Remaining() < kDataHeaderSize + 4) break;
    const std::size_t room = (writer.Remaining() - kDataHeaderSize) / 4 * 4;
    const std::size_t next = queue_.NextSize();
    if (next > room && room < kLeastFragment) break;
    // A closed window is probed by one chunk (RFC 9260 section 6.1).
    const bool fits = std::min(next, room) + kDataHeaderSize <= peerWindow_;
    if (!fits && outstanding_.BytesInFlight() > 0) break;
    auto fragment = queue_.Take(room, now);
    if (!fragment) break;
    const std::size_t size = fragment->size + kDataHeaderSize;
    peerWindow_ -= std::min(peerWindow_, size);
    // The last one is acknowledged without delay, so that the sender learns soon that it can forget it.
    const bool last = queue_.Empty() || outstanding_.BytesInFlight() + size >= window_.Bytes();
    const auto copy = *fragment;
    const auto tsn = outstanding_.Send(std::move(*fragment), now);
    WriteFragment(writer, tsn, copy, last);
    sent = true;
  }
  for (const auto stream : queue_.TakeLow()) events_.emplace_back(BufferedAmountLow{stream});
  if (sent || !outstanding_.Empty()) StartTimers(now);
}

// --- Timers ---

void Transfer::StartTimers(Instant now) {
  if (!retransmitDue_) retransmitDue_ = now + timeout_.Current();
  heartbeatDue_ = now + kHeartbeatInterval;
  if (probeDue_ || probed_ || !timeout_.RoundTrip() || outstanding_.BytesInFlight() == 0) return;
  const auto probe = now + std::max(2 * *timeout_.RoundTrip(), kLeastProbeDelay);
  if (probe < *retransmitDue_) probeDue_ = probe;
}

std::optional<Instant> Transfer::NextTimeout() const {
  auto next = Earlier(sackDue_, retransmitDue_);
  next = Earlier(next, probeDue_);
  next = Earlier(next, resets_.NextTimeout());
  return Earlier(next, heartbeatDue_);
}

bool Transfer::OnTimeout(Instant now) {
  if (sackDue_ && now >= *sackDue_) sackNow_ = true;
  if (probeDue_ && now >= *probeDue_) {
    probeDue_.reset();
    probed_ = true;
    if (outstanding_.Probe()) resendNow_ = true;
  }
  if (retransmitDue_ && now >= *retransmitDue_) {
    retransmitDue_.reset();
    probeDue_.reset();
    if (!outstanding_.Empty()) {
      ++errors_;
      timeout_.BackOff();
      window_.OnTimeout();
      outstanding_.OnTimeout();
      resendNow_ = true;
      Abandon(true, now);
      StartTimers(now);
    }
  }
  if (resets_.OnTimeout(now)) {
    ++errors_;
    timeout_.BackOff();
  }
  if (now >= heartbeatDue_) {
    if (heartbeatNonce_) ++errors_;
    sendHeartbeat_ = true;
    heartbeatDue_ = now + kHeartbeatInterval;
  }
  return errors_ <= kMaxRetransmissions;
}

void Transfer::TakeEvents(std::deque<Event>& events) {
  for (auto& event : events_) events.push_back(std::move(event));
  events_.clear();
}

}  // namespace ringcast::sctp
