#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "ringcast/rtp/LayerFilter.hpp"
#include "support/SourceRoot.hpp"

// RTP that Chromium published, with all layers and dependency descriptors: test/captures.
namespace ringcast::rtp {
namespace {

// Returns the packets of an rtpdump file. It begins with a line of text and 16 bytes. Each packet follows a
// header: its length with the header, its length, and the time in milliseconds.
std::vector<std::vector<std::uint8_t>> ReadCapture(const std::string& name) {
  std::ifstream file(test::SourceRoot() / "test/captures" / (name + ".rtpdump"), std::ios::binary);
  REQUIRE(file);
  std::string line;
  std::getline(file, line);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  ByteReader reader(bytes);
  reader.Skip(16);
  std::vector<std::vector<std::uint8_t>> packets;
  while (reader.Remaining() != 0) {
    const std::size_t length = reader.U16();
    reader.Skip(6);
    const ByteView packet = reader.Bytes(length - 8);
    REQUIRE(reader.Ok());
    packets.emplace_back(packet.begin(), packet.end());
  }
  return packets;
}

constexpr std::uint8_t kDescriptorId = 7;

struct CapturePacket {
  FrameInfo info;
  std::uint32_t timestamp = 0;
  bool marker = false;
  std::int64_t frame = 0;
  std::vector<std::int64_t> references;  // frames without which this one cannot be decoded
};

// Sets the references that the dependency descriptors give. If the encoder left out S0, the descriptor of S1
// refers to an older frame, from before a key frame or before a switch to all decode targets that contain it.
// Such references are ignored.
void DescribeReferences(std::vector<CapturePacket>& capture) {
  SequenceUnwrapper<std::uint16_t> numbers;
  std::array<std::int64_t, kMaxDecodeTargets> switches{};  // the last one to each target
  std::set<std::int64_t> unsound;
  for (auto& packet : capture) {
    const auto& info = packet.info.dependency;
    packet.frame = numbers.Unwrap(info.frameNumber);
    const auto needs = [&](std::int64_t reference) {
      for (std::size_t i = 0; i < packet.info.structure->targetCount; ++i) {
        if (info.Indication(i) != DecodeTargetIndication::kNotPresent && reference >= switches[i])
          return true;
      }
      return false;
    };
    for (std::size_t i = 0; i < info.referenceCount; ++i) {
      const auto reference = packet.frame - info.references[i];
      if (!needs(reference)) {
        unsound.insert(packet.frame);
      } else if (!unsound.contains(reference)) {
        packet.references.push_back(reference);
      }
    }
    for (std::size_t i = 0; packet.info.beginsFrame && i < packet.info.structure->targetCount; ++i) {
      if (info.Indication(i) == DecodeTargetIndication::kSwitch) switches[i] = packet.frame;
    }
  }
}

// Derives the references from VP9's layers: a frame refers to the last frame of temporal layer 0, and to the
// spatial layer below it if its descriptor says so.
void DeriveReferences(std::vector<CapturePacket>& capture) {
  std::int64_t picture = 0;
  std::optional<std::uint32_t> timestamp;
  std::array<std::int64_t, kMaxSpatialLayers> base{}, newest{};
  for (auto& packet : capture) {
    const auto& info = packet.info;
    if (packet.timestamp != timestamp) {
      picture += static_cast<std::int64_t>(kMaxSpatialLayers);
      timestamp = packet.timestamp;
      base = newest;
    }
    packet.frame = picture + info.spatialLayer;
    if (info.interPicture) packet.references.push_back(base[info.spatialLayer]);
    if (info.interLayer) packet.references.push_back(packet.frame - 1);
    if (info.temporalLayer == 0) newest[info.spatialLayer] = packet.frame;
  }
}

// Returns the packets of a capture with one stream, from its first key frame.
std::vector<CapturePacket> InspectCapture(const std::string& name, Codec codec) {
  ExtensionIds ids;
  ids.Set(Extension::kDependencyDescriptor, kDescriptorId);
  net::PacketPool pool;
  FrameInspector inspector(codec);
  std::vector<CapturePacket> capture;
  for (const auto& bytes : ReadCapture(name)) {
    auto packet = Packet::Parse(pool.Copy(bytes, Instant()));
    REQUIRE(packet);
    packet->LocateExtensions(ids);
    const auto info = inspector.Inspect(*packet);
    if (capture.empty() && !info.keyFrame) continue;
    capture.push_back({.info = info, .timestamp = packet->Timestamp(), .marker = packet->Marker()});
  }
  if (codec == Codec::kVp9) {
    DeriveReferences(capture);
  } else {
    DescribeReferences(capture);
  }
  return capture;
}

// How many packets of a frame were forwarded.
struct FrameFate {
  std::size_t packets = 0;
  std::size_t forwarded = 0;
  std::vector<std::int64_t> references;
};

struct Capture {
  const char* name;
  Codec codec;
  bool described;  // by dependency descriptors
  std::size_t streams;
  std::uint8_t spatialLayers;  // of each stream
  std::size_t structures;      // different ones of a stream, if it is described
};

}  // namespace

TEST_CASE("CaptureTest: parses every packet that a browser published", "[rtp]") {
  const Capture captures[] = {
      {"VP8-simulcast", Codec::kVp8, false, 3, 1, 0}, {"VP9-L3T3", Codec::kVp9, false, 1, 3, 0},
      {"VP9-L3T3_KEY", Codec::kVp9, false, 1, 3, 0},  {"AV1-L3T3", Codec::kAv1, true, 1, 3, 1},
      {"AV1-L3T3_KEY", Codec::kAv1, true, 1, 3, 1},   {"H264-simulcast", Codec::kH264, true, 3, 1, 1},
  };
  ExtensionIds ids;
  ids.Set(Extension::kDependencyDescriptor, kDescriptorId);
  struct Stream {
    explicit Stream(Codec codec) : inspector(codec) {}
    FrameInspector inspector;
    std::size_t keyFrames = 0;
    std::set<const DependencyStructure*> structures;
    std::vector<std::shared_ptr<const DependencyStructure>> held;
    std::set<int> spatialLayers, temporalLayers;
  };
  net::PacketPool pool;
  for (const auto& capture : captures) {
    INFO(capture.name);
    std::map<std::uint32_t, Stream> streams;
    for (const auto& bytes : ReadCapture(capture.name)) {
      auto packet = Packet::Parse(pool.Copy(bytes, Instant()));
      REQUIRE(packet);
      packet->LocateExtensions(ids);
      const auto ssrc = packet->SenderSsrc().Value();
      auto& stream = streams.try_emplace(ssrc, capture.codec).first->second;
      const auto info = stream.inspector.Inspect(*packet);
      stream.keyFrames += info.keyFrame ? 1U : 0U;
      // A capture may begin within a group of pictures, before the first dependency structure.
      if (stream.keyFrames == 0) continue;
      CHECK_FALSE(info.structureMissing);
      CHECK((info.structure != nullptr) == capture.described);
      stream.spatialLayers.insert(info.spatialLayer);
      stream.temporalLayers.insert(info.temporalLayer);
      if (info.structure) {
        stream.structures.insert(info.structure.get());
        stream.held.push_back(info.structure);
        CHECK(info.structure->temporalLayers == 3);
        CHECK(info.structure->spatialLayers == capture.spatialLayers);
        CHECK_FALSE(info.dependency.tooManyReferences);
      }
    }
    CHECK(streams.size() == capture.streams);
    for (const auto& [ssrc, stream] : streams) {
      CHECK(stream.keyFrames >= 3);
      CHECK(stream.keyFrames <= 6);
      CHECK(stream.spatialLayers.size() == capture.spatialLayers);
      CHECK(stream.temporalLayers.size() == 3);
      // Each key frame repeats the same structure.
      CHECK(stream.structures.size() == capture.structures);
    }
  }
}

TEST_CASE("CaptureTest: forwards no frame without its references in any order of the packets", "[rtp]") {
  constexpr std::uint32_t kSeeds = 200;
  constexpr std::size_t kLateOneIn = 20, kBurst = 8, kLateBy = 40, kChangeEvery = 30;  // packets
  const auto [name, codec] = GENERATE(table<std::string, Codec>({{"AV1-L3T3", Codec::kAv1},
                                                                 {"AV1-L3T3_KEY", Codec::kAv1},
                                                                 {"VP9-L3T3", Codec::kVp9},
                                                                 {"VP9-L3T3_KEY", Codec::kVp9}}));
  const auto capture = InspectCapture(name, codec);
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    INFO(name << ", seed " << seed);
    std::mt19937 random(seed);
    std::vector<std::pair<std::size_t, const CapturePacket*>> order;  // by place
    std::size_t burst = 0, late = 0;
    for (std::size_t i = 0; i < capture.size(); ++i) {
      if (i != 0 && random() % kLateOneIn == 0) {
        burst = 1 + random() % kBurst;
        late = random() % kLateBy;
      }
      order.emplace_back(i + (burst != 0 ? late : 0), &capture[i]);
      burst -= burst != 0 ? 1U : 0U;
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    LayerFilter filter;
    filter.SetTarget({2, 2});
    std::map<std::int64_t, FrameFate> frames;
    for (const auto& [place, packet] : order) {
      if (random() % kChangeEvery == 0)
        filter.SetTarget({static_cast<std::uint8_t>(random() % 3), static_cast<std::uint8_t>(random() % 3)});
      auto& frame = frames[packet->frame];
      ++frame.packets;
      frame.references = packet->references;
      if (filter.OnPacket(packet->info, packet->timestamp, packet->marker).forward) ++frame.forwarded;
    }
    for (const auto& [number, frame] : frames) {
      INFO("frame " << number);
      REQUIRE((frame.forwarded == 0 || frame.forwarded == frame.packets));
      if (frame.forwarded == 0) continue;
      for (const auto reference : frame.references) {
        INFO("refers to " << reference);
        REQUIRE(frames[reference].forwarded != 0);
      }
    }
  }
}

}  // namespace ringcast::rtp
