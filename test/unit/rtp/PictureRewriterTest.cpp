#include <algorithm>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "ringcast/rtp/PictureRewriter.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

using Vector = std::vector<std::uint8_t>;

namespace {

// The numbers of a VP8 frame; -1 means absent.
struct Numbers {
  int pictureId = -1;
  int tl0PicIdx = -1;
  int keyIdx = -1;
  bool isLong = true;
  bool keyFrame = false;

  bool operator==(const Numbers&) const = default;
};

Vector Vp8(const Numbers& numbers) {
  Vector payload = {0x90, 0x00};
  if (numbers.pictureId >= 0) {
    payload[1] |= 0x80;
    if (numbers.isLong)
      payload.push_back(static_cast<std::uint8_t>(0x80 | ((numbers.pictureId >> 8) & 0x7F)));
    payload.push_back(static_cast<std::uint8_t>(numbers.pictureId & (numbers.isLong ? 0xFF : 0x7F)));
  }
  if (numbers.tl0PicIdx >= 0) {
    payload[1] |= 0x40;
    payload.push_back(static_cast<std::uint8_t>(numbers.tl0PicIdx));
  }
  if (numbers.keyIdx >= 0) {
    payload[1] |= 0x10;
    payload.push_back(static_cast<std::uint8_t>(0xC0 | (numbers.keyIdx & 0x1F)));
  }
  payload.push_back(numbers.keyFrame ? 0x50 : 0x51);
  return payload;
}

FrameInfo InfoOf(const Numbers& numbers) { return InspectPayload(Codec::kVp8, Vp8(numbers), false); }

// Returns the numbers of the rewritten frame, or nullopt if it must be dropped.
std::optional<Numbers> Map(PictureRewriter& rewriter, const Numbers& numbers) {
  Vector payload = Vp8(numbers);
  const auto patch = rewriter.Map(InfoOf(numbers), payload);
  if (!patch) return std::nullopt;
  std::copy_n(patch->bytes.begin(), patch->size, payload.begin());
  const FrameInfo out = InspectPayload(Codec::kVp8, payload, false);
  CHECK(out.keyFrame == numbers.keyFrame);
  return Numbers{.pictureId = out.fields.pictureIdBits != 0 ? out.fields.pictureId : -1,
                 .tl0PicIdx = out.fields.tl0PicIdxOffset != 0 ? out.fields.tl0PicIdx : -1,
                 .keyIdx = out.fields.keyIdxOffset != 0 ? out.fields.keyIdx : -1,
                 .isLong = out.fields.pictureIdBits == 15,
                 .keyFrame = numbers.keyFrame};
}

int PictureId(PictureRewriter& rewriter, int pictureId, bool isLong = true) {
  const auto out = Map(rewriter, {.pictureId = pictureId & (isLong ? 0x7FFF : 0x7F), .isLong = isLong});
  return out ? out->pictureId : -1;
}

constexpr int kPictureStarts[] = {0, 1, 126, 127, 128, 16383, 16384, 32766, 32767};

}  // namespace

TEST_CASE("PictureRewriterTest: changes nothing when all frames of a source are forwarded",
          "[rtp][picture]") {
  for (const int start : kPictureStarts) {
    PictureRewriter rewriter;
    for (int i = 0; i < 300; ++i) {
      const Numbers numbers = {(start + i) & 0x7FFF, (250 + i / 4) & 0xFF, i % 32};
      const auto patch = rewriter.Map(InfoOf(numbers), Vp8(numbers));
      REQUIRE(patch);
      CHECK(patch->size == 0);
    }
  }
}

TEST_CASE("PictureRewriterTest: closes the gaps in picture ids that dropped frames leave", "[rtp][picture]") {
  for (const bool isLong : {false, true}) {
    const int mask = isLong ? 0x7FFF : 0x7F;
    for (const int start : kPictureStarts) {
      CAPTURE(isLong, start);
      PictureRewriter rewriter;
      int expected = start & mask;
      for (int i = 0; i < 500; ++i) {
        const int pictureId = (start + i) & mask;
        if (i % 2 == 1) {
          rewriter.Skip(InfoOf({.pictureId = pictureId, .isLong = isLong}));
          rewriter.Skip(
              InfoOf({.pictureId = pictureId, .isLong = isLong}));  // the second packet of the frame
          continue;
        }
        CHECK(PictureId(rewriter, pictureId, isLong) == expected);
        CHECK(PictureId(rewriter, pictureId, isLong) == expected);  // the second packet of the frame
        expected = (expected + 1) & mask;
      }
    }
  }
}

