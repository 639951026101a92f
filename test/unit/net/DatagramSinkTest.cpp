#include <array>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/DatagramSink.hpp"

using namespace ringcast;
using namespace ringcast::net;

namespace {

// Gives out slots of one array, and records the sent and freed slots.
class RecordingSink final : public DatagramSink {
 public:
  std::optional<SendSlot> Acquire(std::size_t bytes) override {
    return SendSlot(*this, next_++, MutableBytes(memory_).first(bytes));
  }
  void Send(SendSlot slot, Segments, SocketId, const Address&) override { sent.push_back(slot.Release()); }
  void Flush() override {}

  std::vector<std::uint32_t> sent;
  std::vector<std::uint32_t> freed;

 protected:
  void Free(std::uint32_t slotIndex) override { freed.push_back(slotIndex); }

 private:
  std::array<std::uint8_t, kSmallSlot> memory_{};
  std::uint32_t next_ = 0;
};

}  // namespace

TEST_CASE("DatagramSinkTest: frees an unsent slot once", "[net]") {
  RecordingSink sink;
  {
    auto slot = sink.Acquire(100);
    REQUIRE(slot);
    CHECK(slot->Room().size() == 100);
    const SendSlot moved = std::move(*slot);
    CHECK(moved.Index() == 0);
    slot.reset();
    CHECK(sink.freed.empty());
  }
  CHECK(sink.freed == std::vector<std::uint32_t>{0});
}

TEST_CASE("DatagramSinkTest: leaves a sent slot to the sink", "[net]") {
  RecordingSink sink;
  auto slot = sink.Acquire(100);
  sink.Send(std::move(*slot), Segments::One(100), SocketId(1), Address());
  slot.reset();
  CHECK(sink.sent == std::vector<std::uint32_t>{0});
  CHECK(sink.freed.empty());
}

TEST_CASE("DatagramSinkTest: frees a slot when another slot is moved into it", "[net]") {
  RecordingSink sink;
  {
    SendSlot first = *sink.Acquire(1);
    first = *sink.Acquire(1);
    CHECK(first.Index() == 1);
    CHECK(sink.freed == std::vector<std::uint32_t>{0});
  }
  CHECK(sink.freed == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("DatagramSinkTest: counts the datagrams of a slot with a shorter last segment", "[net]") {
  struct Row {
    Segments segments;
    std::size_t count;
  };
  const Row rows[] = {
      {{0, 0}, 0},     {{100, 0}, 0},   {{100, 1}, 1},        {{100, 100}, 1},
      {{100, 101}, 2}, {{100, 200}, 2}, {{1200, 65'507}, 55},
  };
  for (const auto& row : rows) CHECK(row.segments.Count() == row.count);
  CHECK(Segments::One(1200).Count() == 1);
}
