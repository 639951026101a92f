#include <set>
#include <string_view>

#include <catch2/catch.hpp>

#include "unit/dtls/DtlsSamples.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Octets;
using samples::Record;

namespace {

Octets Joined(const std::vector<Octets>& parts) {
  Octets whole;
  for (const auto& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

// RFC 6347 section 4.2.2.
Octets HandshakeBody(std::uint8_t type, std::uint32_t length, std::uint16_t messageSeq, std::uint32_t offset,
                     std::uint32_t fragment, std::size_t present) {
  Octets body(12 + present);
  ByteWriter writer(body);
  writer.U8(type);
  writer.U24(length);
  writer.U16(messageSeq);
  writer.U24(offset);
  writer.U24(fragment);
  return body;
}

}  // namespace

TEST_CASE("RecordsTest: recognizes DTLS by types, versions and sizes of records", "[dtls]") {
  const Octets body{1, 2, 3};
  for (int type = 0; type < 256; ++type) {
    INFO("type " << type);
    const auto plain = ParseRecords(Record(static_cast<std::uint8_t>(type), 0, 0, body));
    CHECK(plain.has_value() == (type >= 20 && type <= 22));
    const auto encrypted = ParseRecords(Record(static_cast<std::uint8_t>(type), 1, 0, body));
    CHECK(encrypted.has_value() == (type >= 20 && type <= 23));
  }
  for (const auto version : std::initializer_list<std::uint16_t>{0xFEFF, 0xFEFD})
    CHECK(ParseRecords(Record(22, 0, 0, body, version)));
  for (const auto version : std::initializer_list<std::uint16_t>{0, 0x0303, 0xFEFC, 0xFEFE, 0x0100, 0xFFFF}) {
    CHECK_FALSE(ParseRecords(Record(22, 0, 0, body, version)));
  }
  CHECK_FALSE(ParseRecords(Record(22, 0, 0, {})));
}

TEST_CASE("RecordsTest: counts records and encrypted records", "[dtls]") {
  const Octets body{1, 2, 3};
  const auto datagram = Joined({Record(22, 0, 5, body), Record(20, 0, 6, body), Record(22, 1, 0, body)});
  const auto records = ParseRecords(datagram);
  REQUIRE(records);
  CHECK(records->count == 3);
  CHECK(records->encrypted == 1);
  CHECK_FALSE(records->clientHello);
}

TEST_CASE("RecordsTest: rejects a datagram that ends within a record", "[dtls]") {
  const auto datagram = Joined({Record(22, 0, 0, Octets{1, 2, 3}), Record(22, 0, 1, Octets{4})});
  CHECK_FALSE(ParseRecords({}));
  for (std::size_t size = 1; size < datagram.size(); ++size) {
    INFO("cut to " << size);
    const bool wholeRecord = size == kRecordHeaderSize + 3;
    CHECK(ParseRecords(ByteView(datagram).first(size)).has_value() == wholeRecord);
  }
  auto longer = datagram;
  longer.push_back(0);
  CHECK_FALSE(ParseRecords(longer));
}

TEST_CASE("RecordsTest: recognizes a whole or fragmented ClientHello", "[dtls]") {
  struct Case {
    const char* what;
    Octets record;
    bool clientHello;
  };
  const Case cases[] = {
      {"whole", Record(22, 0, 0, HandshakeBody(1, 40, 0, 0, 40, 40)), true},
      {"DTLS 1.0 on the record", Record(22, 0, 0, HandshakeBody(1, 40, 0, 0, 40, 40), 0xFEFF), true},
      {"first fragment", Record(22, 0, 0, HandshakeBody(1, 1700, 0, 0, 40, 40)), true},
      {"a byte of it", Record(22, 0, 0, HandshakeBody(1, 1700, 0, 1699, 1, 1)), true},
      {"beyond its end", Record(22, 0, 0, HandshakeBody(1, 1700, 0, 1700, 1, 1)), false},
      {"shorter than it says", Record(22, 0, 0, HandshakeBody(1, 40, 0, 0, 40, 39)), false},
      {"another message", Record(22, 0, 0, HandshakeBody(2, 40, 0, 0, 40, 40)), false},
      {"not the first message", Record(22, 0, 0, HandshakeBody(1, 40, 1, 0, 40, 40)), false},
      {"no handshake", Record(21, 0, 0, HandshakeBody(1, 40, 0, 0, 40, 40)), false},
      {"encrypted", Record(22, 1, 0, HandshakeBody(1, 40, 0, 0, 40, 40)), false},
      {"header cut", Record(22, 0, 0, Octets{1, 0, 0, 40, 0, 0}), false},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    const auto records = ParseRecords(c.record);
    REQUIRE(records);
    CHECK(records->clientHello == c.clientHello);
  }
}

TEST_CASE("RecordsTest: stays within the bytes of any datagram", "[dtls]") {
  SeededRandom random(3);
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto datagram = Joined({Record(22, 0, 0, HandshakeBody(1, 40, 0, 0, 40, 40)),
                            Record(23, 1, 1, Octets(random.U32() % 40 + 1))});
    for (std::uint32_t n = random.U32() % 4; n > 0; --n) {
      datagram[random.U32() % datagram.size()] = static_cast<std::uint8_t>(random.U32());
    }
    datagram.resize(random.U32() % 8 == 0 ? random.U32() % datagram.size() : datagram.size());
    datagram.shrink_to_fit();
    const auto records = ParseRecords(datagram);
    if (!records) continue;
    ++taken;
    CHECK(records->encrypted <= records->count);
    CHECK(records->count * (kRecordHeaderSize + 1) <= datagram.size());
  }
  CHECK(taken > 1000);
}

TEST_CASE("RecordsTest: names each drop reason", "[dtls]") {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(DropReason::kCount); ++i) {
    names.insert(Name(static_cast<DropReason>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(DropReason::kCount));
  CHECK(names.count("") == 0);
}
