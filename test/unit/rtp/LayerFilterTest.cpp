#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtp/LayerFilter.hpp"

namespace ringcast::rtp {
namespace {

FrameInfo Vp8(std::uint8_t temporal, bool key = false, bool sync = false) {
  FrameInfo frame;
  frame.keyFrame = key;
  frame.beginsFrame = true;
  frame.endsFrame = true;
  frame.temporalLayer = temporal;
  frame.temporalSwitch = sync;
  return frame;
}

FrameInfo Vp9(std::uint8_t spatial, std::uint8_t temporal, bool keyPicture, bool up = false) {
  auto frame = Vp8(temporal, keyPicture && spatial == 0, up);
  frame.spatialLayer = spatial;
  frame.interPicture = !keyPicture;
  frame.interLayer = spatial != 0;
  return frame;
}

// Two spatial and two temporal layers.
std::shared_ptr<const DependencyStructure> L2T2() {
  auto structure = std::make_shared<DependencyStructure>();
  structure->targetCount = 4;
  structure->spatialLayers = 2;
  structure->temporalLayers = 2;
  structure->targets = {{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
  return structure;
}

// `indications` has one letter per decode target, as in the specification: - D S R.
FrameInfo Described(const std::shared_ptr<const DependencyStructure>& structure, std::uint16_t number,
                    std::uint8_t spatial, std::uint8_t temporal, const std::string& indications,
                    const std::vector<std::uint16_t>& references, bool key = false) {
  FrameInfo frame;
  frame.structure = structure;
  frame.keyFrame = key;
  frame.beginsFrame = frame.endsFrame = true;
  frame.spatialLayer = spatial;
  frame.temporalLayer = temporal;
  auto& info = frame.dependency;
  info.frameNumber = number;
  info.hasStructure = key;
  info.activeTargets = 0b1111;
  for (std::size_t i = 0; i < indications.size(); ++i)
    info.indications |= std::uint64_t{std::string("-DSR").find(indications[i])} << (2 * i);
  for (const auto reference : references) info.references[info.referenceCount++] = reference;
  return frame;
}

// Returns true if a frame with a dependency descriptor is forwarded.
auto Forwards(LayerFilter& filter) {
  return [&filter](const FrameInfo& frame) { return filter.OnPacket(frame, 0, false).forward; };
}

}  // namespace

TEST_CASE("LayerFilterTest: forwards a stream from its first key frame", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({0, 2});
  CHECK(filter.WantsKeyFrame());
  CHECK_FALSE(filter.OnPacket(Vp8(0), 100, true).forward);
  CHECK_FALSE(filter.Current());
  CHECK(filter.OnPacket(Vp8(0, true), 200, true).forward);
  CHECK(filter.Current() == LayerIds{0, 2});
  CHECK_FALSE(filter.WantsKeyFrame());
  filter.Reset();
  CHECK_FALSE(filter.OnPacket(Vp8(0), 300, true).forward);
}

TEST_CASE("LayerFilterTest: drops temporal layers at once, and adds one at each switching point", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({0, 2});
  REQUIRE(filter.OnPacket(Vp8(0, true), 1000, true).forward);
  REQUIRE(filter.OnPacket(Vp8(2), 2000, true).forward);
  filter.SetTarget({0, 0});
  CHECK_FALSE(filter.OnPacket(Vp8(1), 3000, true).forward);
  CHECK(filter.OnPacket(Vp8(0), 4000, true).forward);
  filter.SetTarget({0, 2});
  struct Row {
    std::uint8_t temporal;
    bool sync;
    bool forward;
  };
  const Row rows[] = {{2, false, false}, {1, false, false}, {2, true, false}, {0, false, true},
                      {1, true, true},   {2, false, false}, {1, false, true}, {2, true, true}};
  std::uint32_t timestamp = 5000;
  for (const auto& [temporal, sync, forward] : rows) {
    INFO("timestamp " << timestamp);
    CHECK(filter.OnPacket(Vp8(temporal, false, sync), timestamp, true).forward == forward);
    timestamp += 1000;
  }
}

TEST_CASE("LayerFilterTest: treats a late packet like the earlier packets of its picture", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({0, 2});
  REQUIRE(filter.OnPacket(Vp8(0, true), 0xffff'ff00, true).forward);
  REQUIRE(filter.OnPacket(Vp8(2), 1000, true).forward);
  filter.SetTarget({0, 0});
  REQUIRE_FALSE(filter.OnPacket(Vp8(2), 3000, true).forward);
  CHECK(filter.OnPacket(Vp8(2), 1000, true).forward);
  CHECK_FALSE(filter.OnPacket(Vp8(2), 3000, true).forward);
  // These pictures arrive late: one between two pictures with layer 2, the others between one with it and one
  // without it.
  CHECK(filter.OnPacket(Vp8(2), 500, true).forward);
  CHECK_FALSE(filter.OnPacket(Vp8(2), 2000, true).forward);
  CHECK(filter.OnPacket(Vp8(0), 2500, true).forward);
  // A picture before the key frame.
  CHECK_FALSE(filter.OnPacket(Vp8(0), 0xffff'f000, true).forward);
}

TEST_CASE("LayerFilterTest: restarts at a key frame whose clock was set back", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({0, 2});
  constexpr std::uint32_t kBegin = 1'000'000;
  REQUIRE(filter.OnPacket(Vp8(0, true), kBegin, true).forward);
  REQUIRE(filter.OnPacket(Vp8(0), kBegin + 3000, true).forward);
  // A picture before the first key frame.
  CHECK_FALSE(filter.OnPacket(Vp8(0, true), kBegin - 3000, true).forward);
  CHECK_FALSE(filter.OnPacket(Vp8(0), 5000, true).forward);
  CHECK(filter.OnPacket(Vp8(0, true), 8000, true).forward);
  CHECK(filter.OnPacket(Vp8(1), 11000, true).forward);
  CHECK(filter.Current() == LayerIds{0, 2});
}

TEST_CASE("LayerFilterTest: switches down at the next picture, up at a key picture", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({1, 0});
  const auto picture = [&](std::uint32_t timestamp, bool key) {
    std::string seen;
    for (std::uint8_t spatial = 0; spatial < 3; ++spatial) {
      const auto verdict = filter.OnPacket(Vp9(spatial, 0, key), timestamp, spatial == 2);
      seen += !verdict.forward ? '-' : verdict.marker ? 'M' : 'x';
    }
    return seen;
  };
  CHECK(picture(1000, true) == "xM-");
  CHECK(picture(2000, false) == "xM-");
  filter.SetTarget({2, 0});
  CHECK(picture(3000, false) == "xM-");
  CHECK(filter.WantsKeyFrame());
  CHECK(picture(4000, true) == "xxM");
  CHECK_FALSE(filter.WantsKeyFrame());
  filter.SetTarget({0, 0});
  CHECK(picture(5000, false) == "M--");
  CHECK(filter.Current() == LayerIds{0, 0});
}

TEST_CASE("LayerFilterTest: forwards each layer of a key picture whole or not, in any order", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({2, 0});
  const auto part = [&](std::uint8_t spatial, std::uint32_t timestamp, bool key, bool begins, bool ends) {
    auto frame = Vp9(spatial, 0, key);
    frame.keyFrame = frame.keyFrame && begins;
    frame.beginsFrame = begins;
    frame.endsFrame = ends;
    const auto verdict = filter.OnPacket(frame, timestamp, spatial == 2 && ends);
    return !verdict.forward ? '-' : verdict.marker ? 'M' : 'x';
  };
  REQUIRE(part(0, 1000, true, true, true) == 'x');
  SECTION("forwards the third layer when it overtakes the second") {
    CHECK(part(2, 1000, true, true, false) == 'x');
    CHECK(part(1, 1000, true, true, true) == 'x');
    CHECK(part(2, 1000, true, false, true) == 'M');
    CHECK(filter.Current() == LayerIds{2, 0});
    CHECK(part(2, 2000, false, true, true) == 'M');
  }
  SECTION("completes the picture without the third layer when the next picture overtakes it") {
    CHECK(part(1, 1000, true, true, true) == 'x');
    CHECK(part(0, 2000, false, true, true) == 'x');
    CHECK(part(2, 1000, true, true, false) == 'x');
    CHECK(part(2, 1000, true, false, true) == 'M');
    CHECK(filter.Current() == LayerIds{1, 0});
    CHECK(part(1, 2000, false, true, true) == 'M');
    CHECK(part(2, 2000, false, true, true) == '-');
    CHECK(filter.WantsKeyFrame());
  }
}

namespace {

// VP9 whose upper layers depend on lower ones in key pictures only.
FrameInfo KeySvc(std::uint8_t spatial, bool key) {
  FrameInfo frame;
  frame.spatialLayer = spatial;
  frame.beginsFrame = frame.endsFrame = true;
  frame.keyFrame = key && spatial == 0;
  frame.interPicture = !key;
  frame.interLayer = key && spatial > 0;
  frame.neededAbove = key && spatial < 2;
  return frame;
}

// Returns a letter for each forwarded layer of a picture with this many layers; a capital has the marker.
std::string Picture(LayerFilter& filter, std::uint32_t timestamp, bool key = false, std::uint8_t layers = 3) {
  std::string out;
  for (std::uint8_t spatial = 0; spatial < layers; ++spatial) {
    const auto verdict = filter.OnPacket(KeySvc(spatial, key), timestamp, spatial + 1 == layers);
    if (verdict.forward) out.push_back(static_cast<char>((verdict.marker ? 'A' : 'a') + spatial));
  }
  return out;
}

}  // namespace

TEST_CASE("LayerFilterTest: drops lower layers that no upper one needs until a key picture", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({2, 0});
  CHECK(Picture(filter, 1000, true) == "abC");
  CHECK(Picture(filter, 2000) == "C");
  CHECK_FALSE(filter.WantsKeyFrame());
  SECTION("switches down at a key picture") {
    filter.SetTarget({1, 0});
    CHECK(filter.WantsKeyFrame());
    CHECK(Picture(filter, 3000) == "C");
    CHECK(Picture(filter, 4000, true) == "aB");
    CHECK_FALSE(filter.WantsKeyFrame());
    CHECK(Picture(filter, 5000) == "B");
    CHECK(filter.Current() == LayerIds{1, 0});
  }
  SECTION("switches up at a key picture") {
    filter.SetTarget({0, 0});
    CHECK(Picture(filter, 3000, true) == "A");
    CHECK(Picture(filter, 4000) == "A");
    filter.SetTarget({2, 0});
    CHECK(Picture(filter, 5000) == "A");
    CHECK(filter.WantsKeyFrame());
    CHECK(Picture(filter, 6000, true) == "abC");
    CHECK(Picture(filter, 7000) == "C");
  }
  SECTION("keeps the layer when the encoder omits a frame") {
    CHECK(Picture(filter, 3000, false, 2).empty());
    CHECK_FALSE(filter.WantsKeyFrame());
    CHECK(Picture(filter, 4000) == "C");
  }
  SECTION("follows the source when it stops and resumes a layer") {
    std::uint32_t timestamp = 3000;
    for (unsigned i = 0; i < PayloadDescriptorFilter::kMaxPicturesWithoutLayer; ++i, timestamp += 1000) {
      CHECK_FALSE(filter.WantsKeyFrame());
      CHECK(Picture(filter, timestamp, false, 2).empty());
    }
    CHECK(filter.WantsKeyFrame());
    CHECK(Picture(filter, timestamp, true, 2) == "aB");
    CHECK_FALSE(filter.WantsKeyFrame());
    CHECK(Picture(filter, timestamp + 1000, false, 2) == "B");
    CHECK(filter.Current() == LayerIds{1, 0});
    CHECK(Picture(filter, timestamp + 2000) == "B");
    CHECK(filter.WantsKeyFrame());
    CHECK(Picture(filter, timestamp + 3000, true) == "abC");
  }
}

TEST_CASE("LayerFilterTest: forwards or drops a late lower layer that no upper layer needs", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({2, 0});
  const auto forwards = [&](std::uint8_t spatial, std::uint32_t timestamp, bool key = false) {
    return filter.OnPacket(KeySvc(spatial, key), timestamp, spatial == 2).forward;
  };
  REQUIRE(Picture(filter, 1000, true) == "abC");
  REQUIRE(forwards(2, 2000));
  SECTION("drops the layer, and does not switch down without a key frame") {
    CHECK_FALSE(forwards(0, 2000));
    filter.SetTarget({0, 0});
    CHECK_FALSE(forwards(0, 3000));
    CHECK(forwards(2, 3000));
    CHECK(filter.WantsKeyFrame());
  }
  SECTION("forwards the layer after a switch down at a later picture") {
    filter.SetTarget({0, 0});
    CHECK(forwards(0, 3000));
    CHECK(forwards(0, 2000));
    CHECK_FALSE(forwards(1, 3000));
    CHECK_FALSE(filter.WantsKeyFrame());
  }
  SECTION("drops late pictures at a layer change") {
    CHECK_FALSE(forwards(0, 2000));
    CHECK(forwards(2, 3000));
    filter.SetTarget({0, 0});
    REQUIRE(forwards(0, 5000, true));
    CHECK_FALSE(forwards(0, 4000));
    CHECK_FALSE(forwards(2, 4000));
    CHECK(forwards(0, 7000));
    CHECK(forwards(0, 6000));
  }
}

TEST_CASE("LayerFilterTest: detects a key picture by any packet of its base layer", "[rtp]") {
  LayerFilter filter;
  filter.SetTarget({0, 0});
  REQUIRE(Picture(filter, 1000, true) == "A");
  filter.SetTarget({2, 0});
  auto second = KeySvc(0, true);
  second.keyFrame = second.beginsFrame = false;
  CHECK(filter.OnPacket(second, 2000, false).forward);
  CHECK(filter.OnPacket(KeySvc(1, true), 2000, false).forward);
  CHECK(filter.OnPacket(KeySvc(0, true), 2000, false).forward);
  CHECK(filter.OnPacket(KeySvc(2, true), 2000, true).marker);
  CHECK(filter.Current() == LayerIds{2, 0});
}

TEST_CASE("LayerFilterTest: switches the decode target at a frame whose references were forwarded", "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({1, 1});
  const auto forwards = Forwards(filter);
  CHECK(forwards(Described(structure, 0, 0, 0, "SSSS", {}, true)));
  CHECK(forwards(Described(structure, 1, 1, 0, "--SS", {1})));
  CHECK(forwards(Described(structure, 2, 0, 1, "-D-R", {2})));
  CHECK(forwards(Described(structure, 3, 1, 1, "---D", {2, 1})));
  CHECK(filter.Current() == LayerIds{1, 1});

  // Switch down: the base layer is complete, so its next frame is a switch.
  filter.SetTarget({0, 0});
  const auto base = filter.OnPacket(Described(structure, 4, 0, 0, "SSRR", {4}), 0, false);
  CHECK(base.forward);
  CHECK(base.marker);
  CHECK(base.activeTargets == 0b0001);
  CHECK_FALSE(forwards(Described(structure, 5, 1, 0, "--SS", {4, 1})));
  CHECK_FALSE(forwards(Described(structure, 6, 0, 1, "-D-R", {2})));

  // The filter adds temporal layers at a base layer frame, spatial layers only at a key frame.
  filter.SetTarget({1, 1});
  CHECK(forwards(Described(structure, 8, 0, 0, "SSRR", {4})));
  CHECK(filter.WantsKeyFrame());
  CHECK_FALSE(forwards(Described(structure, 9, 1, 0, "--SS", {4, 1})));
  CHECK(forwards(Described(L2T2(), 12, 0, 0, "SSSS", {}, true)));
  CHECK_FALSE(filter.WantsKeyFrame());
  CHECK(filter.Current() == LayerIds{1, 1});
}

TEST_CASE(
    "LayerFilterTest: drops a frame that refers to a dropped frame, not one that refers to a late "
    "frame",
    "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({0, 1});
  const auto forwards = Forwards(filter);
  REQUIRE(forwards(Described(structure, 65535, 0, 0, "SSSS", {}, true)));
  REQUIRE_FALSE(forwards(Described(structure, 0, 1, 0, "--SS", {1})));
  CHECK_FALSE(forwards(Described(structure, 1, 0, 1, "-D-R", {1})));
  CHECK(forwards(Described(structure, 3, 0, 1, "-D-R", {1})));  // refers to frame 2, which is late
  CHECK(forwards(Described(structure, 2, 0, 0, "SSRR", {3})));
}

TEST_CASE("LayerFilterTest: filters a late frame by the decode target at its position", "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({1, 0});
  const auto forwards = [&](const FrameInfo& frame) {
    const auto verdict = filter.OnPacket(frame, 0, false);
    return !verdict.forward ? '-' : verdict.marker ? 'M' : 'x';
  };
  REQUIRE(forwards(Described(structure, 7, 0, 0, "SSSS", {}, true)) == 'x');
  REQUIRE(forwards(Described(structure, 8, 1, 0, "--SS", {1})) == 'M');
  REQUIRE(forwards(Described(structure, 9, 0, 0, "SSRR", {2})) == 'x');
  REQUIRE(forwards(Described(structure, 11, 0, 0, "SSRR", {2})) == 'x');
  REQUIRE(forwards(Described(structure, 14, 1, 0, "--SS", {4, 3})) == 'M');  // frame 10 is late
  filter.SetTarget({0, 0});
  REQUIRE(forwards(Described(structure, 15, 0, 0, "SSRR", {4})) == 'M');
  CHECK(forwards(Described(structure, 10, 1, 0, "--SS", {2, 1})) == 'M');
  CHECK(forwards(Described(structure, 12, 1, 0, "--SS", {2, 1})) == 'M');
  CHECK(forwards(Described(structure, 16, 1, 0, "--SS", {2, 1})) == '-');
  // A frame before the key frame.
  CHECK(forwards(Described(structure, 6, 0, 0, "SSRR", {2})) == '-');
}

TEST_CASE("LayerFilterTest: restarts the decode target at a key frame whose number was set back", "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({1, 0});
  const auto forwards = Forwards(filter);
  REQUIRE(forwards(Described(structure, 1000, 0, 0, "SSSS", {}, true)));
  REQUIRE(forwards(Described(structure, 1001, 1, 0, "--SS", {1})));
  CHECK_FALSE(forwards(Described(structure, 12, 0, 0, "SSRR", {2})));
  CHECK(forwards(Described(structure, 14, 0, 0, "SSSS", {}, true)));
  CHECK(forwards(Described(structure, 15, 1, 0, "--SS", {1})));
}

TEST_CASE("LayerFilterTest: forwards a late frame when a forwarded frame of the same key frame refers to it",
          "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({1, 0});
  const auto forwards = Forwards(filter);
  REQUIRE(forwards(Described(structure, 10, 0, 0, "SSSS", {}, true)));
  REQUIRE(forwards(Described(structure, 11, 1, 0, "--SS", {1})));
  // The encoder omitted S0, and the target does not include temporal layer 1.
  CHECK(forwards(Described(structure, 13, 1, 0, "--SS", {2, 1})));
  CHECK(forwards(Described(structure, 12, 0, 1, "-D-R", {2})));
  CHECK_FALSE(forwards(Described(structure, 14, 0, 1, "-D-R", {4})));
  CHECK_FALSE(forwards(Described(structure, 15, 1, 0, "--SS", {2, 1})));
  REQUIRE(forwards(Described(structure, 16, 0, 0, "SSSS", {}, true)));
  CHECK(forwards(Described(structure, 17, 1, 0, "--SS", {3, 1})));
}

TEST_CASE(
    "LayerFilterTest: forwards a late frame that a forwarded frame needs although it refers to a dropped one",
    "[rtp]") {
  const auto structure = L2T2();
  LayerFilter filter;
  filter.SetTarget({1, 0});
  const auto forwards = Forwards(filter);
  REQUIRE(forwards(Described(structure, 10, 0, 0, "SSSS", {}, true)));
  REQUIRE(forwards(Described(structure, 11, 1, 0, "--SS", {1})));
  REQUIRE_FALSE(forwards(Described(structure, 12, 0, 1, "-D-R", {2})));
  SECTION("in order both are dropped") {
    CHECK_FALSE(forwards(Described(structure, 13, 0, 0, "SSRR", {1, 3})));
    CHECK_FALSE(forwards(Described(structure, 14, 1, 0, "--SS", {1, 3})));
  }
  SECTION("in reverse order both are forwarded") {
    CHECK(forwards(Described(structure, 14, 1, 0, "--SS", {1, 3})));
    CHECK(forwards(Described(structure, 13, 0, 0, "SSRR", {1, 3})));
    CHECK(forwards(Described(structure, 15, 1, 0, "--SS", {1})));
  }
}

}  // namespace ringcast::rtp
