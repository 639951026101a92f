#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/Codec.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

using Vector = std::vector<std::uint8_t>;

namespace {

struct KeyFrameRow {
  const char* what;
  Vector payload;
  bool keyFrame;
};

void CheckKeyFrames(Codec codec, std::span<const KeyFrameRow> rows) {
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(IsKeyFrame(codec, row.payload) == row.keyFrame);
  }
}

}  // namespace

TEST_CASE("CodecTest: parses MIME types in any case", "[rtp]") {
  struct Row {
    const char* mimeType;
    Codec codec;
  };
  const Row rows[] = {
      {"audio/opus", Codec::kOpus},  {"audio/OPUS", Codec::kOpus},  {"video/VP8", Codec::kVp8},
      {"VIDEO/vp8", Codec::kVp8},    {"video/VP9", Codec::kVp9},    {"video/H264", Codec::kH264},
      {"video/h264", Codec::kH264},  {"video/AV1", Codec::kAv1},    {"video/rtx", Codec::kRtx},
      {"audio/RTX", Codec::kRtx},    {"video/H265", Codec::kOther}, {"audio/PCMU", Codec::kOther},
      {"video/VP80", Codec::kOther}, {"video/VP", Codec::kOther},   {"audio/VP8", Codec::kOther},
      {"opus", Codec::kOther},       {"", Codec::kOther},           {"audio/ opus", Codec::kOther},
  };
  for (const auto& row : rows) {
    CAPTURE(row.mimeType);
    CHECK(ParseCodec(row.mimeType) == row.codec);
  }
}

TEST_CASE("CodecTest: detects a VP8 key frame by partition zero and an inverse key frame flag of 0",
          "[rtp]") {
  // Descriptors of RFC 7741 section 4.2, including the examples of sections 4.6.1 to 4.6.5, followed by the
  // payload header and the start code of a key frame.
  const KeyFrameRow rows[] = {
      {"start of a key frame", {0x10, 0x50, 0x42, 0x00, 0x9D, 0x01, 0x2A}, true},
      {"start of an interframe", {0x10, 0x51, 0x42, 0x00}, false},
      {"a later packet of partition 0", {0x00, 0x50, 0x42}, false},
      {"start of partition 1", {0x11, 0x50, 0x42}, false},
      {"start of partition 4", {0x14, 0x50, 0x42}, false},
      {"non-reference start of a key frame", {0x30, 0x50}, true},
      {"picture id of 7 bits", {0x90, 0x80, 0x17, 0x50}, true},
      {"picture id of 7 bits, interframe", {0x90, 0x80, 0x16, 0x51}, false},
      {"picture id of 15 bits", {0x90, 0x80, 0x92, 0x31, 0x50}, true},
      {"picture id of 15 bits, interframe", {0x90, 0x80, 0x92, 0x30, 0x51}, false},
      {"TL0PICIDX", {0x90, 0x40, 0x01, 0x50}, true},
      {"TID alone", {0x90, 0x20, 0x01, 0x50}, true},
      {"KEYIDX alone", {0x90, 0x10, 0x01, 0x50}, true},
      {"TID and KEYIDX share a byte", {0x90, 0x30, 0x01, 0x50}, true},
      {"everything", {0x90, 0xF0, 0x80, 0x01, 0x03, 0x21, 0x50}, true},
      {"everything, interframe", {0x90, 0xF0, 0x80, 0x01, 0x03, 0x21, 0x51}, false},
      {"extended without any field", {0x90, 0x00, 0x50}, true},
      {"nothing", {}, false},
      {"no payload header", {0x10}, false},
      {"no extension byte", {0x90}, false},
      {"no picture id", {0x90, 0x80}, false},
      {"half a picture id", {0x90, 0x80, 0x80}, false},
      {"everything but the payload header", {0x90, 0xF0, 0x80, 0x01, 0x03, 0x21}, false},
  };
  CheckKeyFrames(Codec::kVp8, rows);
}

