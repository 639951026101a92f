#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"
#include "ringcast/stun/Writer.hpp"
#include "stun/Fingerprint.hpp"
#include "support/Hex.hpp"
#include "support/StunSamples.hpp"

using namespace ringcast;
using namespace ringcast::stun;
using test::Hex;
using test::ParsedStun;
using test::StunRequest;

using Vector = std::vector<std::uint8_t>;

namespace {

// Returns a binding request with these attributes and the correct length.
Vector WithAttributes(std::string_view attributes) {
  Vector bytes = Hex("00010000 2112a442 000102030405060708090a0b");
  const Vector rest = Hex(attributes);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  StoreU16(&bytes[2], static_cast<std::uint16_t>(rest.size()));
  return bytes;
}

std::string Bytes(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "61";
  return text;
}

// Returns an attribute of this size, padded.
std::string Sized(std::uint16_t type, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::size_t word : {std::size_t{type}, size}) {
    for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(word >> shift) & 0xF];
  }
  return text + Bytes((size + 3) / 4 * 4);
}

std::optional<ParseFailure> FailureOf(const Vector& bytes) {
  const auto parsed = Message::Parse(bytes);
  if (const auto* failure = std::get_if<ParseFailure>(&parsed)) return *failure;
  return std::nullopt;
}

}  // namespace

