#include "ringcast/sctp/Cookie.hpp"

#include <algorithm>

namespace ringcast::sctp {

namespace {

constexpr std::size_t kTagSize = std::tuple_size_v<SipHashTag>;
constexpr std::size_t kContentSize = Cookie::kSize - kTagSize;

constexpr std::uint8_t kForwardTsn = 1;
constexpr std::uint8_t kReConfig = 2;
constexpr std::uint8_t kZeroChecksum = 4;

bool SameInConstantTime(ByteView a, ByteView b) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace

Cookie::Bytes Cookie::Seal(const SipHashKey& key) const {
  Bytes bytes{};
  ByteWriter writer(bytes);
  writer.U32(localTag);
  writer.U32(localInitialTsn);
  // Milliseconds: 32 bits last for 49 days, and a cookie lives for a minute.
  writer.U32(static_cast<std::uint32_t>(ToTimestampMs(created)));
  writer.U32(peer.tag);
  writer.U32(peer.initialTsn);
  writer.U32(peer.receiveWindow);
  writer.U16(peer.outboundStreams);
  writer.U16(peer.inboundStreams);
  writer.U8(static_cast<std::uint8_t>((peer.forwardTsn ? kForwardTsn : 0) | (peer.reConfig ? kReConfig : 0) |
                                      (peer.zeroChecksum ? kZeroChecksum : 0)));
  writer.Zeros(kContentSize - writer.Written());
  writer.Bytes(SipHash(key, ByteView(bytes).first(kContentSize)));
  return bytes;
}

Cookie::Opened Cookie::Open(ByteView bytes, const SipHashKey& key, Instant now) {
  if (bytes.size() != kSize) return {};
  const auto content = bytes.first(kContentSize);
  if (!SameInConstantTime(bytes.subspan(kContentSize), SipHash(key, content))) return {};
  ByteReader reader(content);
  Cookie cookie;
  cookie.localTag = reader.U32();
  cookie.localInitialTsn = reader.U32();
  const auto age = Milliseconds(static_cast<std::uint32_t>(ToTimestampMs(now)) - reader.U32());
  cookie.created = now - age;
  cookie.peer.tag = reader.U32();
  cookie.peer.initialTsn = reader.U32();
  cookie.peer.receiveWindow = reader.U32();
  cookie.peer.outboundStreams = reader.U16();
  cookie.peer.inboundStreams = reader.U16();
  const std::uint8_t flags = reader.U8();
  cookie.peer.forwardTsn = (flags & kForwardTsn) != 0;
  cookie.peer.reConfig = (flags & kReConfig) != 0;
  cookie.peer.zeroChecksum = (flags & kZeroChecksum) != 0;
  if (age > kLifetime) return {.cookie = {}, .fault = Fault::kStale};
  return {.cookie = cookie, .fault = Fault::kForged};
}

}  // namespace ringcast::sctp
