#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "ringcast/srtp/Srtp.hpp"
#include "srtp/SessionKeys.hpp"
#include "support/WipeCheck.hpp"
#include "unit/srtp/SrtpSamples.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using samples::kSuites;

namespace {

std::string ReasonFor(CryptoSuite suite, std::string_view text) {
  const auto key = MasterKey::FromBase64(suite, text);
  REQUIRE_FALSE(key.Ok());
  CHECK(key.Failure().kind == ErrorKind::kTypeError);
  return key.Failure().reason;
}

std::string Zeros(std::size_t bytes) {
  std::string text((bytes + 2) / 3 * 4, 'A');
  const std::size_t padding = (3 - bytes % 3) % 3;
  std::fill(text.end() - static_cast<std::ptrdiff_t>(padding), text.end(), '=');
  return text;
}

}  // namespace

TEST_CASE("MasterKeyTest: returns name, key size and overhead of each suite", "[srtp]") {
  struct Case {
    CryptoSuite suite;
    std::string_view name;
    std::size_t master, rtp, rtcp;
  };
  const Case cases[] = {
      {CryptoSuite::kAeadAes256Gcm, "AEAD_AES_256_GCM", 44, 16, 20},
      {CryptoSuite::kAeadAes128Gcm, "AEAD_AES_128_GCM", 28, 16, 20},
      {CryptoSuite::kAesCm128HmacSha1_80, "AES_CM_128_HMAC_SHA1_80", 30, 10, 14},
      {CryptoSuite::kAesCm128HmacSha1_32, "AES_CM_128_HMAC_SHA1_32", 30, 4, 14},
  };
  for (const auto& c : cases) {
    CHECK(Name(c.suite) == c.name);
    CHECK(ParseCryptoSuite(c.name) == c.suite);
    CHECK(MasterLength(c.suite) == c.master);
    CHECK(RtpOverhead(c.suite) == c.rtp);
    CHECK(RtcpOverhead(c.suite) == c.rtcp);
    CHECK(std::max(c.rtp, c.rtcp) <= kMaxOverhead);
  }
}

TEST_CASE("MasterKeyTest: rejects an unknown suite", "[srtp]") {
  CHECK_FALSE(ParseCryptoSuite(""));
  CHECK_FALSE(ParseCryptoSuite("AES_CM_128_HMAC_SHA1"));
  CHECK_FALSE(ParseCryptoSuite("AES_CM_128_HMAC_SHA1_80 "));
  CHECK_FALSE(ParseCryptoSuite("aead_aes_128_gcm"));
}

TEST_CASE("MasterKeyTest: generates keys of the suite's length that survive base64", "[srtp]") {
  SeededRandom random(7);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    const auto key = MasterKey::Generate(suite, random);
    CHECK(key.Suite() == suite);
    REQUIRE(key.Bytes().size() == MasterLength(suite));
    CHECK(std::any_of(key.Bytes().begin(), key.Bytes().end(), [](std::uint8_t byte) { return byte != 0; }));

    const auto again = MasterKey::FromBase64(suite, key.Base64());
    REQUIRE(again.Ok());
    CHECK(again->Suite() == suite);
    CHECK(std::equal(key.Bytes().begin(), key.Bytes().end(), again->Bytes().begin(), again->Bytes().end()));
    CHECK(again->Base64() == key.Base64());
  }
}

TEST_CASE("MasterKeyTest: generates distinct keys", "[srtp]") {
  SeededRandom random(7);
  const auto first = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  const auto second = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  CHECK(first.Base64() != second.Base64());
}

