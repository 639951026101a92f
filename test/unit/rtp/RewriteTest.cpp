#include <algorithm>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "support/DescriptorBits.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using test::PacketBuilder;
using test::ToVector;

using Vector = std::vector<std::uint8_t>;

namespace {

struct Ids {
  Ids(std::initializer_list<std::pair<Extension, std::uint8_t>> pairs) {
    for (const auto& [extension, id] : pairs) value.Set(extension, id);
  }
  ExtensionIds value;
};

// Returns the serialized packet, of exactly the size that SerializedSize() returned.
Vector Out(const Packet& packet, const RtpRewrite& rewrite, const SendTimeValues& values = {}) {
  const std::size_t size = SerializedSize(packet, rewrite);
  Vector out(size + 1, 0xEE);
  const std::size_t written = Serialize(packet, rewrite, values, out);
  REQUIRE(written == size);
  CHECK(out.back() == 0xEE);
  out.pop_back();
  return out;
}

// Returns the bytes after the fixed header.
Vector Rest(const Vector& packet) { return {packet.begin() + 12, packet.end()}; }

}  // namespace

TEST_CASE("RewriteTest: writes the consumer's header and the shared payload", "[rtp]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.marker = true;
  builder.csrcs = {0xA1A2A3A4, 0xB1B2B3B4};
  builder.padding = 9;
  builder.profile = 0xBEDE;
  builder.extension = {0x10, 'x'};
  const auto packet = builder.Parse(pool);
  REQUIRE(packet);
  const RtpRewrite rewrite{.ssrc = Ssrc(0x01020304),
                           .timestamp = 0xDEADBEEF,
                           .sequenceNumber = 0x5FFFE,
                           .payloadType = PayloadType(101),
                           .marker = false};
  const Vector expected = {0x82, 101,  0xFF, 0xFE, 0xDE, 0xAD, 0xBE, 0xEF, 0x01, 0x02, 0x03, 0x04,  //
                           0xA1, 0xA2, 0xA3, 0xA4, 0xB1, 0xB2, 0xB3, 0xB4, 1,    2,    3,    4,    5};
  CHECK(Out(*packet, rewrite) == expected);
  RtpRewrite marked = rewrite;
  marked.marker = true;
  CHECK(Out(*packet, marked)[1] == (0x80 | 101));
}

TEST_CASE("RewriteTest: writes the low 16 bits of the sequence number", "[rtp]") {
  net::PacketPool pool;
  const auto packet = PacketBuilder{}.Parse(pool);
  REQUIRE(packet);
  for (const auto start : test::kSequenceStarts) {
    for (const std::int64_t cycle : {0LL, 65536LL, 1LL << 40, -65536LL}) {
      const Vector out = Out(*packet, RtpRewrite{.sequenceNumber = cycle + start});
      CHECK(LoadU16(&out[2]) == start);
    }
  }
}

