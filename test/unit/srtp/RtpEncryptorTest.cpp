// Every engine, compared with libsrtp2 and the reference byte for byte.

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/srtp/RtpEncryptor.hpp"
#include "support/Hex.hpp"
#include "unit/srtp/ReferenceSrtp.hpp"
#include "unit/srtp/SrtpSamples.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using samples::kSuites;
using samples::Octets;
using samples::Rtp;
using samples::RtpShape;

namespace {

std::vector<Engine> Engines(const MasterKey& key) {
  std::vector<Engine> engines{Engine::kOpenssl};
  if (IsBuiltIn(Engine::kLibsrtp2)) engines.push_back(Engine::kLibsrtp2);
  if (RtpEncryptor::Create(key, Engine::kIpsecMb)) engines.push_back(Engine::kIpsecMb);
  return engines;
}

struct Plain {
  Octets packet;
  std::size_t headerSize = 0;
  std::int64_t sequenceNumber = 0;
};

Plain Make(std::uint32_t ssrc, std::int64_t sequenceNumber, const RtpShape& shape) {
  auto packet = Rtp(ssrc, static_cast<std::uint16_t>(sequenceNumber), shape);
  const auto headerSize = packet.size() - shape.payload;
  return {std::move(packet), headerSize, sequenceNumber};
}

// Protects a batch at once, each packet in a separate buffer of its exact size.
std::vector<Octets> Protect(RtpEncryptor& encryptor, const std::vector<Plain>& run) {
  const auto overhead = RtpOverhead(encryptor.Suite());
  std::vector<Octets> out;
  std::vector<RtpEncryptor::Job> jobs;
  for (const auto& plain : run) {
    out.emplace_back(plain.packet.begin(),
                     plain.packet.begin() + static_cast<std::ptrdiff_t>(plain.headerSize));
    out.back().resize(plain.packet.size() + overhead, 0xEE);
  }
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto index = encryptor.Claim(LoadU32(&run[i].packet[8]), run[i].sequenceNumber);
    REQUIRE(index);
    jobs.push_back({.packet = out[i].data(),
                    .headerSize = run[i].headerSize,
                    .payload = ByteView(run[i].packet).subspan(run[i].headerSize),
                    .index = *index});
  }
  REQUIRE(encryptor.Protect(jobs));
  return out;
}

const RtpShape kShapes[] = {
    {.payload = 0},
    {.payload = 1},
    {.payload = 15},
    {.payload = 16},
    {.payload = 17},
    {.payload = 160},
    {.payload = 964},
    {.payload = 1188},
    {.payload = 1460},
    {.contributors = 1},
    {.contributors = 15, .payload = 3},
    {.extensionWords = 1},
    {.extensionWords = 5, .payload = 0},
    {.contributors = 2, .extensionWords = 3, .payload = 500},
};

}  // namespace

TEST_CASE("RtpEncryptorTest: protects any packet like the reference with every engine", "[srtp]") {
  SeededRandom random(21);
  for (const auto suite : kSuites) {
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, reference::RtpProtocol::kRtp);
    std::vector<Plain> run;
    std::vector<Octets> expected;
    std::int64_t sequenceNumber = 100;
    for (const auto& shape : kShapes) {
      run.push_back(Make(0xCAFE0001, sequenceNumber++, shape));
      expected.push_back(reference::ProtectRtp(suite, keys, run.back().packet, 0));
    }
    for (const auto engine : Engines(key)) {
      INFO(Name(suite) << " by " << Name(engine));
      auto encryptor = RtpEncryptor::Create(key, engine);
      REQUIRE(encryptor.Ok());
      CHECK(encryptor->Used() == engine);
      CHECK(encryptor->Suite() == suite);
      CHECK(Protect(*encryptor, run) == expected);
    }
  }
}

TEST_CASE("RtpEncryptorTest: counts rollovers with every engine", "[srtp]") {
  SeededRandom random(22);
  for (const auto suite : kSuites) {
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, reference::RtpProtocol::kRtp);
    for (const auto engine : Engines(key)) {
      auto encryptor = RtpEncryptor::Create(key, engine);
      auto inbound = Inbound::Create(key);
      REQUIRE((encryptor.Ok() && inbound.Ok()));
      std::uint32_t ssrc = 0;
      for (const std::int64_t start : {0, 1, 32767, 32768, 65534, 65535}) {
        ++ssrc;
        std::int64_t sequenceNumber = start;
        for (int i = 0; i < 40; ++i) {
          INFO(Name(suite) << " by " << Name(engine) << ", " << sequenceNumber);
          const auto plain = Make(0xFFFF0000 + ssrc, sequenceNumber, {.payload = 20});
          auto wire = Protect(*encryptor, {plain}).front();
          REQUIRE(wire == reference::ProtectRtp(suite, keys, plain.packet,
                                                static_cast<std::uint32_t>(sequenceNumber >> 16)));
          const auto outcome = inbound->UnprotectRtp(wire);
          REQUIRE_FALSE(outcome.failure);
          wire.resize(outcome.size);
          REQUIRE(wire == plain.packet);
          sequenceNumber += i < 8 ? 1 : 5000;
        }
      }
    }
  }
}

