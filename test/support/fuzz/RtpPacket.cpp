#include <algorithm>
#include <optional>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::Packet;
using rtp::RtpRewrite;

constexpr std::size_t kPackets = 4;  // alive at the same time, below

// Parses the packet in a buffer whose rest is filled with `behind`: the result must not depend on it.
std::optional<Packet> Parse(net::PacketPool& pool, ByteView bytes, std::uint8_t behind) {
  if (bytes.size() > net::PacketBuffer::kCapacity) return std::nullopt;
  net::PacketRef buffer = pool.Acquire();
  const MutableBytes room = buffer.Room();
  std::copy(bytes.begin(), bytes.end(), room.begin());
  std::fill(room.begin() + static_cast<std::ptrdiff_t>(bytes.size()), room.end(), behind);
  buffer.SetSize(bytes.size());
  return Packet::Parse(std::move(buffer));
}

std::vector<std::uint8_t> Write(const Packet& packet) {
  const RtpRewrite rewrite{.ssrc = packet.SenderSsrc(),
                           .timestamp = packet.Timestamp(),
                           .sequenceNumber = packet.SequenceNumber(),
                           .payloadType = packet.PayloadType(),
                           .marker = packet.Marker()};
  std::vector<std::uint8_t> out(SerializedSize(packet, rewrite));
  RC_ASSERT(Serialize(packet, rewrite, {}, MutableBytes(out).first(out.size() - 1)) == 0);
  RC_ASSERT(Serialize(packet, rewrite, {}, out) == out.size());
  return out;
}

bool Equal(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void JudgeKeyFrame(ByteView payload) {
  // A copy of exactly its size, so that the sanitizer detects a read past its end.
  const std::vector<std::uint8_t> alone(payload.begin(), payload.end());
  for (const auto codec :
       {rtp::Codec::kOther, rtp::Codec::kVp8, rtp::Codec::kVp9, rtp::Codec::kH264, rtp::Codec::kAv1}) {
    RC_ASSERT(rtp::CanDetectKeyFrame(codec) || !rtp::IsKeyFrame(codec, alone));
    RC_ASSERT(rtp::IsKeyFrame(codec, alone) == rtp::IsKeyFrame(codec, payload));
  }
}

}  // namespace

void FuzzRtpPacket(std::span<const std::uint8_t> input) {
  static_cast<void>(net::Classify(input));

  net::PacketPool pool(kPackets);
  const auto packet = Parse(pool, input, 0x00);
  const auto other = Parse(pool, input, 0xFF);
  RC_ASSERT(packet.has_value() == other.has_value());
  if (!packet) return;
  const auto protocol = net::Classify(input);
  RC_ASSERT(protocol == net::PacketProtocol::kRtp ||
            protocol == net::PacketProtocol::kRtcp);  // payload types 64 to 95 can be RTP or RTCP

  RC_ASSERT(packet->HeaderSize() + packet->PayloadSize() + packet->PaddingSize() == input.size());
  RC_ASSERT(packet->Payload().data() == packet->Buffer().Data() + packet->HeaderSize());
  JudgeKeyFrame(packet->Payload());

  const auto written = Write(*packet);
  RC_ASSERT(written == Write(*other));
  const auto again = Parse(pool, written, 0x00);
  RC_ASSERT(again);
  RC_ASSERT(again->SenderSsrc() == packet->SenderSsrc());
  RC_ASSERT(again->SequenceNumber() == packet->SequenceNumber());
  RC_ASSERT(again->Timestamp() == packet->Timestamp());
  RC_ASSERT(again->PayloadType() == packet->PayloadType());
  RC_ASSERT(again->Marker() == packet->Marker());
  RC_ASSERT(again->PaddingSize() == 0);
  RC_ASSERT(Equal(again->Payload(), packet->Payload()));
  const std::size_t csrcEnd = rtp::kFixedHeaderSize + packet->CsrcCount() * std::size_t{4};
  RC_ASSERT(again->HeaderSize() == csrcEnd);
  RC_ASSERT(Equal(ByteView(written).subspan(rtp::kFixedHeaderSize, csrcEnd - rtp::kFixedHeaderSize),
                  input.subspan(rtp::kFixedHeaderSize, csrcEnd - rtp::kFixedHeaderSize)));
  RC_ASSERT(Write(*again) == written);
}

}  // namespace ringcast::fuzz
