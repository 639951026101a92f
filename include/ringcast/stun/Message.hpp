#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/Address.hpp"

namespace ringcast::stun {

inline constexpr std::size_t kHeaderSize = 20;  // RFC 8489 section 5
inline constexpr std::size_t kAttributeHeaderSize = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;
inline constexpr std::uint16_t kBinding = 0x001;  // the only method of ICE

using TransactionId = std::array<std::uint8_t, 12>;

enum class MessageClass : std::uint8_t { kRequest, kIndication, kSuccess, kError };

// RFC 8489 section 14, RFC 8445 section 16.1. Below 0x8000: who does not know it must not ignore it.
enum class AttributeType : std::uint16_t {
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000A,
  kMessageIntegritySha256 = 0x001C,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kNomination = 0x0030,  // draft-thatcher-ice-renomination-01
  kSoftware = 0x8022,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802A,
  kNominationOfBrowsers = 0xC001,  // the same, under the number that libwebrtc sends
};

// Why a datagram is no message.
enum class ParseFailure : std::uint8_t {
  kTooShort,           // for a header
  kNotStun,            // first two bits, or the magic cookie
  kLength,             // says other than the datagram, or is no multiple of four
  kAttributeBounds,    // an attribute reaches beyond the message
  kTooManyAttributes,  // see Message::kMaxAttributes
  kAttributeSize,      // or value, which the attribute's type does not have
  kBehindFingerprint,  // RFC 8489 section 14.7: it is the last attribute
  kFingerprint,        // does not match
  kCount
};
[[nodiscard]] std::string_view Name(ParseFailure failure);

struct ErrorCode {
  std::uint16_t code = 0;   // 300 to 699
  std::string_view reason;  // may be empty
};

// A view of a STUN message (RFC 8489): it lives no longer than its datagram. Of attributes that are there
// more than once, the first counts (section 14); what follows MESSAGE-INTEGRITY is ignored, but for
// FINGERPRINT (section 9).
class Message {
 public:
  // Browsers send a dozen: USERNAME, PRIORITY, role, nomination, MESSAGE-INTEGRITY, FINGERPRINT and up to six
  // of their own. More than twice that is somebody else.
  static constexpr std::size_t kMaxAttributes = 32;

  // A FINGERPRINT that is there is checked: without it, anything may look like STUN.
  [[nodiscard]] static std::variant<Message, ParseFailure> Parse(ByteView datagram);

  [[nodiscard]] ByteView Bytes() const { return bytes_; }
  [[nodiscard]] MessageClass Class() const { return class_; }
  [[nodiscard]] std::uint16_t Method() const { return method_; }
  [[nodiscard]] stun::TransactionId TransactionId() const;

  [[nodiscard]] std::optional<std::string_view> Username() const { return username_; }
  // Where MESSAGE-INTEGRITY begins, its header included; nullopt: there is none. Whether it is right:
  // IntegrityKey::Verify.
  [[nodiscard]] std::optional<std::size_t> IntegrityOffset() const { return integrityOffset_; }
  [[nodiscard]] bool HasFingerprint() const { return hasFingerprint_; }
  [[nodiscard]] std::optional<std::uint32_t> Priority() const { return priority_; }
  [[nodiscard]] bool UseCandidate() const { return useCandidate_; }
  [[nodiscard]] std::optional<std::uint64_t> IceControlled() const { return iceControlled_; }
  [[nodiscard]] std::optional<std::uint64_t> IceControlling() const { return iceControlling_; }
  [[nodiscard]] std::optional<std::uint32_t> Nomination() const { return nomination_; }
  [[nodiscard]] std::optional<std::string_view> Software() const { return software_; }
  [[nodiscard]] const std::optional<net::Address>& XorMappedAddress() const { return xorMappedAddress_; }
  [[nodiscard]] const std::optional<stun::ErrorCode>& ErrorCode() const { return errorCode_; }
  // The value of UNKNOWN-ATTRIBUTES: two bytes a type.
  [[nodiscard]] std::optional<ByteView> UnknownAttributes() const { return unknownAttributes_; }

  // The types below 0x8000 that this parser does not know: a request that has one is answered with 420.
  [[nodiscard]] std::span<const std::uint16_t> NotUnderstood() const {
    return std::span(notUnderstood_).first(notUnderstoodCount_);
  }

 private:
  explicit Message(ByteView bytes) : bytes_(bytes) {}

  // Each says why the message is malformed; nullopt: it is not.
  [[nodiscard]] std::optional<ParseFailure> ReadAttributes();
  [[nodiscard]] std::optional<ParseFailure> ReadAttribute(std::size_t offset, std::uint16_t type,
                                                          ByteView value);
  [[nodiscard]] std::optional<ParseFailure> ReadFingerprint(std::size_t offset, ByteView value);
  [[nodiscard]] bool ReadIntegrity(std::size_t offset, ByteView value);
  [[nodiscard]] bool ReadXorMappedAddress(ByteView value);
  [[nodiscard]] bool ReadErrorCode(ByteView value);
  void NoteNotUnderstood(std::uint16_t type);

  ByteView bytes_;
  MessageClass class_ = MessageClass::kRequest;
  bool hasFingerprint_ = false;
  bool useCandidate_ = false;
  std::uint16_t method_ = 0;
  std::optional<std::string_view> username_;
  std::optional<std::size_t> integrityOffset_;
  std::optional<std::uint32_t> priority_;
  std::optional<std::uint32_t> nomination_;
  std::optional<std::uint64_t> iceControlled_;
  std::optional<std::uint64_t> iceControlling_;
  std::optional<std::string_view> software_;
  std::optional<net::Address> xorMappedAddress_;
  std::optional<stun::ErrorCode> errorCode_;
  std::optional<ByteView> unknownAttributes_;
  std::size_t notUnderstoodCount_ = 0;
  std::array<std::uint16_t, kMaxAttributes> notUnderstood_{};
};

}  // namespace ringcast::stun
