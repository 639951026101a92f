#include <vector>

#include <catch2/catch.hpp>

#include "RtcpSamples.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/rtcp/NackList.hpp"

namespace ringcast::rtcp {

using namespace samples;

namespace {

using Numbers = std::vector<std::int64_t>;

std::vector<std::uint16_t> Read(const Nack& nack) {
  std::vector<std::uint16_t> numbers;
  NackNumbers reader(nack);
  while (const auto number = reader.Next()) numbers.push_back(*number);
  CHECK_FALSE(reader.Next());
  return numbers;
}

// Returns the numbers after a NACK was written and read back.
std::vector<std::uint16_t> Transmit(const Numbers& numbers) {
  std::vector<CompoundWriter::NackItem> items(numbers.size());
  const auto packed = PackNack(numbers, items);
  CHECK(packed.numbers == numbers.size());
  Octets buffer(1500);
  CompoundWriter writer(buffer);
  REQUIRE(writer.AddNack(Ssrc(1), Ssrc(2), std::span(items).first(packed.items)));
  buffer.resize(writer.Size());
  return Read(Only<Nack>(buffer));
}

}  // namespace

TEST_CASE("NackListTest: packs numbers into items across the wrap") {
  struct Row {
    Numbers offsets;
    std::vector<CompoundWriter::NackItem> items;  // packetId is the offset from the start
  };
  const Row rows[] = {
      {{}, {}},
      {{0}, {{0, 0}}},
      {{0, 1}, {{0, 0x0001}}},
      {{0, 16}, {{0, 0x8000}}},
      {{0, 17}, {{0, 0}, {17, 0}}},
      {{0, 2, 16, 17, 19, 100}, {{0, 0x8002}, {17, 0x0002}, {100, 0}}},
      {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, {{0, 0xFFFF}, {17, 0}}},
      {{0, 65536 + 1}, {{0, 0}, {1, 0}}},
  };
  for (const std::int64_t start : {0, 1, 32767, 32768, 65534, 65535}) {
    for (const auto& row : rows) {
      Numbers numbers = row.offsets;
      for (auto& number : numbers) number += start;
      std::vector<CompoundWriter::NackItem> items(20);
      const auto packed = PackNack(numbers, items);
      CHECK(packed.numbers == numbers.size());
      REQUIRE(packed.items == row.items.size());
      for (std::size_t i = 0; i < packed.items; ++i) {
        CHECK(items[i].packetId == static_cast<std::uint16_t>(row.items[i].packetId + start));
        CHECK(items[i].bitmask == row.items[i].bitmask);
      }
    }
  }
}

TEST_CASE("NackListTest: leaves numbers that do not fit for the next message") {
  const Numbers numbers = {1, 2, 100, 101, 200};
  std::vector<CompoundWriter::NackItem> items(2);
  auto packed = PackNack(numbers, items);
  CHECK(packed.items == 2);
  CHECK(packed.numbers == 4);
  packed = PackNack(std::span(numbers).subspan(4), items);
  CHECK(packed.items == 1);
  CHECK(packed.numbers == 1);
  CHECK(PackNack(numbers, {}).numbers == 0);
}

TEST_CASE("NackListTest: reads back random numbers") {
  SeededRandom random(3);
  for (int round = 0; round < 200; ++round) {
    Numbers numbers;
    std::vector<std::uint16_t> wanted;
    std::int64_t number = random.U16();
    for (int i = 0; i < 200; ++i) {
      number += 1 + random.U32() % (round % 2 == 0 ? 3 : 30);
      numbers.push_back(number);
      wanted.push_back(static_cast<std::uint16_t>(number));
    }
    CHECK(Transmit(numbers) == wanted);
  }
}

TEST_CASE("NackListTest: reads no numbers from no items") { CHECK(Read(Nack{}).empty()); }

}  // namespace ringcast::rtcp
