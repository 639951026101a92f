#include "ringcast/rtc/egress/EgressBatch.hpp"

#include <algorithm>
#include <cstring>

#include "ringcast/rtc/ConsumerStream.hpp"

namespace ringcast::rtc {

namespace {

static_assert(srtp::UsedIndices::kWindow >= rtp::SentLog::kMaxCapacity &&
                  srtp::UsedIndices::kWindow >= rtp::SequenceRewriter::kWindow,
              "a packet that is sent again, or late, must not be too old to be encrypted");

}  // namespace

void EgressBatch::Clear() {
  entries_.clear();
  streams_.clear();
}

void EgressBatch::BeginStream(ConsumerStream& stream, bool video, bool retransmissions) {
  const auto first = static_cast<std::uint32_t>(entries_.size());
  streams_.push_back(
      {.stream = &stream, .video = video, .retransmissions = retransmissions, .first = first, .last = first});
}

bool EgressBatch::Push(const rtp::Packet& packet, const rtp::RtpRewrite& rewrite) {
  if (Full()) return false;
  entries_.push_back({.packet = &packet,
                      .rewrite = rewrite,
                      .stream = static_cast<std::uint32_t>(streams_.size() - 1),
                      .size = static_cast<std::uint32_t>(rtp::SerializedSize(packet, rewrite))});
  ++streams_.back().last;
  return true;
}

void EgressBatch::CountSent(std::span<const std::uint32_t> run, Sent& sent) {
  for (const auto index : run) {
    const Entry& entry = entries_[index];
    Stream& stream = streams_[entry.stream];
    ++stream.sent;
    stream.sentBytes += entry.size;
    if (!entry.rewrite.empty)
      stream.sentPayloadBytes += static_cast<std::uint32_t>(entry.packet->PayloadSize());
    stream.timestamp = entry.rewrite.timestamp;
    if (!entry.rewrite.padded) continue;
    ++sent.paddedPackets;
    sent.paddingBytes += entry.packet->PaddingSize();
  }
}

// The ciphers read the payload from one place and write it to another, so what is not to be had from the
// shared packet as it is must be made first.
ByteView EgressBatch::BodyOf(const Entry& entry, MutableBytes scratch) {
  if (!entry.rewrite.ChangesBody()) return rtp::Body(*entry.packet, entry.rewrite);
  return scratch.first(rtp::WriteBody(*entry.packet, entry.rewrite, scratch));
}

rtp::SendTimeValues EgressBatch::SendTimeOf(const Entry& entry, Destination& destination,
                                            rtp::SendTimeValues values) const {
  using SendTime = rtp::RtpRewrite::SendTime;
  const auto& rewrite = entry.rewrite;
  if (rewrite.sendTimeUse == SendTime::kGiven) return rewrite.sendTime;
  if (rewrite.extensions != nullptr && rewrite.extensions->HasTransportWideCc())
    values.transportSequenceNumber = destination.nextTransportSequenceNumber++;
  if (rewrite.sendTimeUse == SendTime::kRemembered)
    streams_[entry.stream].stream->NoteSendTime(rewrite.sequenceNumber, values);
  return values;
}

std::optional<srtp::PacketIndex> EgressBatch::ClaimIndex(srtp::RtpEncryptor& encryptor, const Entry& entry) {
  const auto& rewrite = entry.rewrite;
  const bool repeat = rewrite.sendTimeUse == rtp::RtpRewrite::SendTime::kGiven;
  const auto index = repeat ? encryptor.ClaimRepeat(rewrite.ssrc.Value(), rewrite.sequenceNumber)
                            : encryptor.Claim(rewrite.ssrc.Value(), rewrite.sequenceNumber);
  if (!index && !rewrite.retransmission) streams_[entry.stream].stream->ForgetSent(rewrite.sequenceNumber);
  return index;
}

void EgressBatch::SendRun(net::DatagramSink& sink, Destination& destination,
                          std::span<const std::uint32_t> run, const rtp::SendTimeValues& values, Sent& sent) {
  const std::size_t size = sizes_[run.front()];
  // The sum, not count x size: the last packet may be shorter, and the plan bounds the sum alone.
  std::size_t total = 0;
  for (const auto index : run) total += sizes_[index];
  auto slot = sink.Acquire(total);
  if (!slot) {
    sent.notSent += run.size();
    return;
  }
  const MutableBytes room = slot->Room();
  if (bodies_.size() < total) bodies_.resize(total);
  std::size_t offset = 0;
  jobs_.clear();
  leaving_.clear();
  for (const auto index : run) {
    const Entry& entry = entries_[index];
    std::optional<srtp::PacketIndex> srtpIndex;
    if (destination.srtp != nullptr) {
      srtpIndex = ClaimIndex(*destination.srtp, entry);
      if (!srtpIndex) {
        ++sent.indexUsed;
        continue;
      }
    }
    leaving_.push_back(index);
    const MutableBytes out = room.subspan(offset);
    const std::size_t headerSize =
        rtp::SerializeHeader(*entry.packet, entry.rewrite, SendTimeOf(entry, destination, values), out);
    const ByteView body = BodyOf(entry, MutableBytes(bodies_).subspan(offset));
    RC_ASSERT(headerSize + body.size() == entry.size);
    if (srtpIndex) {
      jobs_.push_back({out.data(), headerSize, body, *srtpIndex});
    } else if (!body.empty()) {
      std::memcpy(out.data() + headerSize, body.data(), body.size());
    }
    offset += sizes_[index];
  }
  if (leaving_.empty()) return;
  if (destination.srtp != nullptr && !destination.srtp->Protect(jobs_)) {
    sent.refused += leaving_.size();
    return;
  }
  CountSent(leaving_, sent);
  sent.bytes += offset;
  sink.Send(std::move(*slot), net::Segments{std::min(size, offset), offset}, destination.socket,
            destination.to);
}

EgressBatch::Sent EgressBatch::Send(net::DatagramSink& sink, Destination& destination, Instant now) {
  sizes_.clear();
  for (const auto& entry : entries_)
    sizes_.push_back(entry.size + static_cast<std::uint32_t>(destination.overhead));
  planned_.clear();
  for (const auto& stream : streams_) planned_.push_back({stream.first, stream.last, stream.video});
  plan_.Plan(sizes_, planned_);

  Sent sent;
  const rtp::SendTimeValues values{.absSendTime = rtp::AbsSendTime(now)};
  const std::span<const std::uint32_t> order(plan_.Order());
  for (const auto& run : plan_.Batches())
    SendRun(sink, destination, order.subspan(run.first, run.last - run.first), values, sent);
  for (const auto& stream : streams_) {
    if (stream.sent == 0 || stream.retransmissions) continue;
    stream.stream->OnSent({.timestamp = stream.timestamp,
                           .count = stream.sent,
                           .payloadBytes = stream.sentPayloadBytes,
                           .bytes = stream.sentBytes},
                          now);
  }
  return sent;
}

}  // namespace ringcast::rtc
