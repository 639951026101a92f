#include <algorithm>
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

TEST_CASE("bytes leave in order, whatever part of them each write takes") {
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{7}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    OutputQueue queue;
    Bytes expected;
    for (std::size_t i = 0; i < 400; ++i) {
      // Some bigger than a block.
      const Bytes frame(i == 200 ? 3 * OutputQueue::kBlockSize : i * 3, static_cast<std::uint8_t>(i));
      expected.insert(expected.end(), frame.begin(), frame.end());
      CHECK(queue.Push(i % 2 == 0 ? FrameKind::kNotification : FrameKind::kResponse, frame));
    }
    CHECK(queue.Waiting() == expected.size());
    CHECK(Take(queue, step) == expected);
    CHECK(queue.Waiting() == 0);
    CHECK(queue.Front().empty());
  }
}

TEST_CASE("what is being written stays where it is while more is queued") {
  OutputQueue queue;
  queue.Push(FrameKind::kResponse, Bytes(10, 1));
  const auto front = queue.Front();
  for (int i = 0; i < 100'000; ++i) queue.Push(FrameKind::kResponse, Bytes(10, 2));
  CHECK(std::all_of(front.begin(), front.end(), [](std::uint8_t byte) { return byte == 1; }));
  queue.Consume(front.size());
  CHECK(queue.Front().front() == 2);
}

TEST_CASE("past the limit notifications and logs are dropped and counted, responses never") {
  OutputQueue queue;
  const Bytes big(OutputQueue::kMaxWaiting - 10);
  CHECK(queue.Push(FrameKind::kNotification, big));
  CHECK(queue.Push(FrameKind::kNotification, Bytes(10)));
  CHECK_FALSE(queue.Push(FrameKind::kNotification, Bytes(1)));
  CHECK_FALSE(queue.Push(FrameKind::kLog, Bytes(1)));
  CHECK_FALSE(queue.Push(FrameKind::kLog, Bytes(1)));
  CHECK(queue.Push(FrameKind::kResponse, big));
  CHECK(queue.Drops()[FrameKind::kNotification] == 1);
  CHECK(queue.Drops()[FrameKind::kLog] == 2);
  CHECK(queue.Drops()[FrameKind::kResponse] == 0);
  CHECK(queue.Waiting() == 2 * OutputQueue::kMaxWaiting - 10);

  CHECK(Take(queue, 1'000'000).size() == 2 * OutputQueue::kMaxWaiting - 10);
  CHECK(queue.Push(FrameKind::kLog, Bytes(1)));
}

TEST_CASE("a controller that asks and does not read is asked to wait") {
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

TEST_CASE("notifications that arise while a request is handled stay behind its response") {
  OutputQueue queue;
  queue.Push(FrameKind::kNotification, Bytes{1});
  queue.AwaitResponse();
  queue.Push(FrameKind::kNotification, Bytes{2});
  queue.Push(FrameKind::kLog, Bytes{3});
  queue.Push(FrameKind::kNotification, Bytes{4});
  CHECK(queue.Waiting() == 4);
  queue.Push(FrameKind::kResponse, Bytes{5});
  queue.Push(FrameKind::kNotification, Bytes{6});
  CHECK(Take(queue, 100) == Bytes{1, 3, 5, 2, 4, 6});
}

TEST_CASE("notifications behind a response count towards the limit") {
  OutputQueue queue;
  queue.AwaitResponse();
  CHECK(queue.Push(FrameKind::kNotification, Bytes(OutputQueue::kMaxWaiting)));
  CHECK_FALSE(queue.Push(FrameKind::kNotification, Bytes(1)));
  queue.Push(FrameKind::kResponse, Bytes(1));
  CHECK(Take(queue, 1'000'000).size() == OutputQueue::kMaxWaiting + 1);
}

}  // namespace ringcast::channel
