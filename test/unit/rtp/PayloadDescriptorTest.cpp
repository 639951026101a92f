#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

using Vector = std::vector<std::uint8_t>;

namespace {

struct Facts {
  const char* what;
  Vector payload;
  bool keyFrame = false;
  bool beginsFrame = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  bool temporalSwitch = false;
  int pictureId = -1;
  std::uint8_t pictureIdBits = 0;
  int tl0PicIdx = -1;
  int keyIdx = -1;
};

void CheckFacts(Codec codec, const Facts& row) {
  CAPTURE(row.what);
  const FrameInfo info = InspectPayload(codec, row.payload, false);
  CHECK(info.keyFrame == row.keyFrame);
  CHECK(info.beginsFrame == row.beginsFrame);
  CHECK(info.spatialLayer == row.spatialLayer);
  CHECK(info.temporalLayer == row.temporalLayer);
  CHECK(info.temporalSwitch == row.temporalSwitch);
  CHECK(info.fields.pictureIdBits == row.pictureIdBits);
  if (row.pictureId >= 0) CHECK(info.fields.pictureId == row.pictureId);
  CHECK((info.fields.tl0PicIdxOffset != 0) == (row.tl0PicIdx >= 0));
  if (row.tl0PicIdx >= 0) CHECK(info.fields.tl0PicIdx == row.tl0PicIdx);
  CHECK((info.fields.keyIdxOffset != 0) == (row.keyIdx >= 0));
  if (row.keyIdx >= 0) CHECK(info.fields.keyIdx == row.keyIdx);
  CHECK_FALSE(info.structure);
}

}  // namespace

TEST_CASE("PayloadDescriptorTest: reads every field of a VP8 payload descriptor", "[rtp][codec]") {
  // RFC 7741 section 4.2.
  const Facts rows[] = {
      {.what = "the shortest, key frame", .payload = {0x10, 0x50}, .keyFrame = true, .beginsFrame = true},
      {.what = "the shortest, interframe", .payload = {0x10, 0x51}, .beginsFrame = true},
      {.what = "start of another partition", .payload = {0x12, 0x50}},
      {.what = "a later packet", .payload = {0x00, 0x50}},
      {.what = "7 bits of picture id",
       .payload = {0x90, 0x80, 0x7F, 0x51},
       .beginsFrame = true,
       .pictureId = 127,
       .pictureIdBits = 7},
      {.what = "15 bits of picture id",
       .payload = {0x80, 0x80, 0xFF, 0xFE, 0x51},
       .pictureId = 32766,
       .pictureIdBits = 15},
      {.what = "TL0PICIDX and TID, Y",
       .payload = {0x90, 0x60, 0xFF, 0xA0, 0x51},
       .beginsFrame = true,
       .temporalLayer = 2,
       .temporalSwitch = true,
       .tl0PicIdx = 255},
      {.what = "TID and Y where T says that they are not there",
       .payload = {0x90, 0x10, 0xFF, 0x51},
       .beginsFrame = true,
       .keyIdx = 31},
      {.what = "KEYIDX where K says that it is not there",
       .payload = {0x90, 0x20, 0xDF, 0x51},
       .beginsFrame = true,
       .temporalLayer = 3},
      {.what = "everything",
       .payload = {0x90, 0xF0, 0x92, 0x34, 0x56, 0x75, 0x50},
       .keyFrame = true,
       .beginsFrame = true,
       .temporalLayer = 1,
       .temporalSwitch = true,
       .pictureId = 0x1234,
       .pictureIdBits = 15,
       .tl0PicIdx = 0x56,
       .keyIdx = 0x15},
      {.what = "everything, and a payload of no bytes",
       .payload = {0x90, 0xF0, 0x92, 0x34, 0x56, 0x75},
       .beginsFrame = true,
       .temporalLayer = 1,
       .temporalSwitch = true,
       .pictureId = 0x1234,
       .pictureIdBits = 15,
       .tl0PicIdx = 0x56,
       .keyIdx = 0x15},
      {.what = "a byte of it is missing", .payload = {0x90, 0xF0, 0x92, 0x34, 0x56}},
      {.what = "nothing", .payload = {}},
  };
  for (const auto& row : rows) CheckFacts(Codec::kVp8, row);
}

