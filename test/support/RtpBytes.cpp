#include "support/RtpBytes.hpp"

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::test {

namespace {

void AppendU16(std::vector<std::uint8_t>& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void AppendU32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  AppendU16(out, static_cast<std::uint16_t>(value >> 16));
  AppendU16(out, static_cast<std::uint16_t>(value));
}

}  // namespace

std::vector<std::uint8_t> RtpBytes::Write() const {
  std::vector<std::uint8_t> out;
  out.push_back(
      static_cast<std::uint8_t>(0x80 | (padding != 0 ? 0x20 : 0) | (extensions.empty() ? 0 : 0x10)));
  out.push_back(static_cast<std::uint8_t>((marker ? 0x80 : 0) | payloadType));
  AppendU16(out, sequenceNumber);
  AppendU32(out, timestamp);
  AppendU32(out, ssrc);
  if (!extensions.empty()) {
    std::vector<std::uint8_t> block;
    for (const auto& extension : extensions) {
      block.push_back(
          static_cast<std::uint8_t>(std::size_t{extension.id} << 4 | (extension.value.size() - 1)));
      block.insert(block.end(), extension.value.begin(), extension.value.end());
    }
    while (block.size() % 4 != 0) block.push_back(0);
    AppendU16(out, 0xBEDE);
    AppendU16(out, static_cast<std::uint16_t>(block.size() / 4));
    out.insert(out.end(), block.begin(), block.end());
  }
  out.insert(out.end(), payload.begin(), payload.end());
  for (std::uint8_t i = 1; i < padding; ++i) out.push_back(0);
  if (padding != 0) out.push_back(padding);
  return out;
}

std::vector<std::uint8_t> Vp8Payload(bool keyFrame, std::size_t size) {
  std::vector<std::uint8_t> payload(size, 0xAB);
  payload.at(0) = 0x10;  // RFC 7741 section 4.2: S, partition 0
  payload.at(1) =
      static_cast<std::uint8_t>(keyFrame ? 0x00 : 0x01);  // section 4.3: P, inverse key frame flag
  return payload;
}

std::vector<std::uint8_t> OpusPayload(std::size_t size) { return std::vector<std::uint8_t>(size, 0xCD); }

std::vector<std::uint8_t> Bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<std::uint8_t> Forwarded(const rtp::Packet& packet, const rtp::ExtensionIds& ids) {
  const rtp::OutgoingExtensions extensions(ids, "");
  const rtp::RtpRewrite rewrite{.ssrc = packet.SenderSsrc(),
                                .timestamp = packet.Timestamp(),
                                .sequenceNumber = packet.SequenceNumber(),
                                .payloadType = packet.PayloadType(),
                                .marker = packet.Marker(),
                                .extensions = &extensions};
  std::vector<std::uint8_t> out(SerializedSize(packet, rewrite));
  RC_ASSERT(Serialize(packet, rewrite, {}, out) == out.size());
  return out;
}

}  // namespace ringcast::test
