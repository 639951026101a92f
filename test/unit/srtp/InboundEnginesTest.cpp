// Both inbound engines with the same lost, late, duplicated, forged and truncated packets.

#include <algorithm>
#include <deque>

#include <catch2/catch.hpp>

#include "unit/srtp/SrtpSamples.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using samples::kSuites;
using samples::Octets;
using samples::Rtcp;
using samples::Rtp;

namespace {

constexpr std::uint32_t kStreams = 3;

// Returns the packet with random damage, or unchanged.
Octets Damaged(Octets packet, SeededRandom& random) {
  switch (random.U32() % 8) {
    case 0:
      packet[random.U32() % packet.size()] ^= static_cast<std::uint8_t>(1U << random.U32() % 8);
      break;
    case 1:
      packet.resize(random.U32() % packet.size());
      break;
    case 2:
      packet.push_back(0);
      break;
    default:
      break;
  }
  return packet;
}

}  // namespace

TEST_CASE("InboundEnginesTest: returns the same result by OpenSSL and libsrtp2 for every packet", "[srtp]") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    for (const auto suite : kSuites) {
      INFO("seed " << seed << ", " << Name(suite));
      SeededRandom random(seed);
      const auto key = MasterKey::Generate(suite, random);
      auto outbound = Outbound::Create(key).Value();
      auto own = Inbound::Create(key).Value();
      auto library = Inbound::Create(key, Engine::kLibsrtp2).Value();
      std::uint32_t next[kStreams];
      for (auto& index : next) index = 30'000 + random.U32() % 35'000;
      std::deque<Octets> wire;  // the latest RTP packets
      std::size_t accepted = 0;
      std::size_t rejected = 0;
      for (int i = 0; i < 3000; ++i) {
        const bool rtcp = random.U32() % 8 == 0;
        const std::uint32_t stream = random.U32() % kStreams;
        next[stream] += random.U32() % 50 == 0 ? random.U32() % 3000 : 1;
        Octets packet = rtcp ? Rtcp(stream, random.U32() % 4)
                             : Rtp(stream, static_cast<std::uint16_t>(next[stream]),
                                   {.contributors = random.U32() % 3,
                                    .extensionWords = random.U32() % 3,
                                    .payload = random.U32() % 40});
        const auto size = packet.size();
        packet.resize(size + kMaxOverhead);
        const auto protectedSize =
            rtcp ? outbound.ProtectRtcp(packet, size) : outbound.ProtectRtp(packet, size);
        REQUIRE(protectedSize);
        packet.resize(*protectedSize);
        if (!rtcp) {
          wire.push_back(packet);
          if (wire.size() > 200) wire.pop_front();
          // Sometimes an earlier packet instead, possibly a duplicate.
          if (random.U32() % 4 == 0) packet = wire[random.U32() % wire.size()];
        }
        Octets toOwn = Damaged(packet, random);
        Octets toLibrary = toOwn;
        const auto ours = rtcp ? own.UnprotectRtcp(toOwn) : own.UnprotectRtp(toOwn);
        const auto theirs = rtcp ? library.UnprotectRtcp(toLibrary) : library.UnprotectRtp(toLibrary);
        // The engines may report different reasons for a packet with two faults, but must both reject it.
        REQUIRE(ours.failure.has_value() == theirs.failure.has_value());
        if (ours.failure) {
          ++rejected;
          continue;
        }
        ++accepted;
        REQUIRE(ours.size == theirs.size);
        REQUIRE(std::equal(toOwn.begin(), toOwn.begin() + static_cast<std::ptrdiff_t>(ours.size),
                           toLibrary.begin()));
      }
      CHECK(accepted > 1000);
      CHECK(rejected > 500);
    }
  }
}
