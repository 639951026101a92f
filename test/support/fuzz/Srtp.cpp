#include "ringcast/srtp/Srtp.hpp"

#include <algorithm>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Random.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace srtp;

// Both ends of a session.
struct Pair {
  Outbound outbound;
  Inbound inbound;
};

Pair MakePair(CryptoSuite suite, Engine engine) {
  SeededRandom random(static_cast<std::uint64_t>(suite) + 1);
  const auto key = MasterKey::Generate(suite, random);
  auto outbound = Outbound::Create(key);
  auto inbound = Inbound::Create(key, engine);
  RC_ASSERT(outbound && inbound);
  return {std::move(*outbound), std::move(*inbound)};
}

}  // namespace

// First byte: the suite, RTP or RTCP, whether the rest is a received packet or one to protect
// first, and the engine that unprotects it.
void FuzzSrtp(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const auto mode = input[0];
  const bool byLibsrtp = (mode & 16) != 0 && IsBuiltIn(Engine::kLibsrtp2);
  auto pair = MakePair(static_cast<CryptoSuite>(mode & 3), byLibsrtp ? Engine::kLibsrtp2 : Engine::kAuto);
  const bool rtcp = (mode & 4) != 0;
  const ByteView packet = input.subspan(1);

  std::vector<std::uint8_t> buffer(packet.begin(), packet.end());
  if ((mode & 8) == 0) {
    const auto outcome = rtcp ? pair.inbound.UnprotectRtcp(buffer) : pair.inbound.UnprotectRtp(buffer);
    RC_ASSERT(outcome.failure || outcome.size < buffer.size());
    return;
  }
  buffer.resize(packet.size() + kMaxOverhead);
  const auto size = rtcp ? pair.outbound.ProtectRtcp(buffer, packet.size())
                         : pair.outbound.ProtectRtp(buffer, packet.size());
  if (!size) return;
  RC_ASSERT(*size == packet.size() +
                         (rtcp ? RtcpOverhead(pair.outbound.Suite()) : RtpOverhead(pair.outbound.Suite())));
  const MutableBytes secret = MutableBytes(buffer).first(*size);
  const auto outcome = rtcp ? pair.inbound.UnprotectRtcp(secret) : pair.inbound.UnprotectRtp(secret);
  if (outcome.failure) return;
  RC_ASSERT(ByteView(buffer).first(outcome.size).size() == packet.size());
  RC_ASSERT(std::equal(packet.begin(), packet.end(), buffer.begin()));
}

}  // namespace ringcast::fuzz
