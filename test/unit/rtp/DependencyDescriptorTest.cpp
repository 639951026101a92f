#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "support/DescriptorBits.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using test::Bits;

using Vector = std::vector<std::uint8_t>;

namespace {

// Returns a number as this many binary digits.
std::string F(std::uint32_t value, unsigned count) {
  std::string text;
  while (count != 0) text.push_back(((value >> --count) & 1) != 0 ? '1' : '0');
  return text;
}

// start_of_frame, end_of_frame, frame_dependency_template_id, frame_number
std::string Mandatory(bool start, bool end, std::uint32_t templateId, std::uint32_t frameNumber) {
  return F(start ? 1 : 0, 1) + F(end ? 1 : 0, 1) + F(templateId, 6) + F(frameNumber & 0xFFFF, 16);
}

// The example of appendix A.8.6.1 (L1T3): 5 templates, 3 decode targets, one chain.
std::string L1T3(std::uint32_t templateIdOffset, bool resolutions = false) {
  return F(templateIdOffset, 6) + F(2, 5) +
         "00 01 01 00 11"                      // template_layers(): T0 T0 T1 T2 T2
         "101010 101010 100100 010000 010000"  // template_dtis(): SSS SSS SD- D-- D--
         "0 100110 100010 100000 100000"       // template_fdiffs(): none, 4, 2, 1, 1
         "01 0000 0100 0010 0001 0011"  // template_chains(): with one chain, decode_target_protected_by takes
                                        // no bits
         + std::string(resolutions ? "1" : "0") + (resolutions ? F(639, 16) + F(359, 16) : std::string());
}

// L2T1, the first example with two spatial layers: 5 templates, 2 decode targets, 2 chains.
std::string L2T1(std::uint32_t templateIdOffset) {
  return F(templateIdOffset, 6) + F(1, 5) +
         "00 00 10 00 11"                      // template_layers(): S0 S0 S0 S1 S1
         "1010 1110 1010 1000 1100"            // template_dtis(): SS RS SS S- R-
         "0 100010 100010 100000 10001100000"  // template_fdiffs(): none, 2, 2, 1, 2 and 1
         "11"                                  // chains_cnt = ns(3): 2
         "1 0"                                 // decode_target_protected_by: ns(2) of 1 and 0
         "0000 0000 0010 0001 0010 0001 0001 0001 0001 0001"
         "0";
}

constexpr const char* kStructureOnly = "1 0 0 0 0";

Vector KeyFrame(std::uint32_t frameNumber, std::uint32_t offset = 0) {
  return Bits({Mandatory(true, false, offset, frameNumber), kStructureOnly, L1T3(offset)});
}

std::string Dtis(const DependencyDescriptor& descriptor) {
  std::string text;
  for (std::size_t i = 0; i < descriptor.structure->targetCount; ++i)
    text.push_back("-DSR"[static_cast<std::size_t>(descriptor.info.Indication(i))]);
  return text;
}

std::vector<int> References(const DependencyDescriptor& descriptor) {
  const auto& info = descriptor.info;
  return {info.references.begin(), info.references.begin() + info.referenceCount};
}

}  // namespace