TEST_CASE("PictureRewriterTest: keeps the picture ids of late and lost frames", "[rtp][picture]") {
  for (const int start : kPictureStarts) {
    CAPTURE(start);
    const auto in = [start](int i) { return (start + i) & 0x7FFF; };
    PictureRewriter rewriter;
    CHECK(PictureId(rewriter, in(0)) == in(0));
    rewriter.Skip(InfoOf({.pictureId = in(1)}));
    CHECK(PictureId(rewriter, in(4)) == in(3));  // 2 and 3 are late
    CHECK(PictureId(rewriter, in(2)) == in(1));
    CHECK(PictureId(rewriter, in(3)) == in(2));
    CHECK(PictureId(rewriter, in(0)) == in(0));
    CHECK(PictureId(rewriter, in(1)) == -1);  // was dropped
    CHECK(PictureId(rewriter, in(7)) == in(6));
  }
}

TEST_CASE("PictureRewriterTest: continues all numbers at the next value after a switch of the source",
          "[rtp][picture]") {
  struct Row {
    const char* what;
    Numbers last;
    Numbers first;
    Numbers out;
  };
  const Row rows[] = {
      {"back", {1000, 100, 10}, {5, 6, 7}, {1001, 101, 11}},
      {"ahead", {5, 6, 7}, {1000, 100, 10}, {6, 7, 8}},
      {"at their ends", {0x7FFF, 0xFF, 0x1F}, {300, 20, 3}, {0, 0, 0}},
      {"the same once more", {5, 6, 7}, {5, 6, 7}, {6, 7, 8}},
      {"to fewer bits", {0x1234, 1, 1}, {5, 1, 1, false}, {0x35, 2, 2, false}},
      {"to more bits", {5, 1, 1, false}, {0x1234, 1, 1}, {6, 2, 2}},
      {"from a source without a number", {-1, -1, -1, false}, {9, 8, 7}, {9, 8, 7}},
      {"to a source without one", {9, 8, 7}, {-1, -1, -1, false}, {-1, -1, -1, false}},
  };
  for (auto row : rows) {
    CAPTURE(row.what);
    PictureRewriter rewriter;
    CHECK(Map(rewriter, row.last) == row.last);
    rewriter.Resync();
    row.first.keyFrame = true;
    row.out.keyFrame = true;
    CHECK(Map(rewriter, row.first) == row.out);
    CHECK(Map(rewriter, row.first) == row.out);  // the second packet of the frame
  }
}

TEST_CASE("PictureRewriterTest: keeps the distance of all numbers to the first frame after a switch",
          "[rtp][picture]") {
  PictureRewriter rewriter;
  CHECK(Map(rewriter, Numbers{500, 50, 5}) == Numbers{500, 50, 5});
  rewriter.Resync();
  rewriter.Skip(InfoOf({.pictureId = 19}));  // before the new source starts
  CHECK(Map(rewriter, Numbers{20, 250, 1, true, true}) == Numbers{501, 51, 6, true, true});
  CHECK(Map(rewriter, Numbers{21, 250, 1}) == Numbers{502, 51, 6});
  CHECK(Map(rewriter, Numbers{22, 251, 1}) == Numbers{503, 52, 6});
  CHECK(Map(rewriter, Numbers{40, 4, 1}) == Numbers{521, 61, 6});
  CHECK(Map(rewriter, Numbers{39, 3, 1}) == Numbers{520, 60, 6});
  // Frames older than the switch.
  CHECK_FALSE(Map(rewriter, Numbers{19, 249, 0}));
  CHECK_FALSE(Map(rewriter, Numbers{0x7FFF, 249, 0}));
  // A late frame does not move the numbers back.
  rewriter.Resync();
  CHECK(Map(rewriter, Numbers{7, 7, 7, true, true}) == Numbers{522, 62, 7, true, true});
}

