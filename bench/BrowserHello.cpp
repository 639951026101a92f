#include "bench/BrowserHello.hpp"

#include "ringcast/base/Bytes.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/io/EventLoop.hpp"

namespace ringcast::bench {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kRecordHeader = 13;   // RFC 6347 section 4.1
constexpr std::size_t kMessageHeader = 12;  // RFC 6347 section 4.2.2
constexpr std::size_t kVersionRandom = 34;  // RFC 5246 section 7.4.1.2
constexpr std::uint16_t kGrease = 0x0A0A;   // an extension type that is never assigned (RFC 8701 section 2)
constexpr std::size_t kKeyShareSize =
    1216;  // X25519MLKEM768: 1184 bytes of ML-KEM-768 and 32 bytes of X25519
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint16_t kDtls12 = 0xFEFD;

// Returns the offset of the extensions, starting with their total length.
std::size_t ExtensionsOffset(ByteView hello) {
  ByteReader reader(hello);
  reader.Skip(kVersionRandom);
  reader.Skip(reader.U8());   // session_id
  reader.Skip(reader.U8());   // cookie
  reader.Skip(reader.U16());  // cipher_suites
  reader.Skip(reader.U8());   // compression_methods
  RC_ASSERT(reader.Ok());
  return hello.size() - reader.Remaining();
}

// Appends an extension.
void Lengthen(Octets& hello) {
  const auto lengthOffset = ExtensionsOffset(hello);
  RC_ASSERT(lengthOffset + 2 <= hello.size());
  const auto end = hello.size();
  hello.resize(end + 4 + kKeyShareSize);
  StoreU16(&hello[end], kGrease);
  StoreU16(&hello[end + 2], kKeyShareSize);
  StoreU16(&hello[lengthOffset], static_cast<std::uint16_t>(hello.size() - lengthOffset - 2));
}

// Returns a record with a fragment of the message.
Octets Fragment(ByteView hello, std::size_t offset, std::size_t size, std::uint64_t number) {
  Octets datagram(kRecordHeader + kMessageHeader + size);
  ByteWriter writer(datagram);
  writer.U8(kHandshake);
  writer.U16(kDtls12);
  writer.U64(number);  // the upper two bytes are epoch 0
  writer.U16(static_cast<std::uint16_t>(kMessageHeader + size));
  writer.U8(kClientHello);
  writer.U24(static_cast<std::uint32_t>(hello.size()));
  writer.U16(0);  // message_seq
  writer.U24(static_cast<std::uint32_t>(offset));
  writer.U24(static_cast<std::uint32_t>(size));
  writer.Bytes(hello.subspan(offset, size));
  RC_ASSERT(writer.Ok() && writer.Remaining() == 0);
  return datagram;
}

}  // namespace

Result<std::array<Octets, 2>> BrowserHello(const dtls::Context& context) {
  dtls::Connection connection(context);
  const auto started = connection.Start(dtls::Role::kClient, io::EventLoop::Now());
  if (!started) return started.Failure();
  const auto datagram = connection.NextDatagram();
  RC_ASSERT(datagram.has_value() && datagram->size() > kRecordHeader + kMessageHeader);
  const auto body = datagram->subspan(kRecordHeader + kMessageHeader);
  Octets hello(body.begin(), body.end());
  Lengthen(hello);
  constexpr std::size_t kFirst = dtls::kMaxHandshakeDatagram - kRecordHeader - kMessageHeader;
  RC_ASSERT(hello.size() > kFirst);
  return std::array{Fragment(hello, 0, kFirst, 0), Fragment(hello, kFirst, hello.size() - kFirst, 1)};
}

}  // namespace ringcast::bench
