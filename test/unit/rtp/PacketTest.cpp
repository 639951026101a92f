#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using test::PacketBuilder;
using test::ToVector;

using Vector = std::vector<std::uint8_t>;

namespace {

std::optional<Packet> Parse(net::PacketPool& pool, const Vector& bytes) {
  return Packet::Parse(pool.Copy(bytes, Instant(Seconds(3))));
}

}  // namespace

TEST_CASE("PacketTest: reads the fixed header of RFC 3550 section 5.1", "[rtp]") {
  net::PacketPool pool;
  const Vector bytes = {0x80, 0xE0, 0xFF, 0xFE, 0x01, 0x02, 0x03, 0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0x42};
  const auto packet = Parse(pool, bytes);
  REQUIRE(packet);
  CHECK(packet->Marker());
  CHECK(packet->PayloadType() == PayloadType(96));
  CHECK(packet->SequenceNumber() == 0xFFFE);
  CHECK(packet->Timestamp() == 0x01020304);
  CHECK(packet->SenderSsrc() == Ssrc(0xA1B2C3D4));
  CHECK(packet->CsrcCount() == 0);
  CHECK(packet->HeaderSize() == 12);
  CHECK(packet->PayloadSize() == 1);
  CHECK(packet->PaddingSize() == 0);
  CHECK(packet->Payload()[0] == 0x42);
  CHECK(packet->Size() == 13);
  CHECK(packet->Arrival() == Instant(Seconds(3)));
}

TEST_CASE("PacketTest: splits any packet into header, payload and padding", "[rtp]") {
  net::PacketPool pool;
  for (const std::size_t csrcs : {0U, 1U, 15U}) {
    for (const int extension : {-1, 0, 1, 4, 300}) {
      for (const std::size_t payload : {0U, 1U, 1000U}) {
        for (const int padding : {0, 1, 4, 255}) {
          PacketBuilder builder;
          builder.csrcs.assign(csrcs, 7);
          if (extension >= 0) builder.profile = 0x1234;
          builder.extension.assign(static_cast<std::size_t>(std::max(extension, 0)), 9);
          builder.payload.assign(payload, 5);
          builder.padding = static_cast<std::uint8_t>(padding);
          const auto packet = builder.Parse(pool);
          REQUIRE(packet);
          const std::size_t extensionSize =
              extension < 0 ? 0U : 4U + (static_cast<std::size_t>(extension) + 3) / 4 * 4;
          CHECK(packet->HeaderSize() == 12 + csrcs * 4 + extensionSize);
          CHECK(packet->CsrcCount() == csrcs);
          CHECK(packet->PayloadSize() == payload);
          CHECK(packet->PaddingSize() == static_cast<std::size_t>(padding));
          CHECK(packet->Size() == packet->HeaderSize() + payload + packet->PaddingSize());
          CHECK(ToVector(packet->Payload()) == builder.payload);
        }
      }
    }
  }
}

TEST_CASE("PacketTest: rejects a packet that ends within its header, and accepts a truncated payload",
          "[rtp]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.csrcs = {1, 2};
  builder.profile = 0xBEDE;
  builder.extension = {0x10, 0xAA, 0, 0};
  const Vector bytes = builder.Build();
  const std::size_t header = 12 + 8 + 8;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    CAPTURE(size);
    const auto packet = Parse(pool, Vector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(packet.has_value() == (size >= header));
    if (packet) CHECK(packet->PayloadSize() == size - header);
  }
}

TEST_CASE("PacketTest: rejects packets of another version than 2", "[rtp]") {
  net::PacketPool pool;
  for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{3}}) {
    PacketBuilder builder;
    builder.version = version;
    CHECK_FALSE(builder.Parse(pool));
  }
  CHECK_FALSE(Packet::Parse(net::PacketRef()));
}