TEST_CASE("RewriteTest: writes the consumer's extensions in the one-byte or two-byte form", "[rtp]") {
  struct Row {
    const char* what;
    Ids consumer;
    const char* mid;
    Vector block;  // with profile and length; empty means no extension
  };
  // The source has mid 'x' at 1, audio level 7 at 5, rid "hi" at 6 and abs-send-time at 9.
  const Row rows[] = {
      {"the consumer has no ids", {}, "cam", {}},
      {"ids for what the packet lacks",
       {{Extension::kVideoOrientation, 2}, {Extension::kTimeOffset, 3}},
       "cam",
       {}},
      {"the mid is the consumer's", {{Extension::kMid, 4}}, "cam", {0xBE, 0xDE, 0, 1, 0x42, 'c', 'a', 'm'}},
      {"an empty mid is left out", {{Extension::kMid, 4}}, "", {}},
      {"a value under the consumer's id",
       {{Extension::kAudioLevel, 14}},
       "",
       {0xBE, 0xDE, 0, 1, 0xE0, 7, 0, 0}},
      {"rid, where the consumer has an id for it",
       {{Extension::kRid, 2}},
       "",
       {0xBE, 0xDE, 0, 1, 0x21, 'h', 'i', 0}},
      {"abs-send-time is the time of sending",
       {{Extension::kAbsSendTime, 3}},
       "",
       {0xBE, 0xDE, 0, 1, 0x32, 0x12, 0x34, 0x56}},
      {"transport-wide number, though the packet had none",
       {{Extension::kTransportWideCc, 1}},
       "",
       {0xBE, 0xDE, 0, 1, 0x11, 0xAB, 0xCD, 0}},
      {"an id above 14 makes it the two-byte form",
       {{Extension::kAudioLevel, 15}},
       "",
       {0x10, 0x00, 0, 1, 15, 1, 7, 0}},
      {"one such id turns all",
       {{Extension::kMid, 1}, {Extension::kAudioLevel, 255}},
       "m",
       {0x10, 0x00, 0, 2, 1, 1, 'm', 255, 1, 7, 0, 0}},
      {"a mid of 16 bytes still fits the one-byte form",
       {{Extension::kMid, 1}},
       "0123456789abcdef",
       {0xBE, 0xDE, 0,   5,   0x1F, '0', '1', '2', '3', '4', '5', '6',
        '7',  '8',  '9', 'a', 'b',  'c', 'd', 'e', 'f', 0,   0,   0}},
      {"one of 17 does not", {{Extension::kMid, 1}}, "0123456789abcdefg", {0x10, 0x00, 0,   5,   1,   17,
                                                                           '0',  '1',  '2', '3', '4', '5',
                                                                           '6',  '7',  '8', '9', 'a', 'b',
                                                                           'c',  'd',  'e', 'f', 'g', 0}},
      {"several together",
       {{Extension::kMid, 1},
        {Extension::kAbsSendTime, 2},
        {Extension::kTransportWideCc, 3},
        {Extension::kAudioLevel, 4}},
       "m",
       {0xBE, 0xDE, 0, 3, 0x10, 'm', 0x22, 0x12, 0x34, 0x56, 0x31, 0xAB, 0xCD, 0x40, 7, 0}},
  };
  net::PacketPool pool;
  PacketBuilder builder;
  builder.payload.clear();
  builder.profile = 0xBEDE;
  builder.extension = {0x10, 'x', 0x50, 7, 0x61, 'h', 'i', 0x92, 0, 0, 1};
  auto packet = builder.Parse(pool);
  REQUIRE(packet);
  packet->LocateExtensions(Ids{
      {Extension::kMid, 1}, {Extension::kAudioLevel, 5}, {Extension::kRid, 6}, {Extension::kAbsSendTime, 9}}
                               .value);
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const OutgoingExtensions extensions{row.consumer.value, row.mid};
    const Vector out = Out(*packet, RtpRewrite{.extensions = &extensions},
                           {.absSendTime = 0x123456, .transportSequenceNumber = 0xABCD});
    CHECK(Rest(out) == row.block);
    CHECK((out[0] & 0x10) == (row.block.empty() ? 0 : 0x10));
  }
}

TEST_CASE("RewriteTest: writes an empty extension value in the two-byte form", "[rtp]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.payload.clear();
  builder.profile = 0x1000;
  builder.extension = {200, 0, 0, 0};
  auto packet = builder.Parse(pool);
  REQUIRE(packet);
  packet->LocateExtensions(Ids{{Extension::kPlayoutDelay, 200}}.value);
  const OutgoingExtensions extensions{Ids{{Extension::kPlayoutDelay, 3}}.value, ""};
  CHECK(Rest(Out(*packet, RtpRewrite{.extensions = &extensions})) == Vector{0x10, 0x00, 0, 1, 3, 0, 0, 0});
}

