// The reference implementation against the test vectors of the RFCs.

#include <string_view>

#include <catch2/catch.hpp>

#include "support/Hex.hpp"
#include "unit/srtp/ReferenceSrtp.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using reference::Octets;
using reference::RtpProtocol;
using test::Hex;

namespace {

MasterKey MasterKeyOf(CryptoSuite suite, const Octets& bytes) {
  class Fixed final : public Random {
   public:
    explicit Fixed(const Octets& octets) : octets_(octets) {}
    void Fill(MutableBytes out) override {
      REQUIRE(out.size() == octets_.size());
      std::copy(octets_.begin(), octets_.end(), out.begin());
    }

   private:
    const Octets& octets_;
  } fixed(bytes);
  return MasterKey::Generate(suite, fixed);
}

}  // namespace

TEST_CASE("ReferenceSrtpTest: derives the session keys of RFC 3711 appendix B.3", "[srtp]") {
  const auto master = MasterKeyOf(CryptoSuite::kAesCm128HmacSha1_80,
                                  Hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6"));
  const auto keys = reference::Derive(master, RtpProtocol::kRtp);
  CHECK(keys.cipherKey == Hex("C61E7A93744F39EE10734AFE3FF7A087"));
  CHECK(keys.salt == Hex("30CBBC08863D8C85D49DB34A9AE1"));
  CHECK(keys.authKey == Hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST_CASE("ReferenceSrtpTest: generates the keystream of RFC 3711 appendix B.2", "[srtp]") {
  const auto stream = reference::KeyStream(Hex("2B7E151628AED2A6ABF7158809CF4F3C"),
                                           Hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"), 0xFF02 * 16);
  const auto block = [&](std::size_t counter) {
    return Octets(stream.begin() + static_cast<std::ptrdiff_t>(counter * 16),
                  stream.begin() + static_cast<std::ptrdiff_t>(counter * 16 + 16));
  };
  CHECK(block(0) == Hex("E03EAD0935C95E80E166B16DD92B4EB4"));
  CHECK(block(1) == Hex("D23513162B02D0F72A43A2FE4A5F97AB"));
  CHECK(block(2) == Hex("41E95B3BB0A2E8DD477901E4FCA894C0"));
  CHECK(block(0xFEFF) == Hex("EC8CDF7398607CB0F2D21675EA9EA1E4"));
  CHECK(block(0xFF00) == Hex("362B7C3C6773516318A077D7FC5073AE"));
  CHECK(block(0xFF01) == Hex("6A2CC3787889374FBEB4C81B17BA6C44"));
}

TEST_CASE("ReferenceSrtpTest: protects the packets of RFC 7714 sections 16 and 17", "[srtp]") {
  const auto rtp =
      Hex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 "
          "61727465 73207472 6573");
  const auto rtcp =
      Hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef "
          "deadbeef deadbeef "
          "deadbeef");
  struct Case {
    CryptoSuite suite;
    std::string_view key;
    std::string_view protectedRtp;
    std::string_view protectedRtcp;
  };
  const Case cases[] = {
      {CryptoSuite::kAeadAes128Gcm, "000102030405060708090a0b0c0d0e0f",
       "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b "
       "36de3adf "
       "8833899d 7f27beb1 6a9152cf 765ee439 0cce",
       "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 "
       "86303ded "
       "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"},
      {CryptoSuite::kAeadAes256Gcm, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f "
       "1ba63799 "
       "b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
       "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 "
       "c61de047 "
       "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4"},
  };
  for (const auto& c : cases) {
    INFO(Name(c.suite));
    const reference::SessionKeys keys{Hex(c.key), Hex("517569642070726f2071756f"), {}};
    CHECK(reference::ProtectRtp(c.suite, keys, rtp, 0) == Hex(c.protectedRtp));
    CHECK(reference::ProtectRtcp(c.suite, keys, rtcp, 0x5d4) == Hex(c.protectedRtcp));
  }
}
