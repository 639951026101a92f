#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/FrameInspector.hpp"

// What Chromium published, recorded with all its layers and dependency descriptors: test/films.
namespace ringcast::rtp {
namespace {

// The packets of a file in the format of rtpdump: a line, 16 bytes, then each packet behind its length with
// this header, its own length and the time in milliseconds.
std::vector<std::vector<std::uint8_t>> ReadFilm(const std::string& name) {
  std::ifstream file(std::string(RINGCAST_SOURCE_ROOT) + "/test/films/" + name + ".rtpdump",
                     std::ios::binary);
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

struct Film {
  const char* name;
  Codec codec;
  bool described;  // by dependency descriptors
  std::size_t streams;
  std::uint8_t spatialLayers;  // of each stream
  std::size_t structures;      // different ones of a stream, if it is described
};

}  // namespace

TEST_CASE("every packet of what a browser publishes is understood", "[rtp][film]") {
  const Film films[] = {
      {"VP8-simulcast", Codec::kVp8, false, 3, 1, 0}, {"VP9-L3T3", Codec::kVp9, false, 1, 3, 0},
      {"VP9-L3T3_KEY", Codec::kVp9, false, 1, 3, 0},  {"AV1-L3T3", Codec::kAv1, true, 1, 3, 1},
      {"AV1-L3T3_KEY", Codec::kAv1, true, 1, 3, 1},   {"H264-simulcast", Codec::kH264, true, 3, 1, 1},
  };
  constexpr std::uint8_t kDescriptorId = 7;
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
  for (const auto& film : films) {
    INFO(film.name);
    std::map<std::uint32_t, Stream> streams;
    for (const auto& bytes : ReadFilm(film.name)) {
      auto packet = Packet::Parse(pool.Copy(bytes, Instant()));
      REQUIRE(packet);
      packet->LocateExtensions(ids);
      const auto ssrc = packet->SenderSsrc().Value();
      auto& stream = streams.try_emplace(ssrc, film.codec).first->second;
      const auto info = stream.inspector.Inspect(*packet);
      stream.keyFrames += info.keyFrame ? 1U : 0U;
      // A recording may begin within a group of pictures, before it says how they are made.
      if (stream.keyFrames == 0) continue;
      CHECK_FALSE(info.structureMissing);
      CHECK((info.structure != nullptr) == film.described);
      stream.spatialLayers.insert(info.spatialLayer);
      stream.temporalLayers.insert(info.temporalLayer);
      if (info.structure) {
        stream.structures.insert(info.structure.get());
        stream.held.push_back(info.structure);
        CHECK(info.structure->temporalLayers == 3);
        CHECK(info.structure->spatialLayers == film.spatialLayers);
        CHECK_FALSE(info.dependency.tooManyReferences);
      }
    }
    CHECK(streams.size() == film.streams);
    for (const auto& [ssrc, stream] : streams) {
      CHECK(stream.keyFrames >= 3);
      CHECK(stream.keyFrames <= 6);
      CHECK(stream.spatialLayers.size() == film.spatialLayers);
      CHECK(stream.temporalLayers.size() == 3);
      // Each key frame says again how the stream is made; it is the same.
      CHECK(stream.structures.size() == film.structures);
    }
  }
}

}  // namespace ringcast::rtp
