#include "ringcast/rtp/Rewrite.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "ringcast/rtp/DependencyDescriptor.hpp"

namespace ringcast::rtp {
namespace {

// The values that are set at send time, serialized.
struct SendTimeBytes {
  explicit SendTimeBytes(const SendTimeValues& values) {
    StoreU24(absSendTime, values.absSendTime);
    StoreU16(transportSequenceNumber, values.transportSequenceNumber);
  }
  std::uint8_t absSendTime[3]{};
  std::uint8_t transportSequenceNumber[2]{};
};

// Placeholder, for computing sizes and offsets.
const SendTimeBytes kNoTimes{SendTimeValues{}};

// The extension block of one outgoing packet. Size() and Write() use the same list of elements, so they
// always agree.
class ExtensionBlock {
 public:
  // `packet`: the packet whose extension values are forwarded.
  ExtensionBlock(const Packet& packet, const ExtensionIds& ids, const std::string& mid,
                 const SendTimeBytes& sendTime, std::uint32_t activeTargets = 0,
                 std::optional<std::uint16_t> minPlayoutDelay = std::nullopt) {
    for (std::size_t i = 0; i < kExtensionCount; ++i) {
      const auto extension = static_cast<Extension>(i);
      const auto id = ids.Id(extension);
      if (!id) continue;
      switch (extension) {
        case Extension::kMid:
          if (!mid.empty()) Add(*id, mid.data(), mid.size());
          break;
        case Extension::kAbsSendTime:
          Add(*id, sendTime.absSendTime, sizeof sendTime.absSendTime);
          break;
        case Extension::kTransportWideCc:
          Add(*id, sendTime.transportSequenceNumber, sizeof sendTime.transportSequenceNumber);
          break;
        case Extension::kDependencyDescriptor:
          AddDescriptor(packet, *id, activeTargets);
          break;
        case Extension::kPlayoutDelay:
          AddPlayoutDelay(packet, *id, minPlayoutDelay);
          break;
        default:
          if (const auto value = packet.ExtensionValue(extension)) Add(*id, value->data(), value->size());
      }
    }
  }

  [[nodiscard]] bool Empty() const { return count_ == 0; }

  // Returns the size including the header of RFC 3550 section 5.3.1, or 0 if there is no element.
  [[nodiscard]] std::size_t Size() const { return Empty() ? 0 : kHeaderSize + WordCount() * 4; }

  // Returns the offset of the value in the block, or 0 if the block does not contain it.
  [[nodiscard]] std::size_t OffsetOf(const void* value) const {
    std::size_t offset = kHeaderSize;
    for (std::size_t i = 0; i < count_; ++i) {
      offset += oneByte_ ? 1U : 2U;
      if (elements_[i].value == value) return offset;
      offset += elements_[i].length;
    }
    return 0;
  }

  // `out` must have Size() bytes.
  void Write(std::uint8_t* out) const {
    StoreU16(out, oneByte_ ? kOneByteProfile : kTwoByteProfile);
    StoreU16(out + 2, static_cast<std::uint16_t>(WordCount()));
    const std::uint8_t* const end = out + Size();
    out += kHeaderSize;
    for (std::size_t i = 0; i < count_; ++i) {
      const Element& element = elements_[i];
      if (oneByte_) {
        *out++ = static_cast<std::uint8_t>((element.id << 4) | (element.length - 1));
      } else {
        *out++ = element.id;
        *out++ = element.length;
      }
      if (element.length != 0) std::memcpy(out, element.value, element.length);
      out += element.length;
    }
    while (out != end) *out++ = 0;
  }

 private:
  static constexpr std::size_t kHeaderSize = 4;
  static constexpr std::uint16_t kOneByteProfile = 0xBEDE;  // RFC 8285 section 4.2
  static constexpr std::uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 section 4.3, application bits zero

  struct Element {
    const void* value;
    std::uint8_t id;
    std::uint8_t length;
  };

  void AddDescriptor(const Packet& packet, std::uint8_t id, std::uint32_t activeTargets) {
    const auto value = packet.ExtensionValue(Extension::kDependencyDescriptor);
    if (!value) return;
    const auto& place = packet.MaskPlace();
    std::size_t size = 0;
    if (activeTargets != 0 && place.targetCount != 0) {
      const DependencyInfo info{
          .hasActiveTargets = place.present, .activeTargetsAt = place.at, .endsAt = place.endsAt};
      size = WriteActiveTargets(*value, info, place.targetCount, activeTargets, descriptor_);
    }
    // If the descriptor would become too long, it is forwarded unchanged; the receiver then considers more
    // decode targets active than there are.
    if (size != 0) {
      Add(id, descriptor_.data(), size);
    } else {
      Add(id, value->data(), value->size());
    }
  }