TEST_CASE("MessageTest: parses a bare header", "[stun]") {
  const auto bytes = WithAttributes("");
  const auto message = ParsedStun(bytes);
  CHECK(message.Class() == MessageClass::kRequest);
  CHECK(message.Method() == kBinding);
  CHECK(message.TransactionId() == TransactionId{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK_FALSE(message.Username());
  CHECK_FALSE(message.IntegrityOffset());
  CHECK_FALSE(message.HasFingerprint());
  CHECK_FALSE(message.UseCandidate());
  CHECK_FALSE(message.XorMappedAddress());
  CHECK_FALSE(message.ErrorCode());
}

TEST_CASE("MessageTest: rejects malformed messages with the reason", "[stun]") {
  struct Row {
    const char* what;
    Vector bytes;
    ParseFailure failure;
  };
  const Row rows[] = {
      {"nothing", {}, ParseFailure::kTooShort},
      {"a byte less than a header", Hex("00010000 2112a442 000102030405060708090a"), ParseFailure::kTooShort},
      {"the first bit set", Hex("80010000 2112a442 000102030405060708090a0b"), ParseFailure::kNotStun},
      {"the second bit set", Hex("40010000 2112a442 000102030405060708090a0b"), ParseFailure::kNotStun},
      {"another cookie", Hex("00010000 2112a443 000102030405060708090a0b"), ParseFailure::kNotStun},
      {"a length of three", Hex("00010003 2112a442 000102030405060708090a0b 000000"), ParseFailure::kLength},
      {"a length beyond the datagram", Hex("00010004 2112a442 000102030405060708090a0b"),
       ParseFailure::kLength},
      {"a byte behind the length", Hex("00010000 2112a442 000102030405060708090a0b 00"),
       ParseFailure::kLength},
      {"four bytes behind the length", Hex("00010000 2112a442 000102030405060708090a0b 80220000"),
       ParseFailure::kLength},
      {"an attribute longer than the message", WithAttributes("80220005 61616161"),
       ParseFailure::kAttributeBounds},
      {"an attribute of 65535 bytes", WithAttributes("8022ffff 61616161"), ParseFailure::kAttributeBounds},
      {"the second attribute longer than the message", WithAttributes("80220001 61000000 80220001"),
       ParseFailure::kAttributeBounds},
      {"an attribute behind FINGERPRINT", WithAttributes("80280004 00000000 80220000"),
       ParseFailure::kFingerprint},
      {"a FINGERPRINT that is wrong", WithAttributes("80280004 12345678"), ParseFailure::kFingerprint},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(FailureOf(row.bytes) == row.failure);
  }
}

TEST_CASE("MessageTest: rejects attributes behind FINGERPRINT", "[stun]") {
  Vector bytes = WithAttributes("80280004 00000000 80220000");
  const std::size_t fingerprint = kHeaderSize;
  StoreU32(&bytes[fingerprint + 4], FingerprintOf(ByteView(bytes).first(fingerprint)));
  CHECK(FailureOf(bytes) == ParseFailure::kBehindFingerprint);
}

TEST_CASE("MessageTest: rejects known attributes of a wrong size", "[stun]") {
  struct Row {
    const char* what;
    std::uint16_t type;
    std::set<std::size_t> sizes;  // accepted sizes between 0 and 40
  };
  std::set<std::size_t> any;
  std::set<std::size_t> fourOrMore;
  std::set<std::size_t> even;
  for (std::size_t size = 0; size <= 40; ++size) {
    any.insert(size);
    if (size % 2 == 0) even.insert(size);
  }
  const Row rows[] = {
      {"USERNAME", 0x0006, any},
      {"MESSAGE-INTEGRITY", 0x0008, {20}},
      {"ERROR-CODE, of no such class", 0x0009, {}},
      {"UNKNOWN-ATTRIBUTES", 0x000A, even},
      {"MESSAGE-INTEGRITY-SHA256", 0x001C, {16, 20, 24, 28, 32}},
      {"XOR-MAPPED-ADDRESS, of no such family", 0x0020, {}},
      {"PRIORITY", 0x0024, {4}},
      {"USE-CANDIDATE", 0x0025, {0}},
      {"NOMINATION", 0x0030, {4}},
      {"SOFTWARE", 0x8022, any},
      {"ICE-CONTROLLED", 0x8029, {8}},
      {"ICE-CONTROLLING", 0x802A, {8}},
      {"NOMINATION of browsers", 0xC001, {4}},
      {"one that is not known", 0x7FFE, any},
      {"one that need not be known", 0xFFFE, any},
  };
  for (const auto& row : rows) {
    for (std::size_t size = 0; size <= 40; ++size) {
      CAPTURE(row.what, size);
      const auto expected =
          row.sizes.count(size) != 0 ? std::nullopt : std::optional(ParseFailure::kAttributeSize);
      CHECK(FailureOf(WithAttributes(Sized(row.type, size))) == expected);
    }
  }
  CHECK(FailureOf(WithAttributes(Sized(0x8028, 3))) == ParseFailure::kAttributeSize);
  CHECK(FailureOf(WithAttributes(Sized(0x8028, 5))) == ParseFailure::kAttributeSize);
}

TEST_CASE("MessageTest: rejects texts longer than RFC 8489 allows", "[stun]") {
  CHECK_FALSE(FailureOf(WithAttributes(Sized(0x0006, 508))));
  CHECK(FailureOf(WithAttributes(Sized(0x0006, 509))) == ParseFailure::kAttributeSize);
  CHECK_FALSE(FailureOf(WithAttributes(Sized(0x8022, 763))));
  CHECK(FailureOf(WithAttributes(Sized(0x8022, 764))) == ParseFailure::kAttributeSize);
}

TEST_CASE("MessageTest: rejects a mapped address of a wrong size", "[stun]") {
  struct Row {
    const char* attribute;
    const char* ip;  // nullptr: malformed
  };
  const Row rows[] = {
      {"00200008 00010000 2112a442", "0.0.0.0"},
      {"00200008 00020000 2112a442", nullptr},
      {"00200008 00000000 2112a442", nullptr},
      {"00200008 00030000 2112a442", nullptr},
      {"00200014 00020000 2112a442 000102030405060708090a0b", "::"},
      {"00200014 00010000 2112a442 000102030405060708090a0b", nullptr},
      {"00200004 00010000", nullptr},
      {"00200000", nullptr},
  };
  for (const auto& row : rows) {
    CAPTURE(row.attribute);
    const auto bytes = WithAttributes(row.attribute);
    if (row.ip == nullptr) {
      CHECK(FailureOf(bytes) == ParseFailure::kAttributeSize);
      continue;
    }
    CHECK(ParsedStun(bytes).XorMappedAddress() == net::Address::Parse(row.ip, 0x2112));
  }
}

TEST_CASE("MessageTest: accepts error codes from 300 to 699", "[stun]") {
  struct Row {
    const char* attribute;
    int code;  // 0: malformed
  };
  const Row rows[] = {
      {"00090004 00000300", 300}, {"00090004 00000463", 499},
      {"00090004 00000663", 699}, {"00090004 fffffc01", 401},  // reserved bits are ignored: 0xfc & 7 is 4
      {"00090004 00000200", 0},   {"00090004 00000700", 0},
      {"00090004 00000464", 0},   {"00090003 00000400", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.attribute);
    const auto bytes = WithAttributes(row.attribute);
    const auto parsed = Message::Parse(bytes);
    const auto* const message = std::get_if<Message>(&parsed);
    REQUIRE((message != nullptr) == (row.code != 0));
    if (message != nullptr) CHECK(message->ErrorCode()->code == row.code);
  }
}

TEST_CASE("MessageTest: rejects more attributes than the limit", "[stun]") {
  std::string attributes;
  for (std::size_t i = 0; i < Message::kMaxAttributes; ++i) attributes += "80220000";
  CHECK_FALSE(FailureOf(WithAttributes(attributes)));
  CHECK(FailureOf(WithAttributes(attributes + "80220000")) == ParseFailure::kTooManyAttributes);
}

TEST_CASE("MessageTest: reports unknown comprehension-required types once and skips others", "[stun]") {
  const auto bytes =
      WithAttributes("00010000 80010000 7fff0003 61616100 00010000 c0570004 00010000 00150000");
  const auto message = ParsedStun(bytes);
  const auto types = message.NotUnderstood();
  CHECK(std::vector<std::uint16_t>(types.begin(), types.end()) ==
        std::vector<std::uint16_t>{0x0001, 0x7fff, 0x0015});

  std::string all;
  for (std::size_t i = 0; i < Message::kMaxAttributes; ++i)
    all += Sized(static_cast<std::uint16_t>(0x1000 + i), 0);
  const auto many = WithAttributes(all);
  CHECK(ParsedStun(many).NotUnderstood().size() == Message::kMaxAttributes);
}

TEST_CASE("MessageTest: uses the first of repeated attributes", "[stun]") {
  const auto bytes = WithAttributes(
      "00060001 61000000 00060001 62000000 00240004 00000001 00240004 00000002 c0010004 00000003 00300004 "
      "00000004"
      "802a0008 0000000000000005 802a0008 0000000000000006");
  const auto message = ParsedStun(bytes);
  CHECK(message.Username() == "a");
  CHECK(message.Priority() == 1);
  CHECK(message.Nomination() == 3);
  CHECK(message.IceControlling() == 5);
}

TEST_CASE("MessageTest: ignores attributes behind MESSAGE-INTEGRITY but for FINGERPRINT", "[stun]") {
  IntegrityKey key("secret");
  Vector room(256);
  Writer writer(room, MessageClass::kRequest, {});
  writer.Username("a:b");
  writer.MessageIntegrity(key);
  writer.UseCandidate();
  writer.Priority(1);
  writer.Nomination(1);
  writer.IceControlled(1);
  writer.Attribute(0x0001, {});
  writer.Attribute(0x0024, {});  // malformed, but ignored behind MESSAGE-INTEGRITY
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  room.resize(writer.Size());
  const auto message = ParsedStun(room);
  CHECK(message.Username() == "a:b");
  CHECK_FALSE(message.UseCandidate());
  CHECK_FALSE(message.Priority());
  CHECK_FALSE(message.Nomination());
  CHECK_FALSE(message.IceControlled());
  CHECK(message.NotUnderstood().empty());
  CHECK(message.HasFingerprint());
  CHECK(message.IntegrityOffset() == kHeaderSize + 8);
  CHECK(key.Verify(message));
}

TEST_CASE("MessageTest: rejects a request truncated at any length", "[stun]") {
  const Vector whole =
      StunRequest{
          .username = "abcdefgh:ijklmnop", .nomination = 3, .useCandidate = true, .password = "secret"}
          .Build();
  IntegrityKey key("secret");
  REQUIRE(key.Verify(ParsedStun(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    Vector cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(FailureOf(cut));
    if (size < kHeaderSize) continue;
    // With an adjusted length the message may parse if it ends between attributes; without FINGERPRINT only,
    // it even verifies, because the signature covers that part.
    StoreU16(&cut[2], static_cast<std::uint16_t>(size - kHeaderSize));
    const auto parsed = Message::Parse(cut);
    const auto* const message = std::get_if<Message>(&parsed);
    if (message != nullptr) {
      CHECK_FALSE(message->HasFingerprint());
      CHECK(key.Verify(*message) == (size == whole.size() - 8));
    }
  }
}

TEST_CASE("MessageTest: names each reject reason uniquely", "[stun]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(ParseFailure::kCount); ++i) {
    names.insert(Name(static_cast<ParseFailure>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ParseFailure::kCount));
  CHECK(names.count("unknown") == 0);
}