TEST_CASE("PacketTest: rejects lengths that exceed the packet", "[rtp]") {
  net::PacketPool pool;
  SECTION("rejects fifteen CSRCs in a packet of twelve bytes") {
    CHECK_FALSE(Parse(pool, {0x8F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  }
  SECTION("rejects an extension of 65535 words") {
    CHECK_FALSE(Parse(pool, {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0xFF, 0xFF, 1, 2, 3, 4}));
  }
  SECTION("rejects padding of length 0") {
    CHECK_FALSE(Parse(pool, {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0}));
  }
  SECTION("rejects padding without a length byte") {
    CHECK_FALSE(Parse(pool, {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}));
  }
  SECTION("rejects padding that extends into the header") {
    CHECK(Parse(pool, {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}));
    CHECK_FALSE(Parse(pool, {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 5}));
  }
}

namespace {

ExtensionIds Ids(std::vector<std::pair<Extension, std::uint8_t>> pairs) {
  ExtensionIds ids;
  for (const auto& [extension, id] : pairs) ids.Set(extension, id);
  return ids;
}

struct ExtensionRow {
  const char* what;
  std::uint16_t profile;
  Vector block;
  std::optional<Vector> mid;         // id 1
  std::optional<Vector> audioLevel;  // id 5
};

}  // namespace

TEST_CASE("PacketTest: finds extension values in both forms of RFC 8285, within the extension block",
          "[rtp]") {
  const ExtensionRow rows[] = {
      {"one-byte form", 0xBEDE, {0x10, 'a', 0x51, 7, 8, 0, 0, 0}, Vector{'a'}, Vector{7, 8}},
      {"padding before, between and behind",
       0xBEDE,
       {0, 0, 0x10, 'a', 0, 0, 0, 0x50, 7, 0, 0, 0},
       Vector{'a'},
       Vector{7}},
      {"the longest value",
       0xBEDE,
       {0x1F, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0},
       Vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
       {}},
      {"an unknown id is stepped over", 0xBEDE, {0x21, 0x10, 0x10, 0x50, 7, 0, 0, 0}, {}, Vector{7}},
      {"id 15 stops the search, whatever its length",
       0xBEDE,
       {0x10, 'a', 0xF0, 9, 0x50, 7, 0, 0},
       Vector{'a'},
       {}},
      {"id 0 with a length stops it", 0xBEDE, {0x10, 'a', 0x01, 9, 9, 0x50, 7, 0}, Vector{'a'}, {}},
      {"of two with one id the first counts",
       0xBEDE,
       {0x10, 'a', 0x10, 'b', 0x50, 7, 0, 0},
       Vector{'a'},
       Vector{7}},
      {"a value that reaches behind the block", 0xBEDE, {0x10, 'a', 0x5F, 7}, Vector{'a'}, {}},
      {"a value that ends with the block", 0xBEDE, {0x10, 'a', 0x50, 7}, Vector{'a'}, Vector{7}},
      {"a header byte as the last", 0xBEDE, {0x10, 'a', 0, 0x50}, Vector{'a'}, {}},
      {"an empty block", 0xBEDE, {}, {}, {}},
      {"two-byte form", 0x1000, {1, 2, 'a', 'b', 5, 1, 7, 0}, Vector{'a', 'b'}, Vector{7}},
      {"application bits do not matter", 0x100F, {1, 1, 'a', 5, 1, 7, 0, 0}, Vector{'a'}, Vector{7}},
      {"a value of no bytes is there", 0x1000, {1, 0, 5, 0}, Vector{}, Vector{}},
      {"two-byte padding", 0x1000, {0, 0, 0, 1, 1, 'a', 0, 5, 1, 7, 0, 0}, Vector{'a'}, Vector{7}},
      {"15 is an id like others in the two-byte form", 0x1000, {15, 1, 9, 1, 1, 'a', 0, 0}, Vector{'a'}, {}},
      {"a two-byte value that reaches behind the block",
       0x1000,
       {1, 1, 'a', 5, 255, 1, 2, 3},
       Vector{'a'},
       {}},
      {"an id as the last byte", 0x1000, {1, 1, 'a', 5}, Vector{'a'}, {}},
      {"another profile is not looked into", 0x1010, {1, 1, 'a', 5, 1, 7, 0, 0}, {}, {}},
      {"nor is RFC 3550's own kind", 0xBEDF, {0x10, 'a', 0x50, 7}, {}, {}},
  };
  net::PacketPool pool;
  const ExtensionIds ids = Ids({{Extension::kMid, 1}, {Extension::kAudioLevel, 5}});
  for (const auto& row : rows) {
    for (const bool withPayload : {true, false}) {  // the extension block may end with the packet
      CAPTURE(row.what, withPayload);
      PacketBuilder builder;
      builder.csrcs = {1};
      builder.profile = row.profile;
      builder.extension = row.block;
      if (!withPayload) builder.payload.clear();
      auto packet = builder.Parse(pool);
      REQUIRE(packet);
      CHECK_FALSE(packet->ExtensionValue(Extension::kMid));
      packet->LocateExtensions(ids);
      const auto mid = packet->ExtensionValue(Extension::kMid);
      const auto audioLevel = packet->ExtensionValue(Extension::kAudioLevel);
      REQUIRE(mid.has_value() == row.mid.has_value());
      REQUIRE(audioLevel.has_value() == row.audioLevel.has_value());
      if (mid) CHECK(ToVector(*mid) == *row.mid);
      if (audioLevel) CHECK(ToVector(*audioLevel) == *row.audioLevel);
      CHECK_FALSE(packet->ExtensionValue(Extension::kRid));
    }
  }
}

TEST_CASE("PacketTest: finds two-byte form values of 255 bytes and any id", "[rtp]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.profile = 0x1000;
  builder.extension = {255, 255};
  for (int i = 0; i < 255; ++i) builder.extension.push_back(static_cast<std::uint8_t>(i));
  auto packet = builder.Parse(pool);
  REQUIRE(packet);
  packet->LocateExtensions(Ids({{Extension::kDependencyDescriptor, 255}}));
  const auto value = packet->ExtensionValue(Extension::kDependencyDescriptor);
  REQUIRE(value);
  REQUIRE(value->size() == 255);
  CHECK((*value)[254] == 254);
}

TEST_CASE("PacketTest: drops located extensions when it locates with other ids", "[rtp]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.profile = 0xBEDE;
  builder.extension = {0x10, 'a'};
  auto packet = builder.Parse(pool);
  REQUIRE(packet);
  packet->LocateExtensions(Ids({{Extension::kMid, 1}}));
  CHECK(packet->ExtensionValue(Extension::kMid));
  packet->LocateExtensions(Ids({{Extension::kRid, 1}}));
  CHECK_FALSE(packet->ExtensionValue(Extension::kMid));
  CHECK(packet->ExtensionValue(Extension::kRid));
  packet->LocateExtensions({});
  CHECK_FALSE(packet->ExtensionValue(Extension::kRid));
}

TEST_CASE("PacketTest: shares its bytes with copies", "[rtp]") {
  net::PacketPool pool;
  auto packet = PacketBuilder{}.Parse(pool);
  REQUIRE(packet);
  const Packet copy = *packet;
  CHECK(pool.InUse() == 1);
  packet.reset();
  CHECK(pool.InUse() == 1);
  CHECK(ToVector(copy.Payload()) == PacketBuilder{}.payload);
}

TEST_CASE("PacketTest: rejects random bytes, or returns views within the packet", "[rtp]") {
  const std::uint64_t seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3);
  CAPTURE(seed);
  SeededRandom random(seed);
  net::PacketPool pool;
  ExtensionIds ids;
  for (std::size_t i = 0; i < kExtensionCount; ++i)
    ids.Set(static_cast<Extension>(i), static_cast<std::uint8_t>(i + 1));
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    Vector bytes(random.U32() % 80);
    random.Fill(bytes);
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x3F) | 0x80);
    if (bytes.size() > 16 && (bytes[0] & 0x0F) == 0) {  // make extensions likely
      StoreU16(&bytes[12], (bytes[1] & 1) != 0 ? 0xBEDE : 0x1000);
      StoreU16(&bytes[14], static_cast<std::uint16_t>(bytes[14] % 16));
    }
    auto packet = Parse(pool, bytes);
    if (!packet) continue;
    ++parsed;
    packet->LocateExtensions(ids);
    REQUIRE(packet->HeaderSize() + packet->PayloadSize() + packet->PaddingSize() == bytes.size());
    for (std::size_t n = 0; n < kExtensionCount; ++n) {
      const auto value = packet->ExtensionValue(static_cast<Extension>(n));
      if (!value) continue;
      REQUIRE(value->data() >= packet->Buffer().Data() + 16);
      REQUIRE(value->data() + value->size() <= packet->Buffer().Data() + packet->HeaderSize());
    }
  }
  CHECK(parsed > 1000);
}
