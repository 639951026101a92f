#include "support/SimPacket.hpp"

#include "ringcast/rtp/Packet.hpp"

namespace ringcast::test {

std::optional<RtpView> RtpView::Parse(ByteView packet) {
  ByteReader reader(packet);
  const auto first = reader.U8();
  const auto second = reader.U8();
  RtpView view;
  view.marker = (second & 0x80) != 0;
  view.payloadType = second & 0x7f;
  view.sequenceNumber = reader.U16();
  view.timestamp = reader.U32();
  view.ssrc = reader.U32();
  reader.Skip(4 * std::size_t{first & 0x0fU});
  if ((first & 0x10) != 0) {
    reader.Skip(2);
    reader.Skip(4 * std::size_t{reader.U16()});
  }
  if (!reader.Ok() || first >> 6 != 2) return std::nullopt;
  const auto padding = (first & 0x20) != 0 ? std::size_t{packet.back()} : 0;
  if (padding > reader.Remaining()) return std::nullopt;
  view.payload = packet.last(reader.Remaining()).first(reader.Remaining() - padding);
  return view;
}

std::optional<SimPacket> SimPacket::Parse(SimCodec codec, const RtpView& rtp) {
  const auto tag = SimTag::Read(rtp.payload);
  if (!tag) return std::nullopt;
  SimPacket packet;
  packet.sequenceNumber = rtp.sequenceNumber;
  packet.timestamp = rtp.timestamp;
  packet.marker = rtp.marker;
  packet.tag = *tag;
  std::size_t descriptorSize = 0;
  if (codec == SimCodec::kVp8) {
    const auto parsed = Vp8Descriptor::Parse(rtp.payload);
    if (!parsed) return std::nullopt;
    packet.vp8 = parsed->descriptor;
    descriptorSize = parsed->size;
  } else if (codec == SimCodec::kVp9) {
    const auto parsed = Vp9Descriptor::Parse(rtp.payload);
    if (!parsed) return std::nullopt;
    packet.vp9 = parsed->descriptor;
    descriptorSize = parsed->size;
  }
  if (rtp.payload.size() != descriptorSize + tag->bodySize) return std::nullopt;
  return packet;
}

}  // namespace ringcast::test
