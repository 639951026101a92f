#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "support/RtpBytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::Packet;
using Vector = std::vector<std::uint8_t>;

constexpr std::size_t kPackets = 2;
constexpr Ssrc kMedia(0x01020304);
constexpr PayloadType kPayloadType(100);

// Returns the forwarded packet, with all extensions.
Vector Write(Packet& packet) {
  rtp::ExtensionIds ids;
  for (std::size_t i = 0; i < rtp::kExtensionCount; ++i)
    ids.Set(static_cast<rtp::Extension>(i), static_cast<std::uint8_t>(i + 1));
  packet.LocateExtensions(ids);
  return test::Forwarded(packet, ids);
}

// Returns the packet that `rtx` retransmits, assembled byte by byte (RFC 4588 section 4).
Vector Original(const Packet& rtx, ByteView bytes) {
  const auto header = bytes.first(rtx.HeaderSize());
  const auto payload = rtx.Payload();
  Vector original(header.begin(), header.end());
  original[0] &= 0xDF;  // the padding belongs to the RTX packet
  original[1] = static_cast<std::uint8_t>((original[1] & 0x80) | kPayloadType.Value());
  original[2] = payload[0];
  original[3] = payload[1];
  StoreU32(&original[8], kMedia.Value());
  original.insert(original.end(), payload.begin() + 2, payload.end());
  return original;
}

}  // namespace

void FuzzRtx(std::span<const std::uint8_t> input) {
  net::PacketPool pool(kPackets);
  auto rtx = Packet::Parse(pool.Copy(input, Instant{}));
  if (!rtx) return;
  if (rtx->PayloadSize() < 2) {
    const Vector before = Write(*rtx);
    RC_ASSERT(!rtx->RestoreFromRtx(kMedia, kPayloadType));
    RC_ASSERT(Write(*rtx) == before);
    return;
  }
  auto original = Packet::Parse(pool.Copy(Original(*rtx, input), Instant{}));
  RC_ASSERT(original);
  RC_ASSERT(rtx->RestoreFromRtx(kMedia, kPayloadType));
  RC_ASSERT(rtx->HeaderSize() + rtx->PayloadSize() + rtx->PaddingSize() == input.size());
  RC_ASSERT(Write(*rtx) == Write(*original));
}

}  // namespace ringcast::fuzz
