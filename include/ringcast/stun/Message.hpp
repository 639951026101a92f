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
inline constexpr std::uint16_t kBinding = 0x001;  // the only method that ICE uses

using TransactionId = std::array<std::uint8_t, 12>;

enum class MessageClass : std::uint8_t { kRequest, kIndication, kSuccess, kError };

// RFC 8489 section 14, RFC 8445 section 16.1. Types below 0x8000 are comprehension-required.
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
  kNominationOfBrowsers = 0xC001,  // the same attribute with the type that libwebrtc sends
};

// Why a datagram is not a valid STUN message.
enum class ParseFailure : std::uint8_t {
  kTooShort,           // shorter than a header
  kNotStun,            // wrong first two bits or magic cookie
  kLength,             // differs from the datagram's size, or is not a multiple of four
  kAttributeBounds,    // an attribute extends past the end of the message
  kTooManyAttributes,  // see Message::kMaxAttributes
  kAttributeSize,      // the attribute's type does not allow this size or value
  kBehindFingerprint,  // RFC 8489 section 14.7: FINGERPRINT must be the last attribute
  kFingerprint,        // FINGERPRINT does not match
  kCount
};
[[nodiscard]] std::string_view Name(ParseFailure failure);

struct ErrorCode {
  std::uint16_t code = 0;   // 300 to 699
  std::string_view reason;  // may be empty
};

// A view of a STUN message (RFC 8489); it must not outlive its datagram. If an attribute occurs more than
// once, the first one counts (section 14). Attributes after MESSAGE-INTEGRITY are ignored, except FINGERPRINT
// (section 14.5).
class Message {
 public:
  // Browsers send up to a dozen: USERNAME, PRIORITY, role, nomination, MESSAGE-INTEGRITY, FINGERPRINT and up
  // to six of their own. A message with more than twice that does not come from an ICE agent.
  static constexpr std::size_t kMaxAttributes = 32;

  // Verifies FINGERPRINT if there is one; a message without one may be another protocol's.
  [[nodiscard]] static std::variant<Message, ParseFailure> Parse(ByteView datagram);

  [[nodiscard]] ByteView Bytes() const { return bytes_; }
  [[nodiscard]] MessageClass Class() const { return class_; }
  [[nodiscard]] std::uint16_t Method() const { return method_; }
  [[nodiscard]] stun::TransactionId TransactionId() const;

  [[nodiscard]] std::optional<std::string_view> Username() const { return username_; }
  // Offset of the MESSAGE-INTEGRITY attribute's header, or nullopt if there is none. IntegrityKey::Verify
  // checks its value.
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
  // The value of UNKNOWN-ATTRIBUTES: two bytes per type.
  [[nodiscard]] std::optional<ByteView> UnknownAttributes() const { return unknownAttributes_; }

  // The comprehension-required types (below 0x8000) that this parser does not know. A request with any of
  // them is answered with error 420.
  [[nodiscard]] std::span<const std::uint16_t> NotUnderstood() const {
    return std::span(notUnderstood_).first(notUnderstoodCount_);
  }

 private:
  explicit Message(ByteView bytes) : bytes_(bytes) {}

  // Each returns why the message is malformed, or nullopt if it is well-formed.
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