TEST_CASE("PayloadDescriptorTest: reads every field of a VP9 payload descriptor", "[rtp][codec]") {
  // RFC 9628 section 4.2; first byte: I, P, L, F, B, E, V, Z.
  const Facts rows[] = {
      {.what = "nothing but the first byte", .payload = {0x08}, .keyFrame = true, .beginsFrame = true},
      {.what = "7 bits of picture id",
       .payload = {0xC8, 0x7F, 0x00},
       .beginsFrame = true,
       .pictureId = 127,
       .pictureIdBits = 7},
      {.what = "layers in non-flexible mode",
       .payload = {0xE8, 0x81, 0x00, 0x52, 0x77, 0x00},
       .beginsFrame = true,
       .spatialLayer = 1,
       .temporalLayer = 2,
       .temporalSwitch = true,
       .pictureId = 256,
       .pictureIdBits = 15,
       .tl0PicIdx = 0x77},
      {.what = "layers in flexible mode have no TL0PICIDX",
       .payload = {0xF8, 0x81, 0x00, 0x25, 0x02, 0x00},
       .beginsFrame = true,
       .spatialLayer = 2,
       .temporalLayer = 1,
       .pictureId = 256,
       .pictureIdBits = 15},
      {.what = "layers above those that are known",
       .payload = {0x20, 0xFE, 0x01},
       .spatialLayer = 3,
       .temporalLayer = 7,
       .temporalSwitch = true,
       .tl0PicIdx = 1},
      {.what = "three references", .payload = {0x58, 0x03, 0x05, 0x06}, .beginsFrame = true},
      {.what = "a fourth reference is malformed", .payload = {0x58, 0x03, 0x05, 0x07, 0x08}},
      {.what = "a reference is missing", .payload = {0x58, 0x03, 0x05}},
      {.what = "scalability structure without anything",
       .payload = {0x0A, 0x00},
       .keyFrame = true,
       .beginsFrame = true},
      {.what = "scalability structure of three layers with a picture group",
       .payload = {0x0A, 0x58, 1, 64, 0, 180, 2, 128, 1, 104, 5, 0, 2, 208, 0x02, 0x00, 0x54, 0x02},
       .keyFrame = true,
       .beginsFrame = true},
      {.what = "a picture group with two references, the last of them missing",
       .payload = {0x0A, 0x08, 0x01, 0x18, 0x01}},
      {.what = "a resolution is cut", .payload = {0x0A, 0x10, 1, 64, 0}},
      {.what = "a picture group of 255 pictures in no bytes", .payload = {0x0A, 0x08, 0xFF}},
      {.what = "half a picture id", .payload = {0x88, 0x80}},
      {.what = "nothing", .payload = {}},
  };
  for (const auto& row : rows) CheckFacts(Codec::kVp9, row);
}

TEST_CASE("PayloadDescriptorTest: reads end and references of a VP9 layer frame from its descriptor",
          "[rtp][codec]") {
  struct Row {
    Vector payload;
    bool endsFrame;
    bool interPicture;
    bool interLayer;
  };
  const Row rows[] = {
      {{0x04}, true, false, false},
      {{0x00}, false, false, false},
      {{0x44}, true, true, false},
      {{0x24, 0x03, 0x00}, true, false, true},
      {{0x64, 0x03, 0x00}, true, true, true},
      {{0x64, 0x02, 0x00}, true, true, false},
      {{0x80}, false, true, false},  // malformed
  };
  for (const auto& row : rows) {
    for (const bool marker : {false, true}) {
      const FrameInfo info = InspectPayload(Codec::kVp9, row.payload, marker);
      CHECK(info.endsFrame == row.endsFrame);
      CHECK(info.interPicture == row.interPicture);
      CHECK(info.interLayer == row.interLayer);
    }
  }
}

