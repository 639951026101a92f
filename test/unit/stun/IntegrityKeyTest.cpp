#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"
#include "support/StunSamples.hpp"

using namespace ringcast;
using namespace ringcast::stun;
using test::ParsedStun;
using test::StunRequest;

namespace {

constexpr const char* kPassword = "a password of 22 bytes";

std::vector<std::uint8_t> Signed(bool fingerprint = false) {
  return StunRequest{.username = "us:them", .password = kPassword, .fingerprint = fingerprint}.Build();
}

}  // namespace

TEST_CASE("IntegrityKeyTest: verifies a message only with the password that signed it", "[stun]") {
  for (const bool fingerprint : {false, true}) {
    const auto bytes = Signed(fingerprint);
    const auto message = ParsedStun(bytes);
    CHECK(IntegrityKey(kPassword).Verify(message));
    CHECK_FALSE(IntegrityKey("a password of 22 bytez").Verify(message));
    CHECK_FALSE(IntegrityKey("a").Verify(message));
  }
}

TEST_CASE("IntegrityKeyTest: rejects a message without MESSAGE-INTEGRITY", "[stun]") {
  const auto bytes = StunRequest{.username = "us:them"}.Build();
  CHECK_FALSE(IntegrityKey(kPassword).Verify(ParsedStun(bytes)));
}

TEST_CASE("IntegrityKeyTest: rejects any flipped bit of MESSAGE-INTEGRITY", "[stun]") {
  IntegrityKey key(kPassword);
  const auto bytes = Signed();
  for (std::size_t bit = (bytes.size() - 20) * 8; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(key.Verify(ParsedStun(flipped)));
  }
}

TEST_CASE("IntegrityKeyTest: rejects any flipped bit before MESSAGE-INTEGRITY", "[stun]") {
  IntegrityKey key(kPassword);
  const auto bytes = Signed();
  for (std::size_t bit = 0; bit < (bytes.size() - 20) * 8; ++bit) {
    CAPTURE(bit);
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    const auto parsed = Message::Parse(flipped);
    const auto* const message = std::get_if<Message>(&parsed);
    CHECK((message == nullptr || !key.Verify(*message)));
  }
}

TEST_CASE("IntegrityKeyTest: verifies several messages, also after a move", "[stun]") {
  IntegrityKey key(kPassword);
  const auto good = Signed();
  auto bad = good;
  bad.back() ^= 1;
  for (int round = 0; round < 3; ++round) {
    CHECK(key.Verify(ParsedStun(good)));
    CHECK_FALSE(key.Verify(ParsedStun(bad)));
  }
  IntegrityKey moved(std::move(key));
  CHECK(moved.Verify(ParsedStun(good)));
}
