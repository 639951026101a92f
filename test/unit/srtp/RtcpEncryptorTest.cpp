// Outgoing RTCP, compared with the reference byte for byte and decrypted by both inbound engines.

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/srtp/RtcpEncryptor.hpp"
#include "unit/srtp/ReferenceSrtp.hpp"
#include "unit/srtp/SrtpSamples.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using samples::kSuites;
using samples::Octets;
using samples::Rtcp;

namespace {

// Returns the protected packet, or an empty one if the encryptor rejects it.
Octets Protect(RtcpEncryptor& encryptor, CryptoSuite suite, Octets packet) {
  const auto size = packet.size();
  packet.resize(size + RtcpOverhead(suite));
  packet.resize(encryptor.Protect(packet, size).value_or(0));
  return packet;
}

}  // namespace

TEST_CASE("RtcpEncryptorTest: encrypts like the reference, and each engine accepts it once", "[srtp]") {
  SeededRandom random(51);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, reference::RtpProtocol::kRtcp);
    RtcpEncryptor encryptor(key);
    std::vector<Inbound> inbounds;
    for (const auto engine : {Engine::kOpenssl, Engine::kLibsrtp2}) {
      if (IsBuiltIn(engine)) inbounds.push_back(Inbound::Create(key, engine).Value());
    }
    std::uint32_t index = 0;
    for (const std::uint32_t ssrc : {1U, 0xFFFFFFFFU, 1U}) {
      for (const std::size_t blocks : {0U, 1U, 2U, 31U}) {
        const auto plain = Rtcp(ssrc, blocks);
        const auto wire = Protect(encryptor, suite, plain);
        CHECK(wire == reference::ProtectRtcp(suite, keys, plain, index++));
        for (auto& inbound : inbounds) {
          Octets received = wire;
          const auto outcome = inbound.UnprotectRtcp(received);
          CHECK_FALSE(outcome.failure);
          received.resize(outcome.size);
          CHECK(received == plain);
          Octets again = wire;
          CHECK(inbound.UnprotectRtcp(again).failure == Failure::kReplay);
        }
      }
    }
  }
}

TEST_CASE("RtcpEncryptorTest: leaves RTCP unchanged when it is too short or has no room", "[srtp]") {
  SeededRandom random(52);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    RtcpEncryptor encryptor(MasterKey::Generate(suite, random));
    for (std::size_t size = 0; size < 8; ++size) CHECK(Protect(encryptor, suite, Octets(size, 0x80)).empty());
    const auto packet = Rtcp(9);
    for (std::size_t room = 0; room < RtcpOverhead(suite); ++room) {
      Octets buffer = packet;
      buffer.resize(packet.size() + room);
      CHECK_FALSE(encryptor.Protect(buffer, packet.size()));
      CHECK(std::equal(packet.begin(), packet.end(), buffer.begin()));
    }
    Octets buffer = packet;
    CHECK_FALSE(encryptor.Protect(buffer, buffer.size() + 1));
    CHECK_FALSE(encryptor.Protect(buffer, SIZE_MAX - 4));
  }
}