TEST_CASE("DependencyDescriptorTest: reads layers and decode targets of a structure", "[rtp][dependency]") {
  DependencyReader reader;
  SECTION("L1T3") {
    for (const bool resolutions : {false, true}) {
      const auto key =
          reader.Read(Bits({Mandatory(true, true, 7, 0x1234), kStructureOnly, L1T3(7, resolutions)}));
      REQUIRE(key);
      CHECK(key->startOfFrame);
      CHECK(key->endOfFrame);
      CHECK(key->info.hasStructure);
      CHECK_FALSE(key->info.hasActiveTargets);
      CHECK(key->info.frameNumber == 0x1234);
      CHECK(key->info.activeTargets == 0b111);
      const auto& structure = *key->structure;
      CHECK(structure.targetCount == 3);
      CHECK(structure.spatialLayers == 1);
      CHECK(structure.temporalLayers == 3);
      for (std::uint8_t target = 0; target < 3; ++target) {
        CHECK(structure.targets[target].spatialLayer == 0);
        CHECK(structure.targets[target].temporalLayer == 2 - target);
      }
    }
  }
  SECTION("L2T1") {
    const auto key = reader.Read(Bits({Mandatory(true, true, 60, 5), kStructureOnly, L2T1(60)}));
    REQUIRE(key);
    const auto& structure = *key->structure;
    CHECK(structure.targetCount == 2);
    CHECK(structure.spatialLayers == 2);
    CHECK(structure.temporalLayers == 1);
    CHECK(structure.targets[0].spatialLayer == 1);
    CHECK(structure.targets[1].spatialLayer == 0);
    // Template ids wrap: with an offset of 60, the fifth template has id 0.
    const auto fifth = reader.Read(Bits({Mandatory(true, true, 0, 6)}));
    REQUIRE(fifth);
    CHECK(fifth->spatialLayer == 1);
    CHECK(Dtis(*fifth) == "R-");
    CHECK(References(*fifth) == std::vector<int>{2, 1});
  }
}

TEST_CASE(
    "DependencyDescriptorTest: reads layers, indications and references of the template or of the frame",
    "[rtp][dependency]") {
  struct Row {
    const char* what;
    Vector value;
    int temporalLayer;
    const char* dtis;
    std::vector<int> references;
  };
  const Row rows[] = {
      {"template 0", Bits({Mandatory(true, true, 0, 2)}), 0, "SSS", {}},
      {"template 1", Bits({Mandatory(true, true, 1, 2)}), 0, "SSS", {4}},
      {"template 2", Bits({Mandatory(true, true, 2, 2)}), 1, "SD-", {2}},
      {"template 3", Bits({Mandatory(true, true, 3, 2)}), 2, "D--", {1}},
      {"template 4 in a descriptor with nothing extended",
       Bits({Mandatory(true, true, 4, 2), "0 0 0 0 0"}),
       2,
       "D--",
       {1}},
      {"own indications", Bits({Mandatory(true, true, 2, 2), "0 0 1 0 0", "11 00 10"}), 1, "R-S", {2}},
      {"own references",
       Bits({Mandatory(true, true, 2, 2), "0 0 0 1 0", "01 0000 10 00010000 11 111111111111 00"}),
       1,
       "SD-",
       {1, 17, 4096}},
      {"no references of its own", Bits({Mandatory(true, true, 2, 2), "0 0 0 1 0", "00"}), 1, "SD-", {}},
      {"own chains", Bits({Mandatory(true, true, 2, 2), "0 0 0 0 1", "00000111"}), 1, "SD-", {2}},
      {"all of its own",
       Bits({Mandatory(true, true, 3, 2), "0 1 1 1 1", "101", "01 10 11", "01 0100 00", "11111111"}),
       2,
       "DSR",
       {5}},
  };
  DependencyReader reader;
  REQUIRE(reader.Read(KeyFrame(1)));
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto descriptor = reader.Read(row.value);
    REQUIRE(descriptor);
    CHECK_FALSE(descriptor->info.hasStructure);
    CHECK(descriptor->spatialLayer == 0);
    CHECK(descriptor->temporalLayer == row.temporalLayer);
    CHECK(Dtis(*descriptor) == row.dtis);
    CHECK(References(*descriptor) == row.references);
    CHECK_FALSE(descriptor->info.tooManyReferences);
  }
}

TEST_CASE("DependencyDescriptorTest: flags frames with more references than it keeps", "[rtp][dependency]") {
  DependencyReader reader;
  REQUIRE(reader.Read(KeyFrame(1)));
  for (const std::size_t count : {8U, 9U, 40U}) {
    std::string references;
    for (std::size_t i = 0; i < count; ++i) references += "01 0011";
    const auto descriptor = reader.Read(Bits({Mandatory(true, true, 1, 2), "0 0 0 1 0", references, "00"}));
    REQUIRE(descriptor);
    CHECK(descriptor->info.referenceCount == 8);
    CHECK(descriptor->info.tooManyReferences == (count > 8));
  }
}

