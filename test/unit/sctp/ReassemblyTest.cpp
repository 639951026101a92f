#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/sctp/Reassembly.hpp"
#include "ringcast/sctp/ReceivedTsns.hpp"

namespace ringcast::sctp {

namespace {

using Outcome = Reassembly::Outcome;

constexpr std::size_t kLimit = 1000;

// Text of messages in the order of their delivery.
std::string Delivered(Reassembly& reassembly) {
  std::string text;
  for (const auto& message : reassembly.Take())
    text += std::string(message.payload.begin(), message.payload.end()) + " ";
  return text;
}

class Input {
 public:
  Outcome Add(std::int64_t tsn, std::uint16_t ssn, const char* flags, std::string text,
              std::uint16_t stream = 1) {
    DataChunk chunk{.stream = stream, .ssn = ssn, .ppid = 51};
    for (const char flag : std::string(flags))
      chunk.flags |= flag == 'B' ? kFlagBeginning : flag == 'E' ? kFlagEnd : kFlagUnordered;
    chunk.payload = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    return reassembly.Add(tsn, chunk);
  }
  Reassembly reassembly{kLimit};
};

}  // namespace

TEST_CASE("ReassemblyTest: joins fragments in any order", "[sctp]") {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    Input input;
    for (const int i : order) {
      const char* flags[] = {"B", "", "E", "BE"};
      const char* texts[] = {"one", "two", "three", "next"};
      CHECK(input.Add(100 + i, i == 3 ? 1 : 0, flags[i], texts[i]) == Outcome::kAccepted);
    }
    CHECK(Delivered(input.reassembly) == "onetwothree next ");
    CHECK(input.reassembly.Held() == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("ReassemblyTest: orders the messages of a stream, over the wrap of its numbers", "[sctp]") {
  Input input;
  for (int i = 0; i < 65'535; ++i) (void)input.Add(i, static_cast<std::uint16_t>(i), "BE", "x");
  (void)input.reassembly.Take();
  (void)input.Add(70'001, 1, "BE", "c");
  (void)input.Add(70'000, 0, "BE", "b");
  (void)input.Add(70'002, 5, "BE", "other", 2);
  (void)input.Add(70'003, 9, "UBE", "unordered");
  CHECK(Delivered(input.reassembly) == "unordered ");
  CHECK(input.reassembly.Held() > 3 * Reassembly::kOverhead);
  (void)input.Add(69'999, 65'535, "BE", "a");
  CHECK(Delivered(input.reassembly) == "a b c ");
}

TEST_CASE("ReassemblyTest: skips what the peer abandons", "[sctp]") {
  Input input;
  (void)input.Add(10, 0, "B", "half");
  (void)input.Add(12, 2, "BE", "two");
  (void)input.Add(13, 3, "BE", "three");
  const ForwardTsnChunk::Skipped skipped[] = {{1, 1}};
  input.reassembly.Skip(11, skipped);
  CHECK(Delivered(input.reassembly) == "two three ");
  CHECK(input.reassembly.Held() == 0);
  // A number that was skipped comes too late.
  (void)input.Add(14, 1, "BE", "late");
  CHECK(Delivered(input.reassembly).empty());
}

TEST_CASE("ReassemblyTest: a reset stream begins with 0 again", "[sctp]") {
  Input input;
  (void)input.Add(1, 0, "BE", "a");
  (void)input.Add(2, 1, "BE", "b");
  const std::uint16_t streams[] = {1};
  input.reassembly.Reset(streams);
  (void)input.Add(3, 0, "BE", "c");
  CHECK(Delivered(input.reassembly) == "a b c ");
  input.reassembly.Reset({});
  (void)input.Add(4, 0, "BE", "d");
  CHECK(Delivered(input.reassembly) == "d ");
}

TEST_CASE("ReassemblyTest: refuses a message that is too big or contradicts itself", "[sctp]") {
  Input input;
  CHECK(input.Add(1, 0, "B", std::string(600, 'x')) == Outcome::kAccepted);
  CHECK(input.Add(2, 0, "", std::string(401, 'x')) == Outcome::kTooBig);
  Input mixed;
  CHECK(mixed.Add(1, 0, "B", "a") == Outcome::kAccepted);
  CHECK(mixed.Add(2, 0, "E", "b", 2) == Outcome::kViolation);
  Input numbers;
  CHECK(numbers.Add(2, 1, "E", "b") == Outcome::kAccepted);
  CHECK(numbers.Add(1, 0, "B", "a") == Outcome::kViolation);
}

TEST_CASE("ReassemblyTest: counts each fragment with its overhead", "[sctp]") {
  Input input;
  for (int i = 0; i < 100; ++i) (void)input.Add(1000 - i, 0, "", "x");
  CHECK(input.reassembly.Held() == 100 * (1 + Reassembly::kOverhead));
}

TEST_CASE("ReassemblyTest: TSNs are noted with gaps and duplicates", "[sctp]") {
  for (const std::uint32_t first : {1U, 0xFFFFFFF0U, 0U, 0x7FFFFFFFU}) {
    INFO(first);
    ReceivedTsns received(first);
    const auto tsn = [&](std::uint32_t offset) { return received.Unwrap(first + offset); };
    for (const std::uint32_t offset : {0U, 1U, 4U, 3U, 8U}) {
      CHECK_FALSE(received.IsDuplicate(tsn(offset)));
      REQUIRE(received.HasRoom(tsn(offset)));
      received.Add(tsn(offset));
    }
    CHECK(received.Cumulative() == tsn(1));
    for (const std::uint32_t offset : {0U, 1U, 3U, 4U, 8U}) CHECK(received.IsDuplicate(tsn(offset)));
    for (const std::uint32_t offset : {2U, 5U, 7U, 9U}) CHECK_FALSE(received.IsDuplicate(tsn(offset)));
    received.NoteDuplicate(tsn(3));

    std::vector<std::uint8_t> packet;
    PacketWriter writer(packet, 1200, {});
    received.WriteSack(writer, 77);
    writer.Finish(false);
    const auto sack = SackChunk::Parse(*PacketReader::Parse(packet, false)->Next());
    REQUIRE(sack);
    CHECK(sack->cumulativeTsn == first + 1);
    CHECK(sack->receiveWindow == 77);
    REQUIRE(sack->gaps.size() == 2);
    CHECK(sack->gaps[0].first == 2);
    CHECK(sack->gaps[0].last == 3);
    CHECK(sack->gaps[1].first == 7);
    CHECK(sack->duplicates == 1);

    received.Add(tsn(2));
    CHECK(received.Cumulative() == tsn(4));
    received.AdvanceTo(tsn(6));
    CHECK(received.Cumulative() == tsn(6));
    received.AdvanceTo(tsn(7));
    CHECK(received.Cumulative() == tsn(8));
    CHECK_FALSE(received.HasGaps());
    CHECK_FALSE(received.HasRoom(tsn(8) + ReceivedTsns::kMaxDistance + 1));
  }
}

TEST_CASE("ReassemblyTest: the ranges of TSNs are limited", "[sctp]") {
  ReceivedTsns received(1);
  std::size_t added = 0;
  for (std::uint32_t tsn = 3; tsn < 20'000; tsn += 2) {
    if (!received.HasRoom(received.Unwrap(tsn))) break;
    received.Add(received.Unwrap(tsn));
    ++added;
  }
  CHECK(added == ReceivedTsns::kMaxRanges);
  CHECK(received.HasRoom(received.Unwrap(1)));
  // A SACK contains as many as fit.
  std::vector<std::uint8_t> packet;
  PacketWriter writer(packet, 1191, {});
  received.WriteSack(writer, 0);
  CHECK(writer.Finish(false).size() <= 1191);
}

}  // namespace ringcast::sctp
