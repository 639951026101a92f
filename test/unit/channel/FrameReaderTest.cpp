#include <cstring>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/channel/FrameReader.hpp"

namespace ringcast::channel {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Prefix(std::uint32_t length) {
  Bytes bytes(kPrefixSize);
  std::memcpy(bytes.data(), &length, kPrefixSize);
  return bytes;
}

// Returns a frame with a payload of `length` bytes that count up from `first`.
Bytes MakeFrame(std::uint32_t length, std::uint8_t first = 0) {
  Bytes bytes = Prefix(length);
  bytes.resize(kPrefixSize + length);
  std::iota(bytes.begin() + kPrefixSize, bytes.end(), first);
  return bytes;
}

Bytes Join(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

void ReadInto(FrameReader& reader, ByteView bytes, std::vector<Bytes>& frames) {
  reader.Feed(bytes);
  while (const auto frame = reader.Next()) {
    CHECK(reinterpret_cast<std::uintptr_t>(frame->data()) % 8 == 0);
    frames.emplace_back(frame->begin(), frame->end());
  }
}

}  // namespace

TEST_CASE("FrameReaderTest: returns whole frames at any split") {
  const std::vector<Bytes> frames = {MakeFrame(5), MakeFrame(0), MakeFrame(17, 100), MakeFrame(1, 9)};
  const auto stream = Join(frames);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      FrameReader reader;
      std::vector<Bytes> read;
      const ByteView view(stream);
      ReadInto(reader, view.first(first), read);
      ReadInto(reader, view.subspan(first, second - first), read);
      ReadInto(reader, view.subspan(second), read);
      REQUIRE(read == frames);
    }
  }
}

TEST_CASE("FrameReaderTest: returns whole frames byte by byte") {
  const std::vector<Bytes> frames = {MakeFrame(300), MakeFrame(0), MakeFrame(8)};
  FrameReader reader;
  std::vector<Bytes> read;
  for (const auto byte : Join(frames)) ReadInto(reader, ByteView(&byte, 1), read);
  CHECK(read == frames);
}

TEST_CASE("FrameReaderTest: returns no incomplete frame") {
  const auto frame = MakeFrame(40);
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    FrameReader reader;
    reader.Feed(ByteView(frame).first(cut));
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.Failed());
  }
}

TEST_CASE("FrameReaderTest: fails permanently on a message over the limit") {
  constexpr auto kLongest = static_cast<std::uint32_t>(kMaxFrameSize - kPrefixSize);
  FrameReader reader;
  std::vector<Bytes> read;
  ReadInto(reader, Join({MakeFrame(kLongest), MakeFrame(3)}), read);
  REQUIRE(read.size() == 2);
  CHECK(read[0].size() == kMaxFrameSize);

  for (const auto length : {kLongest + 1, 0xffffffffU}) {
    FrameReader broken;
    read.clear();
    ReadInto(broken, Join({MakeFrame(3), Prefix(length), MakeFrame(3)}), read);
    CHECK(read.size() == 1);
    CHECK(broken.Failed());
    CHECK(broken.Failure().find(std::to_string(length)) != std::string::npos);
    ReadInto(broken, MakeFrame(3), read);
    CHECK(read.size() == 1);
  }
}

TEST_CASE("FrameReaderTest: grows with the received bytes and shrinks after a large message") {
  FrameReader reader;
  const auto prefix = Prefix(8'000'000);
  reader.Feed(prefix);
  CHECK_FALSE(reader.Next());
  CHECK(reader.Capacity() <= FrameReader::kKeptCapacity);

  const Bytes chunk(std::size_t{64} * 1024);
  std::size_t sent = 0;
  std::optional<ByteView> frame;
  while (sent < 8'000'000) {
    const auto part = std::min(chunk.size(), 8'000'000 - sent);
    reader.Feed(ByteView(chunk).first(part));
    frame = reader.Next();
    sent += part;
    CHECK(reader.Capacity() <= 2 * sent + 64);
  }
  REQUIRE(frame);
  CHECK(frame->size() == 8'000'004);
  CHECK_FALSE(reader.Next());
  CHECK(reader.Capacity() <= FrameReader::kKeptCapacity);
}

}  // namespace ringcast::channel
