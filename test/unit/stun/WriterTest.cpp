#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"
#include "ringcast/stun/Writer.hpp"
#include "support/Hex.hpp"
#include "support/StunSamples.hpp"

using namespace ringcast;
using namespace ringcast::stun;
using test::ParsedStun;

namespace {

constexpr TransactionId kId{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0xFF, 0xFE};

// Writes every attribute that the writer supports.
std::size_t WriteAll(MutableBytes room, IntegrityKey& key) {
  Writer writer(room, MessageClass::kError, kId);
  writer.Username("abcd:efgh1");
  writer.Priority(0x01020304);
  writer.UseCandidate();
  writer.IceControlled(0x0102030405060708);
  writer.IceControlling(0x1112131415161718);
  writer.Nomination(77);
  writer.Software("something");
  writer.XorMappedAddress(*net::Address::Parse("198.51.100.7", 65535));
  writer.ErrorCode(487, "Role Conflict");
  const std::array<std::uint16_t, 3> types{0x0001, 0x7FFF, 0x0015};
  writer.UnknownAttributes(types);
  writer.Attribute(0x8123, test::Hex("aabbcc"));
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  return writer.Size();
}

}  // namespace

TEST_CASE("WriterTest: writes attributes that read back", "[stun]") {
  IntegrityKey key("secret");
  std::vector<std::uint8_t> room(512);
  room.resize(WriteAll(room, key));
  const auto message = ParsedStun(room);
  CHECK(message.Class() == MessageClass::kError);
  CHECK(message.Method() == kBinding);
  CHECK(message.TransactionId() == kId);
  CHECK(message.Username() == "abcd:efgh1");
  CHECK(message.Priority() == 0x01020304);
  CHECK(message.UseCandidate());
  CHECK(message.IceControlled() == 0x0102030405060708);
  CHECK(message.IceControlling() == 0x1112131415161718);
  CHECK(message.Nomination() == 77);
  CHECK(message.Software() == "something");
  CHECK(message.XorMappedAddress() == net::Address::Parse("198.51.100.7", 65535));
  REQUIRE(message.ErrorCode());
  CHECK(message.ErrorCode()->code == 487);
  CHECK(message.ErrorCode()->reason == "Role Conflict");
  REQUIRE(message.UnknownAttributes());
  const auto unknown = *message.UnknownAttributes();
  CHECK(std::vector<std::uint8_t>(unknown.begin(), unknown.end()) == test::Hex("0001 7fff 0015"));
  CHECK(message.NotUnderstood().empty());
  CHECK(key.Verify(message));
  CHECK(message.HasFingerprint());
}

TEST_CASE("WriterTest: writes nothing beyond a buffer that is too small", "[stun]") {
  IntegrityKey key("secret");
  std::vector<std::uint8_t> whole(512);
  const std::size_t size = WriteAll(whole, key);
  REQUIRE(size > 0);
  for (std::size_t room = 0; room <= size; ++room) {
    CAPTURE(room);
    std::vector<std::uint8_t> exact(room);  // exact size, so that the sanitizer detects writes past the end
    CHECK(WriteAll(exact, key) == (room < size ? 0 : size));
  }
}

TEST_CASE("WriterTest: encodes class and method as in RFC 8489 section 5", "[stun]") {
  struct Row {
    MessageClass messageClass;
    std::uint16_t method;
    std::uint16_t type;
  };
  const Row rows[] = {
      {MessageClass::kRequest, 0x001, 0x0001},    {MessageClass::kIndication, 0x001, 0x0011},
      {MessageClass::kSuccess, 0x001, 0x0101},    {MessageClass::kError, 0x001, 0x0111},
      {MessageClass::kRequest, 0xFFF, 0x3EEF},    {MessageClass::kError, 0xFFF, 0x3FFF},
      {MessageClass::kIndication, 0x080, 0x0210}, {MessageClass::kSuccess, 0x010, 0x0120},
  };
  for (const auto& row : rows) {
    CAPTURE(row.type);
    std::vector<std::uint8_t> room(kHeaderSize);
    const Writer writer(room, row.messageClass, kId, row.method);
    REQUIRE(writer.Size() == kHeaderSize);
    CHECK(LoadU16(room.data()) == row.type);
    const auto message = ParsedStun(room);
    CHECK(message.Class() == row.messageClass);
    CHECK(message.Method() == row.method);
  }
}

TEST_CASE("WriterTest: writes mapped addresses of both families, and IPv4-mapped ones as IPv4", "[stun]") {
  struct Row {
    const char* ip;
    const char* written;
  };
  const Row rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"2001:db8::1", "2001:db8::1"},
      {"::1", "::1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::192.0.2.1", "::192.0.2.1"},
      {"::fffe:192.0.2.1", "::fffe:192.0.2.1"},
  };
  for (const auto& row : rows) {
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 1, 8466, 65535}) {
      CAPTURE(row.ip, port);
      std::vector<std::uint8_t> room(64);
      Writer writer(room, MessageClass::kSuccess, kId);
      writer.XorMappedAddress(*net::Address::Parse(row.ip, port));
      room.resize(writer.Size());
      const auto message = ParsedStun(room);
      CHECK(message.XorMappedAddress() == net::Address::Parse(row.written, port));
    }
  }
}

TEST_CASE("WriterTest: pads values with zeros to a multiple of four", "[stun]") {
  for (std::size_t size = 0; size <= 9; ++size) {
    CAPTURE(size);
    std::vector<std::uint8_t> room(64, 0xEE);
    Writer writer(room, MessageClass::kRequest, kId);
    writer.Username(std::string(size, 'x'));
    const std::size_t padded = (size + 3) / 4 * 4;
    REQUIRE(writer.Size() == kHeaderSize + 4 + padded);
    CHECK(LoadU16(&room[2]) == 4 + padded);
    for (std::size_t i = size; i < padded; ++i) CHECK(room[kHeaderSize + 4 + i] == 0);
    room.resize(writer.Size());
    CHECK(ParsedStun(room).Username() == std::string(size, 'x'));
  }
}
