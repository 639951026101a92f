#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// RFC 5246 section 7.4, RFC 6347 section 4.3.2.
enum class MessageType : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kHelloVerifyRequest = 3,
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateRequest = 13,
  kServerHelloDone = 14,
  kCertificateVerify = 15,
  kClientKeyExchange = 16,
};

// RFC 6347 section 4.2.2: type, length, message_seq, fragment_offset, fragment_length.
inline constexpr std::size_t kMessageHeaderSize = 12;

// A message with its header fits in one record (RFC 5246 section 6.2.1: 2^14 bytes).
inline constexpr std::size_t kMaxMessageBody = (std::size_t{1} << 14) - kMessageHeaderSize;

// A fragment of a handshake message, or a complete message.
struct Fragment {
  std::uint8_t type = 0;
  std::uint16_t messageSeq = 0;
  std::size_t length = 0;  // of the complete message
  std::size_t offset = 0;
  ByteView bytes;
};

// Returns the next fragment in a record's body, or nullopt if its lengths contradict each other.
[[nodiscard]] std::optional<Fragment> ReadFragment(ByteReader& body);

// Reassembles one handshake message of a flight. Anyone can send plaintext fragments, so later bytes replace
// earlier ones: when the peer retransmits its flight, it overwrites any forged bytes.
class MessageBuffer {
 public:
  MessageBuffer(MessageType type, std::uint16_t messageSeq, std::size_t maxBody)
      : type_(type), messageSeq_(messageSeq), maxBody_(maxBody) {}

  // Returns true if the fragment belongs to this message and the message does not exceed the limit.
  [[nodiscard]] bool Accepts(const Fragment& fragment) const;
  // Adds an accepted fragment. Returns true if the message is now complete and differs from its previous
  // content.
  bool Add(const Fragment& fragment);
  void Clear();

  [[nodiscard]] bool Complete() const { return !message_.empty() && missing_ == 0; }
  // The message with a header as if unfragmented, the form that handshake hashes use (RFC 6347 section
  // 4.2.6).
  [[nodiscard]] ByteView Message() const { return message_; }
  [[nodiscard]] ByteView Body() const { return ByteView(message_).subspan(kMessageHeaderSize); }

 private:
  MessageType type_;
  std::uint16_t messageSeq_;
  std::size_t maxBody_;
  std::vector<std::uint8_t> message_;  // empty until the first fragment arrives
  std::vector<bool> arrived_;          // per byte of the body
  std::size_t missing_ = 0;
};

// Returns the complete messages in a sequence of plaintext handshake records that OpenSSL wrote, one after
// another, with headers as if unfragmented.
[[nodiscard]] std::vector<std::uint8_t> JoinMessages(ByteView records);

}  // namespace ringcast::dtls
