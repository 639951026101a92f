#include "ringcast/rtc/egress/EgressBatch.hpp"

#include <utility>

namespace ringcast::rtc {

void EgressBatch::Clear() {
  packets_.clear();
  streams_.clear();
  outcomes_.clear();
}

void EgressBatch::BeginStream(StreamId id, bool video, bool retransmissions) {
  const auto first = static_cast<std::uint32_t>(packets_.size());
  streams_.push_back(
      {.id = id, .video = video, .retransmissions = retransmissions, .first = first, .last = first});
}

bool EgressBatch::Push(rtp::PacketCache::Ref packet, const rtp::RtpRewrite& rewrite) {
  if (Full()) return false;
  const auto size = static_cast<std::uint32_t>(rtp::SerializedSize(*packet, rewrite));
  packets_.push_back({.packet = std::move(packet),
                      .rewrite = rewrite,
                      .stream = static_cast<std::uint32_t>(streams_.size() - 1),
                      .size = size});
  ++streams_.back().last;
  return true;
}

void EgressBatch::NoteOutcome(const SentPacket& sent) {
  outcomes_.push_back(sent);
  if (sent.outcome != SendOutcome::kSent) return;
  const auto& packet = *sent.packet;
  Stream& stream = streams_[packet.stream];
  ++stream.sent;
  stream.sentBytes += packet.size;
  if (!packet.rewrite.empty)
    stream.sentPayloadBytes += static_cast<std::uint32_t>(packet.packet->PayloadSize());
  stream.timestamp = packet.rewrite.timestamp;
}

}  // namespace ringcast::rtc
