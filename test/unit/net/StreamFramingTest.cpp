#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/net/StreamFraming.hpp"

namespace ringcast::test {

using net::PacketBuffer;
using net::PacketPool;
using net::PacketRef;
using net::StreamFrameReader;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Frames = std::vector<Bytes>;

void Append(Bytes& stream, std::size_t length, std::uint8_t fill) {
  stream.push_back(static_cast<std::uint8_t>(length >> 8));
  stream.push_back(static_cast<std::uint8_t>(length));
  stream.insert(stream.end(), length, fill);
}

// Feeds each piece from a separate buffer, so that a sanitizer detects a read past it.
void Feed(StreamFrameReader& reader, ByteView piece, Frames& frames) {
  const Bytes alone(piece.begin(), piece.end());
  reader.Feed(alone);
  while (const auto packet = reader.Next()) frames.emplace_back(packet.Bytes().begin(), packet.Bytes().end());
}

Frames ReadAll(PacketPool& pool, ByteView stream, std::size_t piece) {
  StreamFrameReader reader(pool);
  Frames frames;
  for (std::size_t at = 0; at < stream.size(); at += piece)
    Feed(reader, stream.subspan(at, std::min(piece, stream.size() - at)), frames);
  CHECK_FALSE(reader.Failed());
  return frames;
}

}  // namespace

TEST_CASE("StreamFramingTest: returns packets in order without null packets", "[tcp]") {
  struct Row {
    Bytes stream;
    Frames frames;
  };
  const std::vector<Row> rows = {
      {{}, {}},
      {{0}, {}},
      {{0, 1}, {}},
      {{0, 1, 7}, {{7}}},
      {{0, 3, 1, 2}, {}},
      {{0, 3, 1, 2, 3}, {{1, 2, 3}}},
      {{0, 2, 1, 2, 0, 1, 3}, {{1, 2}, {3}}},
      {{0, 0}, {}},
      {{0, 0, 0, 0, 0, 1, 9, 0, 0}, {{9}}},
      {{0, 1, 0, 0, 1, 1}, {{0}, {1}}},
      {{0, 1, 5, 7, 192}, {{5}}},
  };
  PacketPool pool(4);
  for (const auto& row : rows) {
    for (std::size_t piece = 1; piece <= row.stream.size() + 1; ++piece)
      CHECK(ReadAll(pool, row.stream, piece) == row.frames);
  }
  CHECK(pool.InUse() == 0);
}

TEST_CASE("StreamFramingTest: reads a stream split anywhere", "[tcp]") {
  PacketPool pool(4);
  Bytes stream;
  Frames expected;
  for (const std::size_t length : {1U, 255U, 256U, 257U, 0U, 1200U, 1984U, 2U}) {
    Append(stream, length, static_cast<std::uint8_t>(length));
    if (length > 0) expected.emplace_back(length, static_cast<std::uint8_t>(length));
  }
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    StreamFrameReader reader(pool);
    Frames frames;
    Feed(reader, ByteView(stream).first(cut), frames);
    Feed(reader, ByteView(stream).subspan(cut), frames);
    REQUIRE(frames == expected);
  }
  SeededRandom random(7);
  for (int i = 0; i < 100; ++i) {
    StreamFrameReader reader(pool);
    Frames frames;
    for (ByteView rest = stream; !rest.empty();) {
      const auto piece = std::min<std::size_t>(rest.size(), random.U32() % 600);
      Feed(reader, rest.first(piece), frames);
      rest = rest.subspan(piece);
    }
    REQUIRE(frames == expected);
  }
}

TEST_CASE("StreamFramingTest: fails at a length that exceeds a packet buffer", "[tcp]") {
  PacketPool pool(4);
  for (const std::size_t length : {PacketBuffer::kCapacity + 1, std::size_t{65535}}) {
    Bytes stream;
    Append(stream, 2, 1);
    Append(stream, length, 2);
    Append(stream, 1, 3);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, stream.size()}) {
      StreamFrameReader reader(pool);
      Frames frames;
      for (std::size_t at = 0; at < stream.size(); at += piece)
        Feed(reader, ByteView(stream).subspan(at, std::min(piece, stream.size() - at)), frames);
      CHECK(reader.Failed());
      CHECK(frames == Frames{{1, 1}});
    }
  }
  CHECK(pool.InUse() == 0);
}

TEST_CASE("StreamFramingTest: skips and counts a packet when the pool is exhausted", "[tcp]") {
  PacketPool pool(1);
  StreamFrameReader reader(pool);
  Bytes stream;
  for (std::uint8_t i = 1; i <= 3; ++i) Append(stream, 2, i);
  auto taken = pool.Acquire();
  Frames frames;
  Feed(reader, ByteView(stream).first(7), frames);
  taken = {};  // too late for the second packet, whose length was already read
  Feed(reader, ByteView(stream).subspan(7), frames);
  CHECK(frames == Frames{{3, 3}});
  CHECK(reader.PoolDry() == 2);
}

TEST_CASE("StreamFramingTest: releases its buffer when destroyed within a packet", "[tcp]") {
  PacketPool pool(1);
  {
    StreamFrameReader reader(pool);
    const Bytes stream{0, 9, 1, 2};
    reader.Feed(stream);
    CHECK_FALSE(reader.Next());
    CHECK(pool.InUse() == 1);
  }
  CHECK(pool.InUse() == 0);
}

}  // namespace ringcast::test
