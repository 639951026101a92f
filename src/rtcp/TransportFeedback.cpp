#include "ringcast/rtcp/TransportFeedback.hpp"

#include <algorithm>

#include "rtcp/StatusChunk.hpp"
#include "rtcp/TransportFeedbackBuilder.hpp"

namespace ringcast::rtcp {

namespace {

// Returns the size in bytes of the deltas of the first `count` statuses, or nullopt if one of them is the
// reserved symbol.
std::optional<std::size_t> DeltaBytes(StatusChunk chunk, std::size_t count) {
  if (chunk.IsRun()) {
    const auto symbol = chunk.Symbol(0);
    if (symbol == kReservedSymbol) return std::nullopt;
    return count * DeltaSize(symbol);
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (chunk.Symbol(i) == kReservedSymbol) return std::nullopt;
    bytes += DeltaSize(chunk.Symbol(i));
  }
  return bytes;
}

}  // namespace

std::optional<TransportFeedback> ReadTransportFeedback(Ssrc sender, Ssrc media, ByteView fci) {
  ByteReader reader(fci);
  TransportFeedback feedback{.sender = sender, .media = media, .chunks = {}, .deltas = {}};
  feedback.baseSequenceNumber = reader.U16();
  feedback.statusCount = reader.U16();
  // Sign-extends 24 bits.
  feedback.referenceTime = static_cast<std::int32_t>(reader.U24() << 8) >> 8;
  feedback.feedbackCount = reader.U8();
  if (!reader.Ok() || feedback.statusCount > kMaxFeedbackStatuses) return std::nullopt;

  const ByteView lists = fci.subspan(kFeedbackFixedSize);
  std::size_t deltaBytes = 0;
  std::size_t remaining = feedback.statusCount;
  while (remaining > 0) {
    const StatusChunk chunk(reader.U16());
    if (!reader.Ok()) return std::nullopt;
    const std::size_t covered = std::min(remaining, chunk.Size());
    const auto bytes = DeltaBytes(chunk, covered);
    if (!bytes) return std::nullopt;
    deltaBytes += *bytes;
    remaining -= covered;
  }
  feedback.chunks = lists.first(lists.size() - reader.Remaining());
  feedback.deltas = reader.Bytes(deltaBytes);
  if (!reader.Ok()) return std::nullopt;
  return feedback;
}

std::optional<PacketStatus> PacketStatuses::Next() {
  if (remaining_ == 0) return std::nullopt;
  // A run may have a length of zero. The loop is bounded: each empty run takes two bytes of the message.
  while (position_ >= StatusChunk(chunk_).Size()) {
    chunk_ = chunks_.U16();
    position_ = 0;
    if (!chunks_.Ok()) return std::nullopt;
  }
  const auto symbol = StatusChunk(chunk_).Symbol(position_++);
  --remaining_;
  PacketStatus status{.sequenceNumber = sequenceNumber_++, .received = symbol != kNotReceived};
  if (symbol == kSmallDelta) status.delta = FeedbackTicks(deltas_.U8());
  if (symbol == kLargeDelta) status.delta = FeedbackTicks(static_cast<std::int16_t>(deltas_.U16()));
  return status;
}

}  // namespace ringcast::rtcp