TEST_CASE("RtpEncryptorTest: encrypts batches like single packets", "[srtp]") {
  SeededRandom random(23);
  for (const auto suite : kSuites) {
    const auto key = MasterKey::Generate(suite, random);
    for (const auto engine : Engines(key)) {
      auto together = RtpEncryptor::Create(key, engine);
      auto apart = RtpEncryptor::Create(key, Engine::kOpenssl);
      REQUIRE((together.Ok() && apart.Ok()));
      std::int64_t sequenceNumber = 0;
      for (const std::size_t length : {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 15U, 16U, 17U, 63U, 64U, 65U, 130U}) {
        INFO(Name(suite) << " by " << Name(engine) << ", " << length << " packets");
        std::vector<Plain> run;
        for (std::size_t i = 0; i < length; ++i) {
          run.push_back(
              Make(static_cast<std::uint32_t>(i % 3), sequenceNumber++, {.payload = 100 + (i * 37) % 1100}));
        }
        const auto all = Protect(*together, run);
        REQUIRE(all.size() == length);
        for (std::size_t i = 0; i < length; ++i) REQUIRE(Protect(*apart, {run[i]}).front() == all[i]);
      }
    }
  }
}

TEST_CASE("RtpEncryptorTest: encrypts in place", "[srtp]") {
  SeededRandom random(24);
  for (const auto suite : kSuites) {
    const auto key = MasterKey::Generate(suite, random);
    const auto plain = Make(7, 70'000, {.payload = 333});
    const auto expected =
        reference::ProtectRtp(suite, reference::Derive(key, reference::RtpProtocol::kRtp), plain.packet, 1);
    for (const auto engine : {Engine::kOpenssl, Engine::kAuto}) {
      auto encryptor = RtpEncryptor::Create(key, engine);
      REQUIRE(encryptor.Ok());
      Octets buffer = plain.packet;
      buffer.resize(plain.packet.size() + RtpOverhead(suite));
      const auto index = encryptor->Claim(7, plain.sequenceNumber);
      REQUIRE(index);
      const RtpEncryptor::Job job{.packet = buffer.data(),
                                  .headerSize = plain.headerSize,
                                  .payload = ByteView(buffer).subspan(plain.headerSize, 333),
                                  .index = *index};
      REQUIRE(encryptor->Protect({&job, 1}));
      CHECK(buffer == expected);
    }
  }
}

TEST_CASE("RtpEncryptorTest: accepts each index of an ssrc once", "[srtp]") {
  SeededRandom random(26);
  const auto key = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  auto encryptor = RtpEncryptor::Create(key);
  REQUIRE(encryptor.Ok());
  CHECK_FALSE(encryptor->NextIndex(1));
  CHECK_FALSE(encryptor->ClaimRepeat(1, 70'000));
  CHECK(encryptor->Claim(1, 70'000));
  CHECK(encryptor->NextIndex(1) == 70'001);
  CHECK(encryptor->ClaimRepeat(1, 70'000));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(encryptor->Claim(1, 70'000));
  CHECK(encryptor->Claim(2, 70'000));
  CHECK(encryptor->Claim(1, 70'000 + 65'536));  // the same wire sequence number after the next rollover
  CHECK_FALSE(encryptor->Claim(1, 70'000));
}

// The vectors of RFC 3711 appendix B.3 and RFC 7714 section 16 verify the reference, and the tests above
// compare every engine with it. The vectors give session keys, which the engines do not accept.
TEST_CASE("RtpEncryptorTest: selects the fastest engine by default", "[srtp]") {
  SeededRandom random(25);
  const auto key = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  const auto automatic = RtpEncryptor::Create(key);
  REQUIRE(automatic.Ok());
  const bool fast = RtpEncryptor::Create(key, Engine::kIpsecMb).Ok();
  CHECK(automatic->Used() == (fast ? Engine::kIpsecMb : Engine::kOpenssl));
  for (const auto engine : kEngines) CHECK(ParseEngine(Name(engine)) == engine);
  CHECK_FALSE(ParseEngine("rot13"));
}

TEST_CASE("RtpEncryptorTest: rejects an engine that is not built in and names it", "[srtp]") {
  SeededRandom random(27);
  const auto key = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  for (const auto engine : kEngines) {
    INFO(Name(engine));
    const auto encryptor = RtpEncryptor::Create(key, engine);
    if (IsBuiltIn(engine) && engine != Engine::kIpsecMb) CHECK(encryptor.Ok());
    if (IsBuiltIn(engine)) continue;
    REQUIRE_FALSE(encryptor.Ok());
    CHECK(encryptor.Failure().reason.ends_with(Name(engine)));
  }
  CHECK(Inbound::Create(key, Engine::kLibsrtp2).Ok() == IsBuiltIn(Engine::kLibsrtp2));
}
