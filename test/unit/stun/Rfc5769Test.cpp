#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"
#include "ringcast/stun/Writer.hpp"
#include "support/Hex.hpp"
#include "support/StunSamples.hpp"

using namespace ringcast;
using namespace ringcast::stun;
using test::Hex;
using test::ParsedStun;

// The test vectors of RFC 5769 sections 2.1 to 2.3, with short-term credentials. They pad with spaces.

namespace {

constexpr const char* kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr TransactionId kId{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

std::vector<std::uint8_t> Request() {
  return Hex(
      "00010058 2112a442 b7e7a701bc34d686fa87dfae"
      "80220010 5354554e207465737420636c69656e74"
      "00240004 6e0001ff"
      "80290008 932ff9b151263b36"
      "00060009 6576746a3a68367659 202020"
      "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
      "80280004 e57a3bcf");
}

std::vector<std::uint8_t> ResponseV4() {
  return Hex(
      "0101003c 2112a442 b7e7a701bc34d686fa87dfae"
      "8022000b 7465737420766563746f72 20"
      "00200008 0001a147e112a643"
      "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
      "80280004 c07d4c96");
}

std::vector<std::uint8_t> ResponseV6() {
  return Hex(
      "01010048 2112a442 b7e7a701bc34d686fa87dfae"
      "8022000b 7465737420766563746f72 20"
      "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
      "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
      "80280004 c8fb0b4c");
}

// Replaces the writer's padding with spaces. The writer pads with zeros, as in RFC 8489 section 14, and the
// signature covers the padding.
void PadWithSpaces(std::vector<std::uint8_t>& room, const Writer& writer, std::size_t count) {
  for (std::size_t i = 1; i <= count; ++i) {
    CHECK(room[writer.Size() - i] == 0);
    room[writer.Size() - i] = ' ';
  }
}

}  // namespace

TEST_CASE("Rfc5769Test: reads and verifies the sample request of section 2.1", "[stun]") {
  const auto bytes = Request();
  const auto message = ParsedStun(bytes);
  CHECK(message.Class() == MessageClass::kRequest);
  CHECK(message.Method() == kBinding);
  CHECK(message.TransactionId() == kId);
  CHECK(message.Software() == "STUN test client");
  CHECK(message.Priority() == 0x6e0001ff);
  CHECK(message.IceControlled() == 0x932ff9b151263b36);
  CHECK_FALSE(message.IceControlling());
  CHECK(message.Username() == "evtj:h6vY");
  CHECK(message.HasFingerprint());
  CHECK(message.NotUnderstood().empty());
  CHECK(IntegrityKey(kPassword).Verify(message));
  CHECK_FALSE(IntegrityKey("VOkJxbRl1RmTxUk/WvJxBT").Verify(message));
}

TEST_CASE("Rfc5769Test: reads and verifies the sample responses of sections 2.2 and 2.3", "[stun]") {
  struct Row {
    std::vector<std::uint8_t> bytes;
    const char* ip;
  };
  const Row rows[] = {{ResponseV4(), "192.0.2.1"}, {ResponseV6(), "2001:db8:1234:5678:11:2233:4455:6677"}};
  for (const auto& row : rows) {
    CAPTURE(row.ip);
    const auto message = ParsedStun(row.bytes);
    CHECK(message.Class() == MessageClass::kSuccess);
    CHECK(message.TransactionId() == kId);
    CHECK(message.Software() == "test vector");
    CHECK(message.XorMappedAddress() == net::Address::Parse(row.ip, 32853));
    CHECK(message.HasFingerprint());
    CHECK(IntegrityKey(kPassword).Verify(message));
  }
}

TEST_CASE("Rfc5769Test: writes the sample request of section 2.1 byte for byte", "[stun]") {
  IntegrityKey key(kPassword);
  std::vector<std::uint8_t> room(256);
  Writer writer(room, MessageClass::kRequest, kId);
  writer.Software("STUN test client");
  writer.Priority(0x6e0001ff);
  writer.IceControlled(0x932ff9b151263b36);
  writer.Username("evtj:h6vY");
  PadWithSpaces(room, writer, 3);
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  room.resize(writer.Size());
  CHECK(room == Request());
}

TEST_CASE("Rfc5769Test: writes the sample responses of sections 2.2 and 2.3 byte for byte", "[stun]") {
  struct Row {
    std::vector<std::uint8_t> bytes;
    const char* ip;
  };
  const Row rows[] = {{ResponseV4(), "192.0.2.1"}, {ResponseV6(), "2001:db8:1234:5678:11:2233:4455:6677"}};
  IntegrityKey key(kPassword);
  for (const auto& row : rows) {
    CAPTURE(row.ip);
    std::vector<std::uint8_t> room(256);
    Writer writer(room, MessageClass::kSuccess, kId);
    writer.Software("test vector");
    PadWithSpaces(room, writer, 1);
    writer.XorMappedAddress(*net::Address::Parse(row.ip, 32853));
    writer.MessageIntegrity(key);
    writer.Fingerprint();
    room.resize(writer.Size());
    CHECK(room == row.bytes);
  }
}

TEST_CASE("Rfc5769Test: rejects each vector when it is truncated at any length", "[stun]") {
  for (const auto& vector : {Request(), ResponseV4(), ResponseV6()}) {
    for (std::size_t size = 0; size < vector.size(); ++size) {
      CAPTURE(size);
      const std::vector<std::uint8_t> cut(vector.begin(), vector.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(std::holds_alternative<ParseFailure>(Message::Parse(cut)));
    }
  }
}

TEST_CASE("Rfc5769Test: rejects each vector with any flipped bit", "[stun]") {
  IntegrityKey key(kPassword);
  for (const auto& vector : {Request(), ResponseV4(), ResponseV6()}) {
    for (std::size_t bit = 0; bit < vector.size() * 8; ++bit) {
      CAPTURE(bit);
      auto bytes = vector;
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (0x80U >> (bit % 8)));
      const auto parsed = Message::Parse(bytes);
      const auto* const message = std::get_if<Message>(&parsed);
      // The signature does not cover FINGERPRINT: with another type it is an unknown attribute to ignore.
      const bool inFingerprintHeader = bit / 8 >= vector.size() - 8 && bit / 8 < vector.size() - 4;
      CHECK((message == nullptr || inFingerprintHeader || !key.Verify(*message)));
    }
  }
}
