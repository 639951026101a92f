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

// A fragment of a handshake message; a whole message is one as well.
struct Fragment {
  std::uint8_t type = 0;
  std::uint16_t messageSeq = 0;
  std::size_t length = 0;  // of the whole message
  std::size_t offset = 0;
  ByteView bytes;
};

// Returns the next fragment in a record's body, or nullopt if its lengths contradict each other.
[[nodiscard]] std::optional<Fragment> ReadFragment(ByteReader& body);

// One handshake message of a flight, put together from fragments. Anybody can send plaintext fragments, so
// later bytes replace earlier ones: a peer that repeats its flight overwrites everything that was forged.
class MessageBuffer {
 public:
  MessageBuffer(MessageType type, std::uint16_t messageSeq, std::size_t maxBody)
      : type_(type), messageSeq_(messageSeq), maxBody_(maxBody) {}

  // True if the fragment belongs to this message and the message is not too long.
  [[nodiscard]] bool Accepts(const Fragment& fragment) const;
  // Adds an accepted fragment. Returns true if the message is complete now and was not the same before.
  bool Add(const Fragment& fragment);
  void Clear();

  [[nodiscard]] bool Complete() const { return !message_.empty() && missing_ == 0; }
  // With a header as if it had never been fragmented, as transcripts have it (RFC 6347 section 4.2.6).
  [[nodiscard]] ByteView Message() const { return message_; }
  [[nodiscard]] ByteView Body() const { return ByteView(message_).subspan(kMessageHeaderSize); }

 private:
  MessageType type_;
  std::uint16_t messageSeq_;
  std::size_t maxBody_;
  std::vector<std::uint8_t> message_;  // empty: no fragment arrived yet
  std::vector<bool> arrived_;          // by byte of the body
  std::size_t missing_ = 0;
};

// Returns the whole messages in a sequence of plaintext handshake records that OpenSSL wrote: headers as if
// unfragmented, one behind the other.
[[nodiscard]] std::vector<std::uint8_t> JoinMessages(ByteView records);

}  // namespace ringcast::dtls