TEST_CASE("DependencyDescriptorTest: accepts at most 4 spatial layers, 8 temporal layers and 64 templates",
          "[rtp][dependency]") {
  const auto repeat = [](const char* text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  struct Row {
    std::string layers;
    bool good;
  };
  const Row rows[] = {
      {repeat("10", 3) + "11", true},  {repeat("10", 4) + "11", false}, {repeat("01", 7) + "11", true},
      {repeat("01", 8) + "11", false}, {repeat("00", 63) + "11", true}, {repeat("00", 64) + "11", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.layers);
    // The zeros are the rest of a structure of any length.
    const Vector value =
        Bits({Mandatory(true, true, 0, 1), kStructureOnly, F(0, 6), F(0, 5), row.layers, repeat("0", 1500)});
    CHECK(DependencyReader().Read(value).has_value() == row.good);
  }
}

TEST_CASE(
    "DependencyDescriptorTest: rejects malformed descriptors and unknown templates without a change of state",
    "[rtp][dependency]") {
  const std::string head = Mandatory(true, true, 0, 60000);
  const Vector rows[] = {
      {},
      {0xC0},
      {0xC0, 0x00},
      Bits({Mandatory(true, true, 5, 2)}),                    // one past the last template
      Bits({Mandatory(true, true, 63, 2)}),                   // one before the first template
      Bits({Mandatory(true, true, 1, 2), "0 0 1 0 0 10"}),    // truncated indications of the frame
      Bits({Mandatory(true, true, 1, 2), "0 0 0 1 0 11 1"}),  // truncated references of the frame
      Bits({Mandatory(true, true, 1, 2), "0 0 0 0 1 11"}),    // truncated chains of the frame
      Bits({head, kStructureOnly}),                           // truncated structure
      Vector(256, 0),
  };
  DependencyReader reader;
  CHECK_FALSE(reader.Read(Bits({Mandatory(true, true, 0, 1)})));  // no structure yet
  REQUIRE(reader.Read(KeyFrame(1)));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(i);
    CHECK_FALSE(reader.Read(rows[i]));
    CHECK(reader.Read(Bits({Mandatory(true, true, 1, 2)})));
  }
  // The structure is truncated at every byte.
  const Vector whole = KeyFrame(2);
  for (std::size_t size = 4; size < whole.size(); ++size) {
    CAPTURE(size);
    const Vector cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(reader.Read(cut));
  }
}

TEST_CASE("DependencyDescriptorTest: keeps a mask of active decode targets until the next mask or structure",
          "[rtp][dependency]") {
  for (const auto start : test::kSequenceStarts) {
    CAPTURE(start);
    const auto number = [start](int i) { return static_cast<std::uint32_t>((start + i) & 0xFFFF); };
    DependencyReader reader;
    REQUIRE(reader.Read(KeyFrame(number(0))));
    const auto masked = reader.Read(Bits({Mandatory(true, true, 1, number(3)), "0 1 0 0 0", "110"}));
    REQUIRE(masked);
    CHECK(masked->info.hasActiveTargets);
    CHECK(masked->info.activeTargets == 0b110);
    const auto next = reader.Read(Bits({Mandatory(true, true, 1, number(4))}));
    REQUIRE(next);
    CHECK_FALSE(next->info.hasActiveTargets);
    CHECK(next->info.activeTargets == 0b110);
    // A late packet with an older mask gets that mask and does not change the current one.
    const auto late = reader.Read(Bits({Mandatory(true, true, 1, number(2)), "0 1 0 0 0", "011"}));
    REQUIRE(late);
    CHECK(late->info.activeTargets == 0b011);
    CHECK(reader.Read(Bits({Mandatory(true, true, 1, number(5))}))->info.activeTargets == 0b110);
    CHECK(reader.Read(KeyFrame(number(6), 10))->info.activeTargets == 0b111);
    // A mask in the same descriptor as the structure.
    const auto both = reader.Read(Bits({Mandatory(true, true, 20, number(7)), "1 1 0 0 0", L1T3(20), "100"}));
    REQUIRE(both);
    CHECK(both->info.activeTargets == 0b100);
    CHECK(reader.Read(Bits({Mandatory(true, true, 21, number(8))}))->info.activeTargets == 0b100);
  }
}