TEST_CASE(
    "RewriteTest: replaces the first payload bytes by a patch, and prepends the original number for RTX",
    "[rtp][rtx]") {
  struct Row {
    const char* what;
    PayloadPatch patch;
    bool retransmission;
    bool padded;
    Vector body;
  };
  // The payload is the bytes 1 to 5, followed by 3 bytes of padding.
  const Row rows[] = {
      {"as it is", {}, false, false, {1, 2, 3, 4, 5}},
      {"with its padding", {}, false, true, {1, 2, 3, 4, 5, 0, 0, 3}},
      {"one byte", {{9}, 1}, false, false, {9, 2, 3, 4, 5}},
      {"no more than the patch's size", {{9, 8, 7, 6}, 3}, false, false, {9, 8, 7, 4, 5}},
      {"all of it", {{9, 8, 7, 6, 5}, 5}, false, true, {9, 8, 7, 6, 5, 0, 0, 3}},
      {"sent again", {}, true, false, {0xAB, 0xCD, 1, 2, 3, 4, 5}},
      {"sent again with a patch", {{9, 8}, 2}, true, false, {0xAB, 0xCD, 9, 8, 3, 4, 5}},
      {"and with padding", {{9, 8}, 2}, true, true, {0xAB, 0xCD, 9, 8, 3, 4, 5, 0, 0, 3}},
  };
  net::PacketPool pool;
  PacketBuilder builder;
  builder.padding = 3;
  const auto packet = builder.Parse(pool);
  REQUIRE(packet);
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const RtpRewrite rewrite{.padded = row.padded,
                             .retransmission = row.retransmission,
                             .originalSequenceNumber = 0xABCD,
                             .patch = row.patch};
    const Vector out = Out(*packet, rewrite);
    CHECK(Rest(out) == row.body);
    CHECK(((out[0] & 0x20) != 0) == row.padded);
    CHECK(rewrite.ChangesBody() == (row.retransmission || row.patch.size != 0));
    CHECK(BodySize(*packet, rewrite) == row.body.size());
  }
  // The shared packet is unchanged.
  CHECK(ToVector(packet->Payload()) == builder.payload);
}

TEST_CASE("RewriteTest: writes only the original number when it retransmits an empty packet", "[rtp][rtx]") {
  net::PacketPool pool;
  PacketBuilder builder;
  builder.payload.clear();
  const auto packet = builder.Parse(pool);
  REQUIRE(packet);
  CHECK(Rest(Out(*packet, {.retransmission = true, .originalSequenceNumber = 0x0102})) == Vector{1, 2});
}

TEST_CASE("RewriteTest: inserts or replaces the mask of active decode targets in the dependency descriptor",
          "[rtp][dependency]") {
  constexpr std::uint8_t kId = 7;
  // AV1 RTP payload format, appendix A.8: two temporal layers with one decode target each.
  const Vector keyFrame = test::Bits({"1 1 000000 0000000000000101", "1 0 0 0 0",  //
                                      "000000 00001", "01 11", "1010 0010", "0 1 0000 0", "0", "0"});
  const Vector interframe = test::Bits({"1 1 000001 0000000000000110"});
  const Vector masked = test::Bits({"1 1 000001 0000000000000111", "0 1 0 0 0", "01"});
  OutgoingExtensions outgoing{Ids{{Extension::kDependencyDescriptor, 3}}.value, ""};
  ExtensionIds in, out;
  in.Set(Extension::kDependencyDescriptor, kId);
  out.Set(Extension::kDependencyDescriptor, 3);
  for (const std::uint32_t active : {0U, 0b01U, 0b10U, 0b11U}) {
    CAPTURE(active);
    net::PacketPool pool;
    FrameInspector inspector(Codec::kAv1);
    DependencyReader before, after;
    for (const Vector& value : {keyFrame, interframe, masked}) {
      PacketBuilder builder;
      builder.profile = 0xBEDE;
      builder.extension = value;
      builder.extension.insert(builder.extension.begin(),
                               static_cast<std::uint8_t>(kId << 4 | (value.size() - 1)));
      auto packet = builder.Parse(pool);
      REQUIRE(packet);
      packet->LocateExtensions(in);
      packet->SetMaskPlace(MaskPlaceOf(inspector.Inspect(*packet)));
      REQUIRE(packet->MaskPlace().targetCount == 2);
      auto result = Packet::Parse(
          pool.Copy(Out(*packet, RtpRewrite{.extensions = &outgoing, .activeTargets = active}), Instant{}));
      REQUIRE(result);
      result->LocateExtensions(out);
      const auto patched = result->ExtensionValue(Extension::kDependencyDescriptor);
      REQUIRE(patched);
      const auto was = before.Read(value);
      const auto is = after.Read(*patched);
      REQUIRE((was && is));
      if (active == 0) {
        CHECK(ToVector(*patched) == value);
      } else {
        CHECK(is->info.hasActiveTargets);
        CHECK(is->info.activeTargets == active);
      }
      CHECK(is->startOfFrame == was->startOfFrame);
      CHECK(is->endOfFrame == was->endOfFrame);
      CHECK(is->temporalLayer == was->temporalLayer);
      CHECK(is->info.frameNumber == was->info.frameNumber);
      CHECK(is->info.indications == was->info.indications);
      CHECK(is->info.references == was->info.references);
      CHECK(is->info.hasStructure == was->info.hasStructure);
      CHECK(is->structure->targetCount == 2);
      CHECK(ToVector(result->Payload()) == builder.payload);
    }
  }
}