TEST_CASE("MasterKeyTest: reads base64 of RFC 4648", "[srtp]") {
  // 28 bytes end in two padding characters, 44 in one, 30 in none.
  const auto gcm =
      MasterKey::FromBase64(CryptoSuite::kAeadAes128Gcm, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==");
  REQUIRE(gcm.Ok());
  for (std::size_t i = 0; i < 28; ++i) CHECK(gcm->Bytes()[i] == i);
  const auto gcm256 = MasterKey::FromBase64(CryptoSuite::kAeadAes256Gcm,
                                            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis=");
  REQUIRE(gcm256.Ok());
  for (std::size_t i = 0; i < 44; ++i) CHECK(gcm256->Bytes()[i] == i);
  const auto counter =
      MasterKey::FromBase64(CryptoSuite::kAesCm128HmacSha1_80, "+/+/AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd");
  REQUIRE(counter.Ok());
  CHECK(counter->Bytes()[0] == 0xFB);
  CHECK(counter->Bytes()[2] == 0xBF);
  CHECK(counter->Bytes()[29] == 0x1D);
}

TEST_CASE("MasterKeyTest: rejects a key of a wrong length and names both lengths", "[srtp]") {
  for (const auto suite : kSuites) {
    for (const std::size_t given : {0U, 1U, 16U, 27U, 28U, 29U, 30U, 31U, 43U, 44U, 45U, 46U, 300U}) {
      if (given == MasterLength(suite)) continue;
      const auto reason = ReasonFor(suite, Zeros(given));
      INFO(reason);
      CHECK(reason.find(Name(suite)) != std::string::npos);
      CHECK(reason.find("must have " + std::to_string(MasterLength(suite)) + " bytes") != std::string::npos);
      CHECK(reason.find("not " + std::to_string(given)) != std::string::npos);
    }
  }
}

TEST_CASE("MasterKeyTest: rejects invalid base64 without printing the secret", "[srtp]") {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "A"sv,
      "AAA"sv,
      "A==="sv,
      "===="sv,
      "AA=A"sv,
      "=AAA"sv,
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw="sv,     // one padding character is missing
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"sv,      // both are missing
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==\n"sv,  // line break at the end
      " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw="sv,    // space at the start, in whole groups of four
      "AAECAwQFBgcICQoL DA0ODxAREhMUFRYXGBkaGw="sv,    // space within
      "AAECAwQFBgcICQoL\nDA0ODxAREhMUFRYXGBkaG=="sv,
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGB-_Gw=="sv,  // URL-safe alphabet
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka\0w=="sv,
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG\xC3\xA4="sv,
      "AAECAwQF====CQoLDA0ODxAREhMUFRYXGBkaGw=="sv,
  };
  for (const auto text : cases) {
    const auto reason = ReasonFor(CryptoSuite::kAeadAes128Gcm, text);
    INFO(reason);
    CHECK(reason.find("not base64") != std::string::npos);
    CHECK(reason.find("AAEC") == std::string::npos);
  }
}

TEST_CASE("MasterKeyTest: copies keys", "[srtp]") {
  SeededRandom random(3);
  auto first = MasterKey::Generate(CryptoSuite::kAeadAes256Gcm, random);
  const auto text = first.Base64();
  const MasterKey copy = first;
  first = MasterKey::Generate(CryptoSuite::kAesCm128HmacSha1_32, random);
  CHECK(copy.Base64() == text);
  CHECK(first.Suite() == CryptoSuite::kAesCm128HmacSha1_32);
  CHECK(first.Bytes().size() == 30);
}

TEST_CASE("MasterKeyTest: wipes its memory", "[srtp]") {
  alignas(MasterKey) std::array<std::uint8_t, sizeof(MasterKey)> place{};
  SeededRandom random(3);
  auto* key = new (place.data()) MasterKey(MasterKey::Generate(CryptoSuite::kAeadAes256Gcm, random));
  const std::vector<std::uint8_t> secret(key->Bytes().begin(), key->Bytes().end());
  REQUIRE(std::search(place.begin(), place.end(), secret.begin(), secret.end()) != place.end());
  key->~MasterKey();
  // No four consecutive bytes of the key remain.
  for (std::size_t i = 0; i + 4 <= secret.size(); ++i) {
    const auto part = secret.begin() + static_cast<std::ptrdiff_t>(i);
    CHECK(std::search(place.begin(), place.end(), part, part + 4) == place.end());
  }
}

TEST_CASE("MasterKeyTest: wipes all session keys at their end", "[srtp]") {
  SeededRandom random(4);
  for (const auto suite : kSuites) {
    for (const auto protocol : {RtpProtocol::kRtp, RtpProtocol::kRtcp}) {
      const SessionKeys keys(MasterKey::Generate(suite, random), protocol);
      CHECK_FALSE(test::LeavesTrace(keys, ByteView(keys.key).first(keys.keyLength)));
      CHECK_FALSE(test::LeavesTrace(keys, ByteView(keys.salt).first(12)));
      if (!IsGcm(suite)) CHECK_FALSE(test::LeavesTrace(keys, keys.authKey));
    }
  }
}
