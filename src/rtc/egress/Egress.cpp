#include "ringcast/rtc/egress/Egress.hpp"

#include <algorithm>
#include <cstring>

#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtc {

namespace {

static_assert(srtp::UsedIndices::kWindow >= rtp::RetransmissionBuffer::kMaxCapacity &&
                  srtp::UsedIndices::kWindow >= rtp::SequenceRewriter::kWindow,
              "a packet that is retransmitted, or late, must not be too old to be encrypted");

// Returns the bytes that follow the header. The ciphers read them from one place and write them to another,
// so a body that differs from the shared packet's is made at `scratch` first.
ByteView BodyOf(const PacketToSend& packet, MutableBytes scratch) {
  if (!packet.rewrite.ChangesBody()) return rtp::Body(*packet.packet, packet.rewrite);
  return scratch.first(rtp::WriteBody(*packet.packet, packet.rewrite, scratch));
}

}  // namespace

void DatagramEgress::StartSrtp(srtp::RtpEncryptor encryptor) {
  overhead_ = static_cast<std::uint32_t>(srtp::RtpOverhead(encryptor.Suite()));
  encryptor_ = std::move(encryptor);
}

rtp::SendTimeValues DatagramEgress::SendTimeOf(const rtp::RtpRewrite& rewrite, std::uint32_t absSendTime) {
  if (rewrite.sendTime) return *rewrite.sendTime;
  rtp::SendTimeValues values{.absSendTime = absSendTime};
  if (rewrite.extensions != nullptr && rewrite.extensions->HasTransportWideCc())
    values.transportSequenceNumber = nextTransportSequenceNumber_++;
  return values;
}

std::optional<srtp::PacketIndex> DatagramEgress::ClaimIndex(const rtp::RtpRewrite& rewrite) {
  const auto ssrc = rewrite.ssrc.Value();
  return rewrite.sendTime ? encryptor_->ClaimRepeat(ssrc, rewrite.sequenceNumber)
                          : encryptor_->Claim(ssrc, rewrite.sequenceNumber);
}

void DatagramEgress::NoteOutcomes(SendOutcome outcome, SendReport& report) {
  for (auto& sent : Queue().SenderScratch().packets) {
    sent.outcome = outcome;
    Queue().NoteOutcome(sent);
    if (outcome != SendOutcome::kSent || !sent.packet->rewrite.padded) continue;
    ++report.paddedPackets;
    report.paddingBytes += sent.packet->packet->PaddingSize();
  }
}

void DatagramEgress::SendGsoBatch(std::span<const std::uint32_t> indices, std::uint32_t absSendTime,
                                  SendReport& report) {
  const auto& packets = Queue().Packets();
  auto& scratch = Queue().SenderScratch();
  const std::size_t size = scratch.sizes[indices.front()];
  // The sum, not count x size: the last packet may be shorter, and the plan bounds the sum alone.
  std::size_t total = 0;
  for (const auto index : indices) total += scratch.sizes[index];
  auto slot = sink_.Acquire(total);
  if (!slot) {
    report.noSlot += indices.size();
    for (const auto index : indices)
      Queue().NoteOutcome({.packet = &packets[index], .outcome = SendOutcome::kNoSlot});
    return;
  }
  const MutableBytes room = slot->Room();
  if (scratch.bodies.size() < total) scratch.bodies.resize(total);
  std::size_t offset = 0;
  scratch.jobs.clear();
  scratch.packets.clear();
  for (const auto index : indices) {
    const PacketToSend& packet = packets[index];
    std::optional<srtp::PacketIndex> srtpIndex;
    if (encryptor_) {
      srtpIndex = ClaimIndex(packet.rewrite);
      if (!srtpIndex) {
        ++report.indexUsed;
        Queue().NoteOutcome({.packet = &packet, .outcome = SendOutcome::kIndexUsed});
        continue;
      }
    }
    const auto sendTime = SendTimeOf(packet.rewrite, absSendTime);
    scratch.packets.push_back({.packet = &packet, .sendTime = sendTime});
    const MutableBytes out = room.subspan(offset);
    const std::size_t headerSize = rtp::SerializeHeader(*packet.packet, packet.rewrite, sendTime, out);
    const ByteView body = BodyOf(packet, MutableBytes(scratch.bodies).subspan(offset));
    RC_ASSERT(headerSize + body.size() == packet.size);
    if (srtpIndex) {
      scratch.jobs.push_back({out.data(), headerSize, body, *srtpIndex});
    } else if (!body.empty()) {
      std::memcpy(out.data() + headerSize, body.data(), body.size());
    }
    offset += scratch.sizes[index];
  }
  if (scratch.packets.empty()) return;
  if (encryptor_ && !encryptor_->Protect(scratch.jobs)) {
    report.encryptionFailed += scratch.packets.size();
    return NoteOutcomes(SendOutcome::kEncryptionFailed, report);
  }
  NoteOutcomes(SendOutcome::kSent, report);
  report.bytes += offset;
  sink_.Send(std::move(*slot), net::Segments{std::min(size, offset), offset}, socket_, to_);
}

SendReport DatagramEgress::Send(Instant now) {
  auto& queue = Queue();
  auto& scratch = queue.SenderScratch();
  scratch.sizes.clear();
  for (const auto& packet : queue.Packets()) scratch.sizes.push_back(packet.size + overhead_);
  scratch.streams.clear();
  for (const auto& stream : queue.Streams())
    scratch.streams.push_back({stream.first, stream.last, stream.video});
  scratch.planner.Plan(scratch.sizes, scratch.streams);

  SendReport report;
  const auto absSendTime = rtp::AbsSendTime(now);
  const std::span<const std::uint32_t> order(scratch.planner.Order());
  for (const auto& batch : scratch.planner.Batches())
    SendGsoBatch(order.subspan(batch.first, batch.last - batch.first), absSendTime, report);
  report.packets = queue.Outcomes();
  return report;
}

}  // namespace ringcast::rtc
