#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/channel/OutputQueue.hpp"

namespace ringcast::channel {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Take(OutputQueue& queue, std::size_t step) {
  Bytes all;
  while (!queue.Empty()) {
    const auto front = queue.Front();
    REQUIRE_FALSE(front.empty());
    const auto part = front.first(std::min(step, front.size()));
    all.insert(all.end(), part.begin(), part.end());
    queue.Consume(part.size());
  }
  return all;
}

}  // namespace

TEST_CASE("OutputQueueTest: writes bytes in order with partial writes") {
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{7}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    OutputQueue queue;
    Bytes expected;
    for (std::size_t i = 0; i < 400; ++i) {
      // Some frames are larger than a block.
      const Bytes frame(i == 200 ? 3 * OutputQueue::kBlockSize : i * 3, static_cast<std::uint8_t>(i));
      expected.insert(expected.end(), frame.begin(), frame.end());
      CHECK(queue.Push(i % 2 == 0 ? FrameKind::kStateChange : FrameKind::kResponse, frame));
    }
    CHECK(queue.Waiting() == expected.size());
    CHECK(Take(queue, step) == expected);
    CHECK(queue.Waiting() == 0);
    CHECK(queue.Front().empty());
  }
}

TEST_CASE("OutputQueueTest: keeps bytes in place while they are written") {
  OutputQueue queue;
  queue.Push(FrameKind::kResponse, Bytes(10, 1));
  const auto front = queue.Front();
  for (int i = 0; i < 100'000; ++i) queue.Push(FrameKind::kResponse, Bytes(10, 2));
  CHECK(std::all_of(front.begin(), front.end(), [](std::uint8_t byte) { return byte == 1; }));
  queue.Consume(front.size());
  CHECK(queue.Front().front() == 2);
}

TEST_CASE("OutputQueueTest: drops packets, traces and logs first, state changes last, responses never",
          "[output]") {
  OutputQueue queue;
  const Bytes big(OutputQueue::kMaxWaiting - 10);
  CHECK(queue.Push(FrameKind::kTrace, big));
  CHECK(queue.Push(FrameKind::kPacket, Bytes(10)));
  CHECK_FALSE(queue.Push(FrameKind::kPacket, Bytes(1)));
  CHECK_FALSE(queue.Push(FrameKind::kTrace, Bytes(1)));
  CHECK_FALSE(queue.Push(FrameKind::kLog, Bytes(1)));
  CHECK_FALSE(queue.Push(FrameKind::kLog, Bytes(1)));
  CHECK(queue.PushValue("c", 1, Bytes(1)));
  CHECK(queue.Push(FrameKind::kStateChange, Bytes(9)));
  CHECK(queue.Push(FrameKind::kResponse, big));
  CHECK(queue.Drops()[FrameKind::kPacket] == 1);
  CHECK(queue.Drops()[FrameKind::kTrace] == 1);
  CHECK(queue.Drops()[FrameKind::kLog] == 2);
  CHECK(queue.Drops().Total() == 4);
  CHECK(queue.Waiting() == 2 * OutputQueue::kMaxWaiting);

  CHECK(Take(queue, 1'000'000).size() == 2 * OutputQueue::kMaxWaiting);
  CHECK(queue.Push(FrameKind::kLog, Bytes(1)));
}

TEST_CASE("OutputQueueTest: queues state changes up to a separate limit", "[output]") {
  OutputQueue queue;
  const Bytes block(OutputQueue::kMaxWaiting);
  while (queue.Waiting() + block.size() <= OutputQueue::kMaxWaitingForStateChanges)
    REQUIRE(queue.Push(FrameKind::kStateChange, block));
  CHECK_FALSE(queue.TakesRequests());
  CHECK_FALSE(queue.Push(FrameKind::kStateChange, Bytes(block.size())));
  CHECK(queue.Drops()[FrameKind::kStateChange] == 1);
  CHECK(queue.Push(FrameKind::kResponse, block));
  CHECK(Take(queue, 1'000'000).size() > OutputQueue::kMaxWaitingForRequests);
}

TEST_CASE("OutputQueueTest: replaces a queued value by a later one of the same object and event",
          "[output]") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{100}}) {
    OutputQueue queue;
    queue.Push(FrameKind::kResponse, Bytes{1, 1});
    queue.PushValue("a", 7, Bytes{2});
    queue.PushValue("b", 7, Bytes{3, 3});
    queue.Push(FrameKind::kStateChange, Bytes{4, 4});
    queue.PushValue("a", 8, Bytes{5});
    queue.PushValue("a", 7, Bytes{6, 6, 6});
    queue.PushValue("b", 7, Bytes{7});
    queue.Push(FrameKind::kStateChange, Bytes{8});
    CHECK(queue.Replaced() == 2);
    CHECK(queue.Waiting() == 10);
    // A value takes the place of the one that it replaces, so that no value precedes the creation of its
    // object.
    CHECK(Take(queue, step) == Bytes{1, 1, 6, 6, 6, 7, 4, 4, 5, 8});
    CHECK(queue.Waiting() == 0);
    queue.PushValue("a", 7, Bytes{9});
    CHECK(Take(queue, step) == Bytes{9});
    CHECK(queue.Replaced() == 2);
  }
}