TEST_CASE(
    "PayloadDescriptorTest: detects the start of an H264 frame by a parameter set or its first macroblock",
    "[rtp][codec]") {
  struct Row {
    const char* what;
    Vector payload;
    bool beginsFrame;
  };
  const Row rows[] = {
      {"slice of macroblock 0", {0x41, 0x9A}, true},
      {"slice of a later macroblock", {0x41, 0x5A}, false},
      {"IDR slice of macroblock 0", {0x65, 0x88}, true},
      {"IDR slice of a later macroblock", {0x65, 0x48}, false},
      {"slice without its header", {0x41}, false},
      {"SPS", {0x67, 0x42}, true},
      {"PPS", {0x68, 0xCE}, true},
      {"SEI", {0x06, 0x05}, true},
      {"access unit delimiter", {0x09, 0x10}, true},
      {"filler", {0x0C, 0xFF}, false},
      {"STAP-A", {0x78, 0, 2, 0x68, 0xCE, 0, 2, 0x41, 0x9A}, true},
      {"STAP-A of later slices", {0x78, 0, 2, 0x41, 0x5A, 0, 2, 0x41, 0x4A}, false},
      {"FU-A that starts the first slice", {0x5C, 0x81, 0x9A}, true},
      {"FU-A that starts a later slice", {0x5C, 0x81, 0x5A}, false},
      {"FU-A in the middle", {0x5C, 0x01, 0x9A}, false},
      {"FU-A without its header", {0x5C}, false},
      {"nothing", {}, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(InspectPayload(Codec::kH264, row.payload, false).beginsFrame == row.beginsFrame);
  }
}

TEST_CASE("PayloadDescriptorTest: ends a frame at the marker for all codecs but VP9", "[rtp][codec]") {
  const Vector payload = {0x10, 0x51};
  for (const auto codec :
       {Codec::kOther, Codec::kOpus, Codec::kVp8, Codec::kH264, Codec::kAv1, Codec::kRtx}) {
    CHECK(InspectPayload(codec, payload, true).endsFrame);
    CHECK_FALSE(InspectPayload(codec, payload, false).endsFrame);
    CHECK(InspectPayload(codec, {}, true).endsFrame);
  }
}

TEST_CASE("PayloadDescriptorTest: makes a patch that replaces the numbers of the payload only",
          "[rtp][codec]") {
  struct Row {
    const char* what;
    Codec codec;
    Vector payload;
    Vector patch;
  };
  const Row rows[] = {
      {"VP8, all",
       Codec::kVp8,
       {0x90, 0xF0, 0x92, 0x34, 0x56, 0x75, 0x50},
       {0x90, 0xF0, 0xFF, 0x05, 0xAB, 0x6A}},
      {"VP8, 7 bits", Codec::kVp8, {0x90, 0x80, 0x12, 0x50}, {0x90, 0x80, 0x05}},
      {"VP8, TL0PICIDX", Codec::kVp8, {0x90, 0x40, 0x12, 0x50}, {0x90, 0x40, 0xAB}},
      {"VP8, KEYIDX", Codec::kVp8, {0x90, 0x10, 0xE1, 0x50}, {0x90, 0x10, 0xEA}},
      {"VP8, TID", Codec::kVp8, {0x90, 0xA0, 0x12, 0xE1, 0x50}, {0x90, 0xA0, 0x05}},
      {"VP8, none", Codec::kVp8, {0x10, 0x50}, {}},
      {"VP9, non-flexible",
       Codec::kVp9,
       {0xA8, 0x92, 0x34, 0x10, 0x56, 0x50},
       {0xA8, 0xFF, 0x05, 0x10, 0xAB}},
      {"VP9, flexible", Codec::kVp9, {0xB8, 0x12, 0x10, 0x50}, {0xB8, 0x05}},
      {"H264", Codec::kH264, {0x65, 0x88}, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const FrameInfo info = InspectPayload(row.codec, row.payload, false);
    const PayloadPatch patch = MakePatch(row.payload, info.fields, 0x7F05, 0xAB, 0x0A);
    CHECK(Vector(patch.bytes.begin(), patch.bytes.begin() + patch.size) == row.patch);
  }
}

TEST_CASE(
    "PayloadDescriptorTest: reads the new numbers, and all other fields unchanged, from a patched payload",
    "[rtp][codec]") {
  SeededRandom random(5);
  for (int i = 0; i < 20'000; ++i) {
    Vector payload(random.U32() % 12);
    random.Fill(payload);
    payload.shrink_to_fit();
    const Codec codec = i % 2 == 0 ? Codec::kVp8 : Codec::kVp9;
    const FrameInfo before = InspectPayload(codec, payload, false);
    const std::uint32_t numbers = random.U32();
    const auto pictureId = static_cast<std::uint16_t>(numbers & 0x7FFF);
    const auto tl0PicIdx = static_cast<std::uint8_t>(numbers >> 16);
    const auto keyIdx = static_cast<std::uint8_t>((numbers >> 24) & 0x1F);
    const PayloadPatch patch = MakePatch(payload, before.fields, pictureId, tl0PicIdx, keyIdx);
    std::copy_n(patch.bytes.begin(), patch.size, payload.begin());
    const FrameInfo after = InspectPayload(codec, payload, false);
    CHECK(after.keyFrame == before.keyFrame);
    CHECK(after.temporalLayer == before.temporalLayer);
    CHECK(after.spatialLayer == before.spatialLayer);
    CHECK(after.fields.pictureIdBits == before.fields.pictureIdBits);
    if (after.fields.pictureIdBits != 0)
      CHECK(after.fields.pictureId == (pictureId & ((1U << after.fields.pictureIdBits) - 1)));
    if (after.fields.tl0PicIdxOffset != 0) CHECK(after.fields.tl0PicIdx == tl0PicIdx);
    if (after.fields.keyIdxOffset != 0) CHECK(after.fields.keyIdx == keyIdx);
  }
}

TEST_CASE("PayloadDescriptorTest: treats an Opus packet of one or two bytes as a DTX frame", "[rtp][codec]") {
  CHECK_FALSE(IsOpusDtx({}));
  CHECK(IsOpusDtx(Vector{0x78}));
  CHECK(IsOpusDtx(Vector{0x78, 0x01}));
  CHECK_FALSE(IsOpusDtx(Vector{0x78, 0x01, 0x02}));
}