TEST_CASE("DependencyDescriptorTest: reads late packets with the structure of their key frame",
          "[rtp][dependency]") {
  for (const auto start : test::kSequenceStarts) {
    CAPTURE(start);
    const auto number = [start](int i) { return static_cast<std::uint32_t>((start + i) & 0xFFFF); };
    DependencyReader reader;
    const auto first = reader.Read(KeyFrame(number(0), 0));
    const auto second = reader.Read(KeyFrame(number(10), 32));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->structure != second->structure);

    const auto late = reader.Read(Bits({Mandatory(true, true, 2, number(9))}));
    REQUIRE(late);
    CHECK(late->structure == first->structure);
    CHECK_FALSE(reader.Read(Bits({Mandatory(true, true, 2, number(11))})));
    CHECK(reader.Read(Bits({Mandatory(true, true, 34, number(11))}))->structure == second->structure);
    // The structure of a late key frame applies to the late packets that follow it.
    const auto between = reader.Read(KeyFrame(number(5), 16));
    REQUIRE(between);
    CHECK(reader.Read(Bits({Mandatory(true, true, 18, number(6))}))->structure == between->structure);
    CHECK(reader.Read(Bits({Mandatory(true, true, 34, number(12))}))->structure == second->structure);
    // A key frame beyond that distance starts a new sequence.
    const auto restarted = reader.Read(KeyFrame(number(-2000), 48));
    REQUIRE(restarted);
    CHECK(reader.Read(Bits({Mandatory(true, true, 49, number(-1999))}))->structure == restarted->structure);
    CHECK_FALSE(reader.Read(Bits({Mandatory(true, true, 34, number(-1998))})));
  }
}