TEST_CASE("OutputQueueTest: does not replace a value that is being written", "[output]") {
  OutputQueue queue;
  queue.PushValue("a", 7, Bytes{1, 2, 3});
  REQUIRE(queue.Front().size() == 3);
  queue.Consume(1);
  queue.PushValue("a", 7, Bytes{4, 5});
  CHECK(queue.Replaced() == 0);
  CHECK(queue.Waiting() == 4);
  CHECK(Take(queue, 1) == Bytes{2, 3, 4, 5});
}

TEST_CASE("OutputQueueTest: queues values up to a separate limit, and replaces values beyond it",
          "[output]") {
  OutputQueue queue;
  const Bytes value(1000);
  std::size_t objects = 0;
  while (queue.PushValue(std::to_string(objects), 7, value)) ++objects;
  CHECK(objects == OutputQueue::kMaxValues / value.size());
  CHECK(queue.Drops()[FrameKind::kValue] == 1);
  for (std::size_t i = 0; i < objects; ++i) CHECK(queue.PushValue(std::to_string(i), 7, value));
  CHECK(queue.Waiting() == objects * value.size());
  CHECK(Take(queue, 1'000'000).size() == objects * value.size());
}

TEST_CASE("OutputQueueTest: reports the start of drops once, and their numbers once at the end", "[output]") {
  OutputQueue queue;
  CHECK_FALSE(queue.TakeDropReport());
  for (int round = 0; round < 2; ++round) {
    queue.Push(FrameKind::kTrace, Bytes(OutputQueue::kMaxWaiting));
    for (int i = 0; i < 10; ++i) queue.Push(FrameKind::kTrace, Bytes(1));
    const auto began = queue.TakeDropReport();
    REQUIRE(began);
    CHECK_FALSE(began->ended);
    CHECK_FALSE(queue.TakeDropReport());
    queue.Push(FrameKind::kLog, Bytes(1));
    queue.Consume(OutputQueue::kMaxWaiting / 4);
    CHECK_FALSE(queue.TakeDropReport());
    queue.Consume(OutputQueue::kMaxWaiting / 4);
    const auto ended = queue.TakeDropReport();
    REQUIRE(ended);
    CHECK(ended->ended);
    CHECK(ended->dropped[FrameKind::kTrace] == 10);
    CHECK(ended->dropped[FrameKind::kLog] == 1);
    CHECK_FALSE(queue.TakeDropReport());
    Take(queue, 1'000'000);
  }
}

TEST_CASE("OutputQueueTest: stops reading requests while responses are queued") {
  OutputQueue queue;
  const Bytes response(1'000'000);
  std::size_t pushed = 0;
  while (queue.TakesRequests()) {
    queue.Push(FrameKind::kResponse, response);
    REQUIRE(++pushed < 100);
  }
  CHECK(queue.Waiting() >= OutputQueue::kMaxWaitingForRequests);
  queue.Consume(queue.Front().size());
  CHECK(queue.TakesRequests());
}

TEST_CASE("OutputQueueTest: queues the notifications of a request behind its response") {
  OutputQueue queue;
  queue.Push(FrameKind::kStateChange, Bytes{1});
  queue.AwaitResponse();
  queue.Push(FrameKind::kStateChange, Bytes{2});
  queue.Push(FrameKind::kLog, Bytes{3});
  queue.Push(FrameKind::kStateChange, Bytes{4});
  CHECK(queue.Waiting() == 4);
  queue.Push(FrameKind::kResponse, Bytes{5});
  queue.Push(FrameKind::kStateChange, Bytes{6});
  CHECK(Take(queue, 100) == Bytes{1, 3, 5, 2, 4, 6});
}

TEST_CASE("OutputQueueTest: keeps values of a request's objects behind its response", "[output]") {
  OutputQueue queue;
  queue.PushValue("old", 7, Bytes{1});
  queue.AwaitResponse();
  queue.PushValue("new", 7, Bytes{2});
  queue.PushValue("old", 7, Bytes{3});
  queue.Push(FrameKind::kStateChange, Bytes{4});
  queue.PushValue("new", 7, Bytes{5});
  queue.Push(FrameKind::kLog, Bytes{6});
  CHECK(queue.Waiting() == 4);
  SECTION("when nothing is written before the response") {
    queue.Push(FrameKind::kResponse, Bytes{7});
    CHECK(Take(queue, 100) == Bytes{3, 6, 7, 5, 4});
  }
  SECTION("when all writable bytes are written before the response") {
    CHECK(Take(queue, 100) == Bytes{3, 6});
    CHECK(queue.Front().empty());
    queue.Push(FrameKind::kResponse, Bytes{7});
    CHECK(Take(queue, 100) == Bytes{7, 5, 4});
  }
}

TEST_CASE("OutputQueueTest: counts notifications behind a response towards the limit") {
  OutputQueue queue;
  queue.AwaitResponse();
  CHECK(queue.Push(FrameKind::kPacket, Bytes(OutputQueue::kMaxWaiting)));
  CHECK_FALSE(queue.Push(FrameKind::kPacket, Bytes(1)));
  queue.Push(FrameKind::kResponse, Bytes(1));
  CHECK(Take(queue, 1'000'000).size() == OutputQueue::kMaxWaiting + 1);
}

}  // namespace ringcast::channel