  // http://www.webrtc.org/experiments/rtp-hdrext/playout-delay: minimum and maximum delay, 12 bits each. A
  // value from the source has priority.
  void AddPlayoutDelay(const Packet& packet, std::uint8_t id, std::optional<std::uint16_t> least) {
    constexpr std::uint32_t kNoLimit = 0xFFF;
    if (const auto value = packet.ExtensionValue(Extension::kPlayoutDelay)) {
      Add(id, value->data(), value->size());
    } else if (least) {
      StoreU24(playoutDelay_.data(), (std::uint32_t{*least} & 0xFFF) << 12 | kNoLimit);
      Add(id, playoutDelay_.data(), playoutDelay_.size());
    }
  }

  void Add(std::uint8_t id, const void* value, std::size_t length) {
    elements_[count_++] = {value, id, static_cast<std::uint8_t>(length)};
    valueBytes_ += length;
    if (id > kMaxOneByteExtensionId || length == 0 || length > kMaxOneByteExtensionLength) oneByte_ = false;
  }

  [[nodiscard]] std::size_t WordCount() const {
    return (valueBytes_ + count_ * (oneByte_ ? 1U : 2U) + 3) / 4;
  }

  std::array<Element, kExtensionCount> elements_;  // the first count_ are set
  std::array<std::uint8_t, kMaxTwoByteExtensionLength> descriptor_;
  std::array<std::uint8_t, 3> playoutDelay_;
  std::size_t count_ = 0;
  std::size_t valueBytes_ = 0;
  bool oneByte_ = true;
};

std::size_t CsrcBytes(const Packet& packet) { return packet.CsrcCount() * std::size_t{4}; }

// Writes the fixed header and the csrcs.
std::uint8_t* WriteFixedHeader(const Packet& packet, const RtpRewrite& rewrite, bool extensions,
                               std::uint8_t* at) {
  const bool padded = rewrite.padded && packet.PaddingSize() != 0;
  at[0] = static_cast<std::uint8_t>(0x80 | (padded ? 0x20 : 0x00) | (extensions ? 0x10 : 0x00) |
                                    packet.CsrcCount());
  at[1] = static_cast<std::uint8_t>((rewrite.marker ? 0x80 : 0x00) | (rewrite.payloadType.Value() & 0x7F));
  StoreU16(at + 2, static_cast<std::uint16_t>(rewrite.sequenceNumber));
  StoreU32(at + 4, rewrite.timestamp);
  StoreU32(at + 8, rewrite.ssrc.Value());
  at += kFixedHeaderSize;
  if (packet.CsrcCount() == 0) return at;
  std::memcpy(at, packet.Buffer().Data() + kFixedHeaderSize, CsrcBytes(packet));
  return at + CsrcBytes(packet);
}

void WriteOwnBlock(const OutgoingExtensions::OwnBlock& block, const SendTimeValues& values,
                   std::uint8_t* out) {
  std::memcpy(out, block.bytes.data(), block.size);
  if (block.absSendTime != 0) StoreU24(out + block.absSendTime, values.absSendTime);
  if (block.transportSequence != 0) StoreU16(out + block.transportSequence, values.transportSequenceNumber);
}

constexpr OutgoingExtensions::OwnBlock kNoBlock{};

// Returns the precomputed block, or nullptr if the packet needs its own.
const OutgoingExtensions::OwnBlock* OwnBlockFor(const Packet& packet, const RtpRewrite& rewrite) {
  if (rewrite.extensions == nullptr) return &kNoBlock;
  if (rewrite.empty) return &rewrite.extensions->OwnBlockAlone();
  if (rewrite.minPlayoutDelay && rewrite.extensions->Ids().Id(Extension::kPlayoutDelay)) return nullptr;
  return rewrite.extensions->OwnBlockFor(packet);
}

}  // namespace

OutgoingExtensions::OutgoingExtensions(const ExtensionIds& ids, std::string mid)
    : hasTransportWideCc_(ids.Id(Extension::kTransportWideCc).has_value()), ids_(ids), mid_(std::move(mid)) {
  RC_ASSERT(mid_.size() <= kMaxTwoByteExtensionLength);
  constexpr ExtensionSet kOwn =
      SetOf(Extension::kMid) | SetOf(Extension::kAbsSendTime) | SetOf(Extension::kTransportWideCc);
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    const auto extension = static_cast<Extension>(i);
    if ((SetOf(extension) & kOwn) == 0 && ids_.Id(extension)) passedOn_ |= SetOf(extension);
  }
  const ExtensionBlock block(Packet(), ids_, mid_, kNoTimes);
  ownBlockFits_ = block.Size() <= OwnBlock::kCapacity;
  if (!ownBlockFits_ || block.Empty()) return;
  block.Write(ownBlock_.bytes.data());
  ownBlock_.size = static_cast<std::uint8_t>(block.Size());
  ownBlock_.absSendTime = static_cast<std::uint8_t>(block.OffsetOf(kNoTimes.absSendTime));
  ownBlock_.transportSequence = static_cast<std::uint8_t>(block.OffsetOf(kNoTimes.transportSequenceNumber));
}