TEST_CASE("DependencyDescriptorTest: inserts a mask of active decode targets, or replaces an existing one",
          "[rtp][dependency]") {
  struct Row {
    const char* what;
    Vector value;
    Vector expected;
  };
  const Row rows[] = {
      {"mandatory fields only", Bits({Mandatory(true, false, 2, 9)}),
       Bits({Mandatory(true, false, 2, 9), "0 1 0 0 0", "101"})},
      {"nothing extended", Bits({Mandatory(true, false, 2, 9), "0 0 0 0 0"}),
       Bits({Mandatory(true, false, 2, 9), "0 1 0 0 0", "101"})},
      {"a mask", Bits({Mandatory(true, false, 2, 9), "0 1 0 0 0", "010"}),
       Bits({Mandatory(true, false, 2, 9), "0 1 0 0 0", "101"})},
      {"fields behind a mask", Bits({Mandatory(true, false, 2, 9), "0 1 1 0 1", "010", "110110", "10101010"}),
       Bits({Mandatory(true, false, 2, 9), "0 1 1 0 1", "101", "110110", "10101010"})},
      {"fields behind where it goes",
       Bits({Mandatory(true, false, 2, 9), "0 0 1 1 1", "110110", "01 1111 00", "10101010"}),
       Bits({Mandatory(true, false, 2, 9), "0 1 1 1 1", "101", "110110", "01 1111 00", "10101010"})},
      {"a structure", Bits({Mandatory(true, false, 2, 9), "1 0 0 0 0", L1T3(0, true)}),
       Bits({Mandatory(true, false, 2, 9), "1 1 0 0 0", L1T3(0, true), "101"})},
      {"a structure and fields behind it",
       Bits({Mandatory(true, false, 2, 9), "1 0 0 0 1", L1T3(0), "10011001"}),
       Bits({Mandatory(true, false, 2, 9), "1 1 0 0 1", L1T3(0), "101", "10011001"})},
      {"zeros that fill it up go",
       Bits({Mandatory(true, false, 2, 9), "0 0 1 0 0", "110110", "00000000 00000000"}),
       Bits({Mandatory(true, false, 2, 9), "0 1 1 0 0", "101", "110110"})},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    DependencyReader reader;
    REQUIRE(reader.Read(KeyFrame(1)));
    const auto descriptor = reader.Read(row.value);
    REQUIRE(descriptor);
    REQUIRE(PatchedSize(row.value, descriptor->info, 3) == row.expected.size());
    Vector out(row.expected.size(), 0xFF);
    // Bits beyond the decode targets are not written.
    REQUIRE(WriteActiveTargets(row.value, descriptor->info, 3, 0xFFFF'FFF5, out) == out.size());
    CHECK(out == row.expected);
    Vector tooShort(row.expected.size() - 1);
    CHECK(WriteActiveTargets(row.value, descriptor->info, 3, 0b101, tooShort) == 0);
    // A second write changes only the mask.
    const auto again = reader.Read(out);
    REQUIRE(again);
    CHECK(again->info.activeTargets == 0b101);
    Vector back(out.size());
    REQUIRE(WriteActiveTargets(out, again->info, 3, 0b101, back) == out.size());
    CHECK(back == out);
  }
}

TEST_CASE("DependencyDescriptorTest: writes no mask when the descriptor would exceed a header extension",
          "[rtp][dependency]") {
  DependencyReader reader;
  REQUIRE(reader.Read(KeyFrame(1)));
  // 24 and 5 bits, 334 references of 6 bits, 2 bits for the end of the list: 2035 of 2040 bits.
  std::string references;
  for (int i = 0; i < 334; ++i) references += "01 0011";
  const Vector fits = Bits({Mandatory(true, true, 1, 2), "0 0 0 1 0", references, "00"});
  const auto descriptor = reader.Read(fits);
  REQUIRE(descriptor);
  CHECK(PatchedSize(fits, descriptor->info, 3) == 255);
  CHECK(PatchedSize(fits, descriptor->info, 6) == 0);
  Vector out(300);
  CHECK(WriteActiveTargets(fits, descriptor->info, 6, 1, out) == 0);
  CHECK(WriteActiveTargets(fits, DependencyInfo{}, 3, 1, out) == 0);
}

TEST_CASE("DependencyDescriptorTest: uses the payload only without a valid dependency descriptor",
          "[rtp][dependency]") {
  net::PacketPool pool(2);
  ExtensionIds ids;
  ids.Set(Extension::kDependencyDescriptor, 5);
  const auto inspect = [&](FrameInspector& inspector, const Vector& value, const Vector& payload,
                           bool marker) {
    test::PacketBuilder builder;
    builder.marker = marker;
    builder.payload = payload;
    if (!value.empty()) {
      builder.profile = 0x1000;
      builder.extension = {5, static_cast<std::uint8_t>(value.size())};
      builder.extension.insert(builder.extension.end(), value.begin(), value.end());
    }
    auto packet = builder.Parse(pool);
    REQUIRE(packet);
    packet->LocateExtensions(ids);
    return inspector.Inspect(*packet);
  };
  const Vector vp8KeyFrame = {0x90, 0x20, 0xC0, 0x50};  // TID 3
  FrameInspector inspector(Codec::kVp8);

  // One mandatory field is valid without a structure: this is not the first packet of the frame.
  CHECK_FALSE(inspect(inspector, Bits({Mandatory(false, false, 2, 1)}), vp8KeyFrame, true).keyFrame);
  const auto unknown = inspect(inspector, Bits({Mandatory(true, false, 2, 1)}), vp8KeyFrame, true);
  CHECK(unknown.keyFrame);
  CHECK(unknown.beginsFrame);
  CHECK(unknown.endsFrame);
  CHECK(unknown.temporalLayer == 3);
  CHECK_FALSE(unknown.structure);

  const auto key = inspect(inspector, KeyFrame(10), Vector{0x00, 0x51}, true);
  CHECK(key.keyFrame);
  CHECK(key.beginsFrame);
  CHECK_FALSE(key.endsFrame);
  REQUIRE(key.structure);
  CHECK(key.dependency.hasStructure);

  const auto later = inspect(inspector, Bits({Mandatory(false, true, 2, 11)}), vp8KeyFrame, false);
  CHECK_FALSE(later.keyFrame);
  CHECK_FALSE(later.beginsFrame);
  CHECK(later.endsFrame);
  CHECK(later.temporalLayer == 1);
  CHECK(later.structure == key.structure);
  CHECK(later.dependency.frameNumber == 11);

  const auto none = inspect(inspector, {}, vp8KeyFrame, false);
  CHECK(none.keyFrame);
  CHECK(none.temporalLayer == 3);
  CHECK_FALSE(none.structure);

  // A structure in the middle of a frame does not start a key frame.
  const auto middle =
      inspect(inspector, Bits({Mandatory(false, false, 0, 12), kStructureOnly, L1T3(0)}), vp8KeyFrame, false);
  CHECK(middle.structure);
  CHECK_FALSE(middle.keyFrame);

  FrameInspector audio(Codec::kOpus);
  CHECK_FALSE(inspect(audio, {}, Vector{0x78}, false).keyFrame);
}

TEST_CASE(
    "DependencyDescriptorTest: needs parameter sets before an IDR slice once the stream carries them in band",
    "[rtp][codec]") {
  net::PacketPool pool(1);
  FrameInspector inspector(Codec::kH264);
  const auto isKeyFrame = [&](const Vector& payload) {
    test::PacketBuilder builder;
    builder.payload = payload;
    return inspector.Inspect(*builder.Parse(pool)).keyFrame;
  };
  const Vector idr = {0x65, 0x88}, fragment = {0x7C, 0x85, 0x88},
               sets = {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE};
  // Without in-band parameter sets, the receiver may have them from signaling.
  CHECK(isKeyFrame(idr));
  CHECK(isKeyFrame(fragment));
  CHECK(isKeyFrame(sets));
  CHECK_FALSE(isKeyFrame(idr));
  CHECK_FALSE(isKeyFrame(fragment));
  CHECK(isKeyFrame({0x67, 0x42}));
}

TEST_CASE("DependencyDescriptorTest: keeps the structure when the same one is received again",
          "[rtp][dependency]") {
  DependencyReader reader;
  const auto first = reader.Read(KeyFrame(1));
  // The other packets of the next key frame arrive before its first one.
  const auto rest = reader.Read(Bits({Mandatory(false, true, 0, 9)}));
  const auto second = reader.Read(KeyFrame(9));
  const auto other = reader.Read(KeyFrame(17, 5));
  REQUIRE((first && rest && second && other));
  CHECK(second->structure == first->structure);
  CHECK(rest->structure == second->structure);
  CHECK(other->structure != first->structure);
}

TEST_CASE("DependencyDescriptorTest: reads no random descriptor past its end", "[rtp][dependency]") {
  SeededRandom random(3);
  DependencyReader reader;
  REQUIRE(reader.Read(KeyFrame(1)));
  int good = 0;
  for (int i = 0; i < 50'000; ++i) {
    Vector value(random.U32() % 80);
    random.Fill(value);
    value.shrink_to_fit();
    good += reader.Read(value) ? 1 : 0;
  }
  CHECK(good > 0);
}