TEST_CASE(
    "RewriteTest: writes the minimum playout delay when the consumer takes it and the source sends none",
    "[rtp]") {
  const Vector theirs = {0x01, 0x40, 0x32};
  struct Row {
    bool taken;
    Vector source;
    std::optional<std::uint16_t> least;
    Vector value;
  };
  const Row rows[] = {
      {true, {}, 16, {0x01, 0x0F, 0xFF}}, {true, {}, 0, {0x00, 0x0F, 0xFF}}, {true, {}, {}, {}},
      {true, theirs, 16, theirs},         {true, theirs, {}, theirs},        {false, {}, 16, {}}};
  for (const auto& row : rows) {
    CAPTURE(row.taken, row.source, row.least.has_value());
    ExtensionIds in, out;
    in.Set(Extension::kPlayoutDelay, 5);
    out.Set(Extension::kMid, 1);
    if (row.taken) out.Set(Extension::kPlayoutDelay, 11);
    const OutgoingExtensions outgoing(out, "7");
    PacketBuilder builder;
    if (!row.source.empty()) {
      builder.profile = 0xBEDE;
      builder.extension = {0x52, row.source[0], row.source[1], row.source[2]};
    }
    net::PacketPool pool;
    auto packet = builder.Parse(pool);
    REQUIRE(packet);
    packet->LocateExtensions(in);
    auto result = Packet::Parse(pool.Copy(
        Out(*packet, RtpRewrite{.extensions = &outgoing, .minPlayoutDelay = row.least}), Instant{}));
    REQUIRE(result);
    out.Set(Extension::kPlayoutDelay, 11);
    result->LocateExtensions(out);
    const auto value = result->ExtensionValue(Extension::kPlayoutDelay);
    CHECK((value ? ToVector(*value) : Vector()) == row.value);
    CHECK(result->ExtensionValue(Extension::kMid).has_value());
  }
}

TEST_CASE("RewriteTest: writes nothing into a buffer that is too small", "[rtp]") {
  net::PacketPool pool;
  const auto packet = PacketBuilder{}.Parse(pool);
  REQUIRE(packet);
  const OutgoingExtensions extensions{Ids{{Extension::kMid, 1}}.value, "mid"};
  const RtpRewrite rewrite{.extensions = &extensions};
  const std::size_t size = SerializedSize(*packet, rewrite);
  Vector room(size, 0xEE);
  for (std::size_t bytes = 0; bytes < size; ++bytes) {
    CHECK(Serialize(*packet, rewrite, {}, MutableBytes(room).first(bytes)) == 0);
  }
  CHECK(std::count(room.begin(), room.end(), 0xEE) == static_cast<std::ptrdiff_t>(size));
  CHECK(Serialize(*packet, rewrite, {}, room) == size);
}

