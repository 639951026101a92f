#include "ringcast/stun/Writer.hpp"

#include <algorithm>
#include <array>

#include "ringcast/base/Assert.hpp"
#include "stun/Fingerprint.hpp"

namespace ringcast::stun {
namespace {

// RFC 8489 section 5: M11..M7 C1 M6..M4 C0 M3..M0.
std::uint16_t TypeOf(MessageClass messageClass, std::uint16_t method) {
  const auto bits = static_cast<unsigned>(messageClass);
  return static_cast<std::uint16_t>(((bits & 2U) << 7) | ((bits & 1U) << 4) | ((method & 0xF80U) << 2) |
                                    ((method & 0x070U) << 1) | (method & 0x00FU));
}

ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Returns the IPv4 address of an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), else the address
// itself.
ByteView Unmapped(ByteView ip) {
  constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool mapped = ip.size() == 16 && std::equal(kPrefix.begin(), kPrefix.end(), ip.begin());
  return mapped ? ip.last(4) : ip;
}

}  // namespace

Writer::Writer(MutableBytes room, MessageClass messageClass, const TransactionId& id, std::uint16_t method)
    : room_(room), writer_(room) {
  RC_ASSERT(method <= 0xFFF);
  writer_.U16(TypeOf(messageClass, method));
  writer_.U16(0);
  writer_.U32(kMagicCookie);
  writer_.Bytes(id);
}

void Writer::Begin(std::uint16_t type, std::size_t valueSize) {
  RC_ASSERT(valueSize <= 0xFFFF);
  writer_.U16(type);
  writer_.U16(static_cast<std::uint16_t>(valueSize));
}

void Writer::End() {
  writer_.Zeros((4 - writer_.Written() % 4) % 4);
  if (!writer_.Ok()) return;
  RC_ASSERT(writer_.Written() - kHeaderSize <= 0xFFFF);
  StoreU16(&room_[2], static_cast<std::uint16_t>(writer_.Written() - kHeaderSize));
}

void Writer::Attribute(std::uint16_t type, ByteView value) {
  Begin(type, value.size());
  writer_.Bytes(value);
  End();
}

void Writer::Username(std::string_view username) {
  Attribute(static_cast<std::uint16_t>(AttributeType::kUsername), AsBytes(username));
}

void Writer::Software(std::string_view software) {
  Attribute(static_cast<std::uint16_t>(AttributeType::kSoftware), AsBytes(software));
}

void Writer::Priority(std::uint32_t priority) {
  Begin(AttributeType::kPriority, 4);
  writer_.U32(priority);
  End();
}

void Writer::UseCandidate() {
  Begin(AttributeType::kUseCandidate, 0);
  End();
}

void Writer::IceControlled(std::uint64_t tieBreaker) {
  Begin(AttributeType::kIceControlled, 8);
  writer_.U64(tieBreaker);
  End();
}

void Writer::IceControlling(std::uint64_t tieBreaker) {
  Begin(AttributeType::kIceControlling, 8);
  writer_.U64(tieBreaker);
  End();
}

void Writer::Nomination(std::uint32_t value, AttributeType type) {
  Begin(type, 4);
  writer_.U32(value);
  End();
}

void Writer::XorMappedAddress(const net::Address& address) {
  const ByteView ip = Unmapped(address.IpBytes());
  RC_ASSERT(!ip.empty());
  Begin(AttributeType::kXorMappedAddress, 4 + ip.size());
  writer_.U8(0);
  writer_.U8(ip.size() == 4 ? 1 : 2);
  writer_.U16(static_cast<std::uint16_t>(address.Port() ^ (kMagicCookie >> 16)));
  if (!writer_.Ok()) return;
  for (std::size_t i = 0; i < ip.size(); ++i) writer_.U8(static_cast<std::uint8_t>(ip[i] ^ room_[4 + i]));
  End();
}

void Writer::ErrorCode(std::uint16_t code, std::string_view reason) {
  RC_ASSERT(code >= 300 && code <= 699);
  Begin(AttributeType::kErrorCode, 4 + reason.size());
  writer_.U16(0);
  writer_.U8(static_cast<std::uint8_t>(code / 100));
  writer_.U8(static_cast<std::uint8_t>(code % 100));
  writer_.Bytes(AsBytes(reason));
  End();
}

void Writer::UnknownAttributes(std::span<const std::uint16_t> types) {
  Begin(AttributeType::kUnknownAttributes, types.size() * 2);
  for (const std::uint16_t type : types) writer_.U16(type);
  End();
}

void Writer::MessageIntegrity(IntegrityKey& key) {
  if (!writer_.Ok()) return;
  const auto digest = key.Sign(ByteView(room_).first(writer_.Written()));
  Attribute(static_cast<std::uint16_t>(AttributeType::kMessageIntegrity), digest);
}

void Writer::Fingerprint() {
  const std::size_t offset = writer_.Written();
  Begin(AttributeType::kFingerprint, 4);
  writer_.U32(0);
  End();
  if (!writer_.Ok()) return;
  StoreU32(&room_[offset + kAttributeHeaderSize], FingerprintOf(ByteView(room_).first(offset)));
}

}  // namespace ringcast::stun
