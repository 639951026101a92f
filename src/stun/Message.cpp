#include "ringcast/stun/Message.hpp"

#include <algorithm>

#include "stun/Fingerprint.hpp"

namespace ringcast::stun {
namespace {

constexpr std::uint16_t kFirstOptionalType = 0x8000;  // RFC 8489 section 14
constexpr std::size_t kMaxUsername = 508;             // section 14.3: fewer than 509 bytes
constexpr std::size_t kMaxText = 763;                 // sections 14.8 and 14.14: 128 characters decoded

std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Each reads a value whose type has a fixed size (ReadText: a maximum size). Only the first attribute of a
// type counts.
bool ReadU32(ByteView value, std::optional<std::uint32_t>& out) {
  if (value.size() != 4) return false;
  if (!out) out = LoadU32(value.data());
  return true;
}
bool ReadU64(ByteView value, std::optional<std::uint64_t>& out) {
  if (value.size() != 8) return false;
  if (!out) out = LoadU64(value.data());
  return true;
}
bool ReadText(ByteView value, std::size_t limit, std::optional<std::string_view>& out) {
  if (value.size() > limit) return false;
  if (!out) out = AsText(value);
  return true;
}

// RFC 8489 section 5: M11..M7 C1 M6..M4 C0 M3..M0.
MessageClass ClassOf(std::uint16_t type) {
  return static_cast<MessageClass>(((type & 0x0100) >> 7) | ((type & 0x0010) >> 4));
}
std::uint16_t MethodOf(std::uint16_t type) {
  return static_cast<std::uint16_t>(((type & 0x3E00) >> 2) | ((type & 0x00E0) >> 1) | (type & 0x000F));
}

}  // namespace

std::string_view Name(ParseFailure failure) {
  switch (failure) {
    case ParseFailure::kTooShort:
      return "tooShort";
    case ParseFailure::kNotStun:
      return "notStun";
    case ParseFailure::kLength:
      return "length";
    case ParseFailure::kAttributeBounds:
      return "attributeBounds";
    case ParseFailure::kTooManyAttributes:
      return "tooManyAttributes";
    case ParseFailure::kAttributeSize:
      return "attributeSize";
    case ParseFailure::kBehindFingerprint:
      return "behindFingerprint";
    case ParseFailure::kFingerprint:
      return "fingerprint";
    case ParseFailure::kCount:
      break;
  }
  return "unknown";
}

std::variant<Message, ParseFailure> Message::Parse(ByteView datagram) {
  if (datagram.size() < kHeaderSize) return ParseFailure::kTooShort;
  const std::uint16_t type = LoadU16(&datagram[0]);
  if ((type & 0xC000) != 0 || LoadU32(&datagram[4]) != kMagicCookie) return ParseFailure::kNotStun;
  const std::size_t length = LoadU16(&datagram[2]);
  if (length % 4 != 0 || length != datagram.size() - kHeaderSize) return ParseFailure::kLength;

  Message message(datagram);
  message.class_ = ClassOf(type);
  message.method_ = MethodOf(type);
  if (const auto failure = message.ReadAttributes()) return *failure;
  return message;
}

stun::TransactionId Message::TransactionId() const {
  stun::TransactionId id;
  std::copy_n(bytes_.begin() + 8, id.size(), id.begin());
  return id;
}

std::optional<ParseFailure> Message::ReadAttributes() {
  std::size_t count = 0;
  // The message and each padded attribute are multiples of four bytes: an attribute header always fits the
  // remaining bytes, and the padding fits whenever the value does.
  for (std::size_t at = kHeaderSize; at < bytes_.size();) {
    if (hasFingerprint_) return ParseFailure::kBehindFingerprint;
    if (++count > kMaxAttributes) return ParseFailure::kTooManyAttributes;
    const std::uint16_t type = LoadU16(&bytes_[at]);
    const std::size_t length = LoadU16(&bytes_[at + 2]);
    const ByteView rest = bytes_.subspan(at + kAttributeHeaderSize);
    if (length > rest.size()) return ParseFailure::kAttributeBounds;
    if (const auto failure = ReadAttribute(at, type, rest.first(length))) return failure;
    at += kAttributeHeaderSize + (length + 3) / 4 * 4;
  }
  return std::nullopt;
}

std::optional<ParseFailure> Message::ReadAttribute(std::size_t offset, std::uint16_t type, ByteView value) {
  const auto known = static_cast<AttributeType>(type);
  // RFC 8489 section 14.5: attributes after MESSAGE-INTEGRITY are ignored, except FINGERPRINT.
  if (integrityOffset_ && known != AttributeType::kFingerprint) return std::nullopt;

  bool good = true;
  switch (known) {
    case AttributeType::kUsername:
      good = ReadText(value, kMaxUsername, username_);
      break;
    case AttributeType::kMessageIntegrity:
      good = ReadIntegrity(offset, value);
      break;
    case AttributeType::kErrorCode:
      good = ReadErrorCode(value);
      break;
    case AttributeType::kUnknownAttributes:
      good = value.size() % 2 == 0;
      if (!unknownAttributes_) unknownAttributes_ = value;
      break;
    case AttributeType::kMessageIntegritySha256:
      // Known, but ICE does not use it. Section 14.6: 16 to 32 bytes, a multiple of four.
      good = value.size() >= 16 && value.size() <= 32 && value.size() % 4 == 0;
      break;
    case AttributeType::kXorMappedAddress:
      good = ReadXorMappedAddress(value);
      break;
    case AttributeType::kPriority:
      good = ReadU32(value, priority_);
      break;
    case AttributeType::kUseCandidate:
      good = value.empty();
      useCandidate_ = true;
      break;
    case AttributeType::kNomination:
    case AttributeType::kNominationOfBrowsers:
      good = ReadU32(value, nomination_);
      break;
    case AttributeType::kSoftware:
      good = ReadText(value, kMaxText, software_);
      break;
    case AttributeType::kFingerprint:
      return ReadFingerprint(offset, value);
    case AttributeType::kIceControlled:
      good = ReadU64(value, iceControlled_);
      break;
    case AttributeType::kIceControlling:
      good = ReadU64(value, iceControlling_);
      break;
    default:
      if (type < kFirstOptionalType) NoteNotUnderstood(type);
      break;
  }
  return good ? std::nullopt : std::optional(ParseFailure::kAttributeSize);
}

bool Message::ReadIntegrity(std::size_t offset, ByteView value) {
  if (value.size() != 20) return false;
  integrityOffset_ = offset;
  return true;
}

std::optional<ParseFailure> Message::ReadFingerprint(std::size_t offset, ByteView value) {
  if (value.size() != 4) return ParseFailure::kAttributeSize;
  if (LoadU32(value.data()) != FingerprintOf(bytes_.first(offset))) return ParseFailure::kFingerprint;
  hasFingerprint_ = true;
  return std::nullopt;
}

// RFC 8489 section 14.2: a zero byte, the family, then port and address, XORed with the magic cookie and the
// transaction id.
bool Message::ReadXorMappedAddress(ByteView value) {
  constexpr std::size_t kAddressOffset = 4;
  if (value.size() < kAddressOffset) return false;
  const std::size_t ipSize = value.size() - kAddressOffset;
  const std::uint8_t family = value[1];
  if (!(family == 1 && ipSize == 4) && !(family == 2 && ipSize == 16)) return false;
  if (xorMappedAddress_) return true;

  std::array<std::uint8_t, 16> ip;
  for (std::size_t i = 0; i < ipSize; ++i) {
    ip[i] = static_cast<std::uint8_t>(value[kAddressOffset + i] ^ bytes_[4 + i]);
  }
  const auto port = static_cast<std::uint16_t>(LoadU16(&value[2]) ^ (kMagicCookie >> 16));
  xorMappedAddress_ = net::Address::FromIpBytes(ByteView(ip).first(ipSize), port);
  return true;
}

// RFC 8489 section 14.8: three bits of hundreds, then a byte with the number modulo 100.
bool Message::ReadErrorCode(ByteView value) {
  if (value.size() < 4 || value.size() - 4 > kMaxText) return false;
  const unsigned hundreds = value[2] & 0x07U;
  const unsigned rest = value[3];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return false;
  if (!errorCode_) errorCode_ = {static_cast<std::uint16_t>(hundreds * 100 + rest), AsText(value.subspan(4))};
  return true;
}

void Message::NoteNotUnderstood(std::uint16_t type) {
  const auto noted = NotUnderstood();
  if (std::find(noted.begin(), noted.end(), type) != noted.end()) return;
  notUnderstood_[notUnderstoodCount_++] = type;  // at most kMaxAttributes of them
}

}  // namespace ringcast::stun