std::size_t SerializedSize(const Packet& packet, const RtpRewrite& rewrite) {
  const std::size_t rest = kFixedHeaderSize + CsrcBytes(packet) + BodySize(packet, rewrite);
  if (const auto* own = OwnBlockFor(packet, rewrite)) return rest + own->size;
  const auto& outgoing = *rewrite.extensions;
  return rest + ExtensionBlock(packet, outgoing.Ids(), outgoing.Mid(), kNoTimes, rewrite.activeTargets,
                               rewrite.minPlayoutDelay)
                    .Size();
}

std::size_t SerializeHeader(const Packet& packet, const RtpRewrite& rewrite, const SendTimeValues& values,
                            MutableBytes out) {
  const std::size_t fixedSize = kFixedHeaderSize + CsrcBytes(packet);
  if (const auto* own = OwnBlockFor(packet, rewrite)) {
    if (fixedSize + own->size > out.size()) return 0;
    std::uint8_t* const at = WriteFixedHeader(packet, rewrite, own->size != 0, out.data());
    if (own->size != 0) WriteOwnBlock(*own, values, at);
    return fixedSize + own->size;
  }
  const SendTimeBytes sendTime(values);
  const auto& outgoing = *rewrite.extensions;
  const ExtensionBlock extensions(packet, outgoing.Ids(), outgoing.Mid(), sendTime, rewrite.activeTargets,
                                  rewrite.minPlayoutDelay);
  const std::size_t size = fixedSize + extensions.Size();
  if (size > out.size()) return 0;
  std::uint8_t* const at = WriteFixedHeader(packet, rewrite, !extensions.Empty(), out.data());
  if (!extensions.Empty()) extensions.Write(at);
  return size;
}

std::size_t WriteBody(const Packet& packet, const RtpRewrite& rewrite, MutableBytes out) {
  const ByteView body = Body(packet, rewrite);
  const std::size_t size = BodySize(packet, rewrite);
  RC_ASSERT(size <= out.size() && rewrite.patch.size <= packet.PayloadSize());
  std::uint8_t* at = out.data();
  if (rewrite.retransmission) {
    StoreU16(at, rewrite.originalSequenceNumber);
    at += kOriginalSequenceNumberSize;
  }
  if (body.empty()) return size;
  std::memcpy(at, body.data(), body.size());
  std::copy_n(rewrite.patch.bytes.begin(), rewrite.patch.size, at);
  return size;
}

std::size_t Serialize(const Packet& packet, const RtpRewrite& rewrite, const SendTimeValues& values,
                      MutableBytes out) {
  if (SerializedSize(packet, rewrite) > out.size()) return 0;
  const std::size_t headerSize = SerializeHeader(packet, rewrite, values, out);
  return headerSize + WriteBody(packet, rewrite, out.subspan(headerSize));
}

std::uint32_t AbsSendTime(Instant now) {
  // The seconds wrap at 64. The modulo comes first, so that the shift cannot overflow after any uptime.
  constexpr std::int64_t kWrap = 64'000'000;
  const auto micros =
      static_cast<std::uint64_t>((ToMicroseconds(now.time_since_epoch()) % kWrap + kWrap) % kWrap);
  return static_cast<std::uint32_t>((micros << 18) / 1'000'000);
}

}  // namespace ringcast::rtp
