#include <optional>

#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/PlainSrtp.hpp"

namespace ringcast::test {

namespace {

using srtp::CryptoSuite;

rtc::SrtpParameters KeyOf(CryptoSuite suite, Random& random) {
  return {suite, srtp::MasterKey::Generate(suite, random).Base64()};
}

}  // namespace

TEST_CASE("PlainSrtpTest: requires the remote's key if and only if SRTP is enabled", "[rtc][srtp]") {
  SeededRandom random(1);
  const auto key = KeyOf(CryptoSuite::kAesCm128HmacSha1_80, random);
  const rtc::PlainSrtp disabled;
  CHECK_FALSE(disabled.Enabled());
  CHECK_FALSE(disabled.OwnParameters());
  CHECK(disabled.Check(std::nullopt).Ok());
  CHECK_FALSE(disabled.Check(key).Ok());

  const rtc::PlainSrtp enabled(CryptoSuite::kAesCm128HmacSha1_80, random);
  CHECK(enabled.Enabled());
  CHECK(enabled.Check(key).Ok());
  CHECK_FALSE(enabled.Check(std::nullopt).Ok());
}

TEST_CASE(
    "PlainSrtpTest: keeps its key when the suite stays the same, and generates a new one for another suite",
    "[rtc][srtp]") {
  SeededRandom random(1);
  rtc::PlainSrtp plain(CryptoSuite::kAesCm128HmacSha1_80, random);
  const auto offered = plain.OwnParameters()->keyBase64;

  const auto same = plain.Negotiate(KeyOf(CryptoSuite::kAesCm128HmacSha1_80, random), random);
  REQUIRE(same.Ok());
  CHECK(same->own.Base64() == offered);

  const auto remote = KeyOf(CryptoSuite::kAeadAes256Gcm, random);
  const auto other = plain.Negotiate(remote, random);
  REQUIRE(other.Ok());
  CHECK(other->own.Suite() == CryptoSuite::kAeadAes256Gcm);
  CHECK(other->own.Base64() != offered);
  CHECK(other->remote.Base64() == remote.keyBase64);
  CHECK(plain.OwnParameters()->keyBase64 == offered);  // until SRTP has started
  plain.SetOwnKey(other->own);
  CHECK(plain.OwnParameters()->cryptoSuite == CryptoSuite::kAeadAes256Gcm);
}

TEST_CASE("PlainSrtpTest: rejects a remote key that does not match its suite", "[rtc][srtp]") {
  SeededRandom random(1);
  const rtc::PlainSrtp plain(CryptoSuite::kAesCm128HmacSha1_80, random);
  auto remote = KeyOf(CryptoSuite::kAesCm128HmacSha1_80, random);
  remote.cryptoSuite = CryptoSuite::kAeadAes256Gcm;
  CHECK(plain.Negotiate(remote, random).Failure().kind == ErrorKind::kTypeError);
}

}  // namespace ringcast::test
