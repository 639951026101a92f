#include "ringcast/rtp/Packet.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtp {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kCsrcSize = 4;
constexpr std::size_t kExtensionHeaderSize = 4;  // profile and length in words (RFC 3550 section 5.3.1)

constexpr std::uint16_t kOneByteProfile = 0xBEDE;      // RFC 8285 section 4.2
constexpr std::uint16_t kTwoByteProfile = 0x1000;      // RFC 8285 section 4.3
constexpr std::uint16_t kTwoByteProfileMask = 0xFFF0;  // the low four bits are application-defined
constexpr std::uint8_t kStopId = 15;                   // RFC 8285 section 4.2

static_assert(net::PacketBuffer::kCapacity <= 0xFFFF, "offsets are kept in 16 bits");

// Iterates over the elements of an extension block.
class ElementReader {
 public:
  ElementReader(ByteView block, bool oneByte) : block_(block), oneByte_(oneByte) {}

  struct Element {
    std::uint8_t id = 0;
    std::size_t offset = 0;  // offset of the value in the block
    std::size_t length = 0;
  };

  // Returns nullopt at the end of the block, at a malformed element, or at a stop id.
  [[nodiscard]] std::optional<Element> Next() {
    while (at_ < block_.size() && block_[at_] == 0) ++at_;  // padding
    Element element;
    if (at_ >= block_.size()) return std::nullopt;
    if (oneByte_) {
      element.id = block_[at_] >> 4;
      element.length = (block_[at_] & 0x0FU) + 1U;
      element.offset = at_ + 1;
      // Id 0 with a non-zero length ends the processing, as id 15 does (RFC 8285 section 4.2).
      if (element.id == 0 || element.id == kStopId) return std::nullopt;
    } else {
      if (block_.size() - at_ < 2) return std::nullopt;
      element.id = block_[at_];
      element.length = block_[at_ + 1];
      element.offset = at_ + 2;
    }
    if (element.length > block_.size() - element.offset) return std::nullopt;
    at_ = element.offset + element.length;
    return element;
  }

 private:
  ByteView block_;
  bool oneByte_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Packet> Packet::Parse(net::PacketRef buffer) {
  if (!buffer) return std::nullopt;
  const ByteView bytes = buffer.Bytes();
  if (bytes.size() < kFixedHeaderSize || bytes[0] >> 6 != kVersion) return std::nullopt;
  const bool hasPadding = (bytes[0] & 0x20) != 0;
  const bool hasExtension = (bytes[0] & 0x10) != 0;

  Packet packet;
  packet.csrcCount_ = bytes[0] & 0x0F;
  packet.marker_ = (bytes[1] & 0x80) != 0;
  packet.payloadType_ = ringcast::PayloadType(bytes[1] & 0x7F);
  packet.sequenceNumber_ = LoadU16(&bytes[2]);
  packet.timestamp_ = LoadU32(&bytes[4]);
  packet.ssrc_ = Ssrc(LoadU32(&bytes[8]));

  std::size_t header = kFixedHeaderSize + packet.csrcCount_ * kCsrcSize;
  if (header > bytes.size()) return std::nullopt;
  if (hasExtension) {
    if (bytes.size() - header < kExtensionHeaderSize) return std::nullopt;
    const std::size_t size = LoadU16(&bytes[header + 2]) * std::size_t{4};
    packet.extensionProfile_ = LoadU16(&bytes[header]);
    header += kExtensionHeaderSize;
    if (size > bytes.size() - header) return std::nullopt;
    packet.extensionOffset_ = static_cast<std::uint16_t>(header);
    packet.extensionSize_ = static_cast<std::uint16_t>(size);
    header += size;
  }
  if (hasPadding) {
    // The last byte is the number of padding bytes, including itself (RFC 3550 section 5.1), so zero is
    // invalid.
    packet.paddingSize_ = bytes.back();
    if (packet.paddingSize_ == 0 || packet.paddingSize_ > bytes.size() - header) return std::nullopt;
  }
  packet.payloadOffset_ = static_cast<std::uint16_t>(header);
  packet.payloadSize_ = static_cast<std::uint16_t>(bytes.size() - header - packet.paddingSize_);
  packet.buffer_ = std::move(buffer);
  return packet;
}

bool Packet::RestoreFromRtx(Ssrc media, ringcast::PayloadType payloadType) {
  if (payloadSize_ < kOriginalSequenceNumberSize) return false;
  ssrc_ = media;
  payloadType_ = payloadType;
  sequenceNumber_ = LoadU16(Payload().data());
  payloadOffset_ = static_cast<std::uint16_t>(payloadOffset_ + kOriginalSequenceNumberSize);
  payloadSize_ = static_cast<std::uint16_t>(payloadSize_ - kOriginalSequenceNumberSize);
  return true;
}

void Packet::SetPadding(std::uint8_t size) {
  const std::size_t payloadEnd = std::size_t{payloadOffset_} + payloadSize_;
  paddingSize_ = payloadEnd + size > net::PacketBuffer::kCapacity ? std::uint8_t{0} : size;
  buffer_.SetSize(payloadEnd + paddingSize_);
  if (paddingSize_ == 0) return;
  // Zeros, with their number in the last byte (RFC 3550 section 5.1).
  const MutableBytes padding = buffer_.Mutable().subspan(payloadEnd, paddingSize_);
  std::fill(padding.begin(), padding.end(), std::uint8_t{0});
  padding.back() = paddingSize_;
}

void Packet::LocateExtensions(const ExtensionIds& ids) {
  extensions_.fill({});
  found_ = 0;
  if (extensionOffset_ == 0) return;
  const bool oneByte = extensionProfile_ == kOneByteProfile;
  if (!oneByte && (extensionProfile_ & kTwoByteProfileMask) != kTwoByteProfile) return;

  ElementReader reader(buffer_.Bytes().subspan(extensionOffset_, extensionSize_), oneByte);
  while (const auto element = reader.Next()) {
    const auto extension = ids.Find(element->id);
    if (!extension) continue;
    auto& place = extensions_[static_cast<std::size_t>(*extension)];
    if (place.offset != 0) continue;  // an id may occur only once; if repeated, the first one counts
    found_ |= SetOf(*extension);
    place.offset = static_cast<std::uint16_t>(extensionOffset_ + element->offset);
    place.length = static_cast<std::uint16_t>(element->length);
  }
}

}  // namespace ringcast::rtp