TEST_CASE("CodecTest: detects an H264 key frame by an IDR slice or an SPS in any packetization", "[rtp]") {
  const KeyFrameRow rows[] = {
      {"IDR slice", {0x65, 0x88, 0x84}, true},
      {"IDR slice of low importance", {0x25}, true},
      {"SPS", {0x67, 0x42, 0xE0, 0x1F}, true},
      {"PPS", {0x68, 0xCE}, false},
      {"SEI", {0x06, 0x05}, false},
      {"access unit delimiter", {0x09, 0x10}, false},
      {"slice", {0x41, 0x9A}, false},
      {"STAP-A of SPS and PPS", {0x78, 0, 4, 0x67, 0x42, 0xE0, 0x1F, 0, 2, 0x68, 0xCE}, true},
      {"STAP-A of a delimiter and an IDR slice", {0x78, 0, 2, 0x09, 0x10, 0, 2, 0x65, 0x88}, true},
      {"STAP-A of PPS and slice", {0x78, 0, 2, 0x68, 0xCE, 0, 2, 0x41, 0x9A}, false},
      {"STAP-A of nothing", {0x78}, false},
      {"STAP-A with half a size", {0x78, 0}, false},
      {"STAP-A with a unit that does not fit", {0x78, 0, 9, 0x67, 0x42}, false},
      {"STAP-A with units of no bytes", {0x78, 0, 0, 0, 0, 0, 1, 0x65}, true},
      {"STAP-A whose SPS stands before a cut", {0x78, 0, 1, 0x67, 0xFF, 0xFF, 0x00}, true},
      {"FU-A that starts an IDR slice", {0x7C, 0x85, 0x88}, true},
      {"FU-A that starts an SPS", {0x7C, 0x87}, true},
      {"FU-A in the middle of an IDR slice", {0x7C, 0x05, 0x88}, false},
      {"FU-A that ends an IDR slice", {0x7C, 0x45, 0x88}, false},
      {"FU-A that starts a slice", {0x5C, 0x81, 0x9A}, false},
      {"FU-A without its header", {0x7C}, false},
      {"STAP-B", {0x79, 0, 0, 0, 1, 0x67}, false},
      {"FU-B", {0x7D, 0x85, 0, 0}, false},
      {"nothing", {}, false},
  };
  CheckKeyFrames(Codec::kH264, rows);
}

TEST_CASE(
    "CodecTest: detects a VP9 key frame by the first packet of a spatial layer 0 frame without references",
    "[rtp]") {
  // RFC 9628 section 4.2: I, P, L, F, B, E, V, Z.
  const KeyFrameRow rows[] = {
      {"first packet", {0x88, 0x11, 0xFF}, true},
      {"only packet", {0x8C, 0x11, 0xFF}, true},
      {"later packet", {0x80, 0x11, 0xFF}, false},
      {"interframe", {0xC8, 0x11, 0xFF}, false},
      {"spatial layer 0", {0xA8, 0x11, 0x10, 0x05, 0xFF}, true},
      {"spatial layer 1 on top of it", {0xA8, 0x11, 0x13, 0x05, 0xFF}, false},
      {"flexible mode", {0xB8, 0x91, 0x22, 0x10, 0xFF}, true},
      {"half a picture id", {0x88, 0x91}, false},
      {"nothing", {}, false},
  };
  CheckKeyFrames(Codec::kVp9, rows);
}

TEST_CASE("CodecTest: detects an AV1 key frame by the N bit of the aggregation header", "[rtp]") {
  const KeyFrameRow rows[] = {
      {"N", {0x08, 0x0A}, true},         {"N, Y and W", {0x68, 0x0A}, true},
      {"no N", {0x10, 0x32}, false},     {"N where a unit goes on, which is wrong", {0x88, 0x0A}, false},
      {"a unit goes on", {0x80}, false}, {"nothing", {}, false},
  };
  CheckKeyFrames(Codec::kAv1, rows);
}

TEST_CASE("CodecTest: reports the codecs with key frame detection, and detects no key frame of other codecs",
          "[rtp]") {
  const Vector vp8KeyFrame = {0x10, 0x50};
  const Vector idrSlice = {0x65};
  const Vector vp9KeyFrame = {0x88, 0x11};
  for (const auto codec : {Codec::kOther, Codec::kOpus, Codec::kRtx}) {
    CHECK_FALSE(CanDetectKeyFrame(codec));
    CHECK_FALSE(IsKeyFrame(codec, vp8KeyFrame));
    CHECK_FALSE(IsKeyFrame(codec, idrSlice));
    CHECK_FALSE(IsKeyFrame(codec, vp9KeyFrame));
  }
  for (const auto codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1})
    CHECK(CanDetectKeyFrame(codec));
}

TEST_CASE("CodecTest: reads no random payload past its end", "[rtp]") {
  SeededRandom random(11);
  int keyFrames = 0;
  for (int i = 0; i < 50'000; ++i) {
    Vector payload(random.U32() % 12);
    random.Fill(payload);
    payload.shrink_to_fit();
    for (const auto codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1})
      keyFrames += IsKeyFrame(codec, payload) ? 1 : 0;
  }
  CHECK(keyFrames > 0);
}