TEST_CASE("RewriteTest: counts abs-send-time in 2^-18 seconds and wraps it at 64 seconds", "[rtp]") {
  struct Row {
    Duration time;
    std::uint32_t expected;
  };
  const Row rows[] = {
      {Duration::zero(), 0},
      {Seconds(1), 0x040000},
      {Milliseconds(500), 0x020000},
      {Microseconds(4), 1},
      {Microseconds(3), 0},
      {Microseconds(63'999'999), 0xFFFFFF},
      {Seconds(64), 0},
      {Seconds(65), 0x040000},
      {Seconds(std::int64_t{64} * 1'000'000'000), 0},  // two thousand years later
      {Seconds(-1), 0xFC0000},
  };
  for (const auto& row : rows) CHECK(AbsSendTime(Instant(row.time)) == row.expected);
}

namespace {

// A random packet of any shape that a sender may send, with the extension ids of the sender.
struct RandomPacket {
  explicit RandomPacket(SeededRandom& random) {
    builder.marker = random.U32() % 2 == 0;
    builder.payloadType = static_cast<std::uint8_t>(random.U32() % 128);
    builder.sequenceNumber = random.U16();
    builder.timestamp = random.U32();
    builder.ssrc = random.U32();
    for (auto n = random.U32() % 16; n > 0; --n) builder.csrcs.push_back(random.U32());
    builder.payload.resize(random.U32() % 4 == 0 ? 0 : random.U32() % 600);
    random.Fill(builder.payload);
    if (random.U32() % 3 == 0) builder.padding = static_cast<std::uint8_t>(1 + random.U32() % 255);
    const auto kind = random.U32() % 3;
    if (kind == 0) return;
    const bool oneByte = kind == 1;
    builder.profile = oneByte ? std::uint16_t{0xBEDE} : std::uint16_t{0x1000};
    for (std::size_t i = 0; i < kExtensionCount; ++i) {
      if (random.U32() % 2 == 0) continue;
      const auto id = static_cast<std::uint8_t>(oneByte ? i + 1 : i * 20 + 1);
      const std::size_t length =
          oneByte ? 1 + random.U32() % 16 : random.U32() % (random.U32() % 4 == 0 ? 80 : 20);
      ids.Set(static_cast<Extension>(i), id);
      builder.extension.resize(builder.extension.size() + random.U32() % 3);  // padding
      if (oneByte) {
        builder.extension.push_back(static_cast<std::uint8_t>(id * 16U + length - 1));
      } else {
        builder.extension.push_back(id);
        builder.extension.push_back(static_cast<std::uint8_t>(length));
      }
      Vector value(length);
      random.Fill(value);
      builder.extension.insert(builder.extension.end(), value.begin(), value.end());
    }
  }
  PacketBuilder builder;
  ExtensionIds ids;
};

OutgoingExtensions RandomOutgoing(SeededRandom& random) {
  ExtensionIds ids;
  std::string mid;
  const bool small = random.U32() % 2 == 0;
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    if (random.U32() % 3 == 0) continue;
    ids.Set(static_cast<Extension>(i), static_cast<std::uint8_t>(1 + random.U32() % (small ? 14 : 255)));
  }
  for (auto n = random.U32() % (random.U32() % 8 == 0 ? 256 : 20); n > 0; --n) {
    mid += static_cast<char>('a' + random.U32() % 26);
  }
  return {ids, mid};
}

std::optional<Vector> Expected(const Packet& source, Extension extension, const OutgoingExtensions& outgoing,
                               const SendTimeValues& values) {
  if (!outgoing.Ids().Id(extension)) return std::nullopt;
  switch (extension) {
    case Extension::kMid:
      if (outgoing.Mid().empty()) return std::nullopt;
      return Vector(outgoing.Mid().begin(), outgoing.Mid().end());
    case Extension::kAbsSendTime: {
      Vector bytes(3);
      StoreU24(bytes.data(), values.absSendTime);
      return bytes;
    }
    case Extension::kTransportWideCc: {
      Vector bytes(2);
      StoreU16(bytes.data(), values.transportSequenceNumber);
      return bytes;
    }
    default: {
      const auto value = source.ExtensionValue(extension);
      return value ? std::optional(ToVector(*value)) : std::nullopt;
    }
  }
}

PayloadPatch RandomPatch(SeededRandom& random, std::size_t payloadSize) {
  PayloadPatch patch;
  if (random.U32() % 2 == 0) return patch;
  patch.size = static_cast<std::uint8_t>(random.U32() % (std::min(payloadSize, patch.bytes.size()) + 1));
  random.Fill(patch.bytes);
  return patch;
}

Vector ExpectedPayload(Vector payload, const RtpRewrite& rewrite) {
  std::copy_n(rewrite.patch.bytes.begin(), rewrite.patch.size, payload.begin());
  if (!rewrite.retransmission) return payload;
  const std::uint16_t number = rewrite.originalSequenceNumber;
  payload.insert(payload.begin(),
                 {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
  return payload;
}

}  // namespace

TEST_CASE("RewriteTest: writes random packets of the announced size that read back", "[rtp]") {
  const std::uint64_t seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4);
  CAPTURE(seed);
  SeededRandom random(seed);
  net::PacketPool pool;
  for (int i = 0; i < 3000; ++i) {
    CAPTURE(i);
    const RandomPacket made(random);
    auto source = made.builder.Parse(pool);
    REQUIRE(source);
    source->LocateExtensions(made.ids);
    const OutgoingExtensions outgoing = RandomOutgoing(random);
    const SendTimeValues values{.absSendTime = random.U32() & 0xFFFFFF,
                                .transportSequenceNumber = random.U16()};
    const RtpRewrite rewrite{.ssrc = Ssrc(random.U32()),
                             .timestamp = random.U32(),
                             .sequenceNumber = static_cast<std::int64_t>(random.U64() >> 20),
                             .payloadType = PayloadType(static_cast<std::uint8_t>(random.U32() % 128)),
                             .marker = random.U32() % 2 == 0,
                             .retransmission = random.U32() % 4 == 0,
                             .originalSequenceNumber = random.U16(),
                             .extensions = random.U32() % 8 == 0 ? nullptr : &outgoing,
                             .patch = RandomPatch(random, made.builder.payload.size())};
    const Vector out = Out(*source, rewrite, values);

    auto result = Packet::Parse(pool.Copy(out, Instant{}));
    REQUIRE(result);
    REQUIRE(result->SenderSsrc() == rewrite.ssrc);
    REQUIRE(result->Timestamp() == rewrite.timestamp);
    REQUIRE(result->SequenceNumber() == static_cast<std::uint16_t>(rewrite.sequenceNumber));
    REQUIRE(result->PayloadType() == rewrite.payloadType);
    REQUIRE(result->Marker() == rewrite.marker);
    REQUIRE(result->PaddingSize() == 0);
    REQUIRE(ToVector(result->Payload()) == ExpectedPayload(made.builder.payload, rewrite));
    REQUIRE(result->CsrcCount() == made.builder.csrcs.size());
    for (std::size_t n = 0; n < made.builder.csrcs.size(); ++n)
      REQUIRE(LoadU32(&out[12 + 4 * n]) == made.builder.csrcs[n]);

    const OutgoingExtensions none;
    const OutgoingExtensions& taken = rewrite.extensions != nullptr ? outgoing : none;
    result->LocateExtensions(taken.Ids());
    bool any = false;
    for (std::size_t n = 0; n < kExtensionCount; ++n) {
      const auto extension = static_cast<Extension>(n);
      const auto expected = Expected(*source, extension, taken, values);
      const auto value = result->ExtensionValue(extension);
      REQUIRE(value.has_value() == expected.has_value());
      if (value) REQUIRE(ToVector(*value) == *expected);
      any = any || expected;
    }
    REQUIRE(((out[0] & 0x10) != 0) == any);
  }
}