TEST_CASE("PictureRewriterTest: treats a key frame far behind as a restart of the encoder",
          "[rtp][picture]") {
  PictureRewriter rewriter;
  CHECK(Map(rewriter, Numbers{10000, 50, 5}) == Numbers{10000, 50, 5});
  CHECK(Map(rewriter, Numbers{10600, 150, 5}) == Numbers{10600, 150, 5});
  CHECK_FALSE(Map(rewriter, Numbers{10001, 50, 5}));
  CHECK(Map(rewriter, Numbers{10001, 3, 5, true, true}) == Numbers{10601, 151, 6, true, true});
  CHECK(Map(rewriter, Numbers{10002, 4, 5}) == Numbers{10602, 152, 6});
}

TEST_CASE("PictureRewriterTest: gives all spatial layers of a VP9 picture the same id", "[rtp][picture]") {
  PictureRewriter rewriter;
  const auto map = [&](std::uint8_t id, std::uint8_t layers, std::uint8_t tl0) {
    Vector payload = {0xE8, id, layers, tl0, 0x00};
    const auto patch = rewriter.Map(InspectPayload(Codec::kVp9, payload, false), payload);
    REQUIRE(patch);
    std::copy_n(patch->bytes.begin(), patch->size, payload.begin());
    return Vector(payload.begin(), payload.begin() + 4);
  };
  CHECK(map(10, 0x00, 7) == Vector{0xE8, 10, 0x00, 7});
  const Vector skipped = {0xE8, 11, 0x40, 7, 0x00};
  rewriter.Skip(InspectPayload(Codec::kVp9, skipped, false));
  CHECK(map(12, 0x20, 7) == Vector{0xE8, 11, 0x20, 7});
  CHECK(map(12, 0x23, 7) == Vector{0xE8, 11, 0x23, 7});
  rewriter.Resync();
  CHECK(map(99, 0x00, 200) == Vector{0xE8, 12, 0x00, 8});
  CHECK(map(99, 0x03, 200) == Vector{0xE8, 12, 0x03, 8});
}

TEST_CASE(
    "PictureRewriterTest: continues frame numbers at the next value after a switch, and keeps their "
    "distances",
    "[rtp][picture]") {
  for (const int start : {0, 1, 32767, 32768, 65534, 65535}) {
    CAPTURE(start);
    const auto at = [start](int i) { return static_cast<std::uint16_t>(start + i); };
    FrameNumberRewriter rewriter;
    CHECK(rewriter.Map(at(0)) == at(0));
    CHECK(rewriter.Map(at(5)) == at(5));
    CHECK(rewriter.Map(at(3)) == at(3));
    rewriter.Resync();
    CHECK(rewriter.Map(1000) == at(6));
    CHECK(rewriter.Map(1004) == at(10));
    CHECK(rewriter.Map(999) == at(5));
    rewriter.Resync();
    CHECK(rewriter.Map(60000) == at(11));
  }
}

TEST_CASE("PictureRewriterTest: sends consecutive picture ids over random drops and switches",
          "[rtp][picture]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    PictureRewriter rewriter;
    int outputs = 0;    // frames forwarded since the start: in order and without loss, so ids are consecutive
    int firstOut = -1;  // picture id of the first forwarded frame
    for (int source = 0; source < 20; ++source) {
      const int start = static_cast<int>(random.U32() & 0x7FFF);
      const int frames = 1 + static_cast<int>(random.U32() % 100);
      for (int i = 0; i < frames; ++i) {
        const int pictureId = (start + i) & 0x7FFF;
        if (i != 0 && random.U32() % 3 == 0) {
          rewriter.Skip(InfoOf({.pictureId = pictureId}));
          continue;
        }
        if (firstOut < 0) firstOut = pictureId;
        const int expected = (firstOut + outputs++) & 0x7FFF;
        for (std::uint32_t packet = 0; packet <= random.U32() % 3; ++packet)
          REQUIRE(PictureId(rewriter, pictureId) == expected);
      }
      rewriter.Resync();
    }
  }
}
