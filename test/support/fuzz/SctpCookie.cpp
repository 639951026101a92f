#include "ringcast/base/Assert.hpp"
#include "ringcast/sctp/Cookie.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {

using namespace sctp;

namespace {

constexpr Instant kSctpStart{Seconds(1000)};

}  // namespace

// Forged cookies are refused, and a sealed one opens again.
void FuzzSctpCookie(std::span<const std::uint8_t> input) {
  SipHashKey key{};
  key[0] = 1;
  const auto forged = Cookie::Open(input, key, kSctpStart);
  RC_ASSERT(!forged.cookie);
  ByteReader reader(input);
  Cookie cookie;
  cookie.localTag = reader.U32();
  cookie.localInitialTsn = reader.U32();
  cookie.created = kSctpStart;
  cookie.peer.tag = reader.U32();
  cookie.peer.initialTsn = reader.U32();
  cookie.peer.receiveWindow = reader.U32();
  cookie.peer.outboundStreams = reader.U16();
  cookie.peer.forwardTsn = (reader.U8() & 1) != 0;
  auto sealed = cookie.Seal(key);
  const auto opened = Cookie::Open(sealed, key, kSctpStart + Seconds(1));
  RC_ASSERT(opened.cookie && opened.cookie->peer.tag == cookie.peer.tag &&
            opened.cookie->localTag == cookie.localTag &&
            opened.cookie->peer.forwardTsn == cookie.peer.forwardTsn);
  RC_ASSERT(!Cookie::Open(sealed, key, kSctpStart + Seconds(61)).cookie);
  sealed[reader.U8() % sealed.size()] ^= 1;
  RC_ASSERT(!Cookie::Open(sealed, key, kSctpStart).cookie);
}

}  // namespace ringcast::fuzz
