#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/net/StreamFrameQueue.hpp"

namespace ringcast::test {

using net::Segments;
using net::StreamFrameQueue;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Contents(const StreamFrameQueue& queue) { return {queue.Bytes().begin(), queue.Bytes().end()}; }

}  // namespace

TEST_CASE("StreamFrameQueueTest: frames each segment of a batch", "[tcp]") {
  struct Row {
    Bytes run;
    Segments segments;
    Bytes stream;
  };
  const std::vector<Row> rows = {
      {{1}, {1, 1}, {0, 1, 1}},
      {{1, 2, 3}, {3, 3}, {0, 3, 1, 2, 3}},
      {{1, 2, 3}, {1, 3}, {0, 1, 1, 0, 1, 2, 0, 1, 3}},
      {{1, 2, 3}, {2, 3}, {0, 2, 1, 2, 0, 1, 3}},
      {{1, 2, 3, 4, 5, 6}, {2, 4}, {0, 2, 1, 2, 0, 2, 3, 4}},
  };
  for (const auto& row : rows) {
    StreamFrameQueue queue;
    queue.Append(row.run, row.segments);
    CHECK(Contents(queue) == row.stream);
    CHECK(queue.Size() == StreamFrameQueue::FramedSize(row.segments));
  }
}

TEST_CASE("StreamFrameQueueTest: accepts packets up to its limit and frees memory when empty", "[tcp]") {
  StreamFrameQueue queue;
  const Bytes run(net::kMaxRunBytes);
  const auto segments = Segments::One(run.size());
  std::size_t taken = 0;
  while (queue.Fits(segments)) {
    queue.Append(run, segments);
    ++taken;
  }
  CHECK(taken == StreamFrameQueue::kLimit / (run.size() + 2));
  const auto left = StreamFrameQueue::kLimit - queue.Size();
  CHECK(queue.Fits(Segments::One(left - 2)));
  CHECK_FALSE(queue.Fits(Segments::One(left - 1)));
  queue.Consume(queue.Size());
  CHECK(queue.Empty());
  CHECK(queue.Capacity() <= StreamFrameQueue::kKeptCapacity);
}

TEST_CASE("StreamFrameQueueTest: returns the appended bytes in pieces of any size", "[tcp]") {
  SeededRandom random(3);
  StreamFrameQueue queue;
  Bytes expected;
  Bytes got;
  std::uint8_t fill = 0;
  for (int i = 0; i < 5000; ++i) {
    Bytes run(1 + random.U32() % 200);
    std::iota(run.begin(), run.end(), fill++);
    const auto segments = Segments::One(run.size());
    if (queue.Fits(segments)) {
      queue.Append(run, segments);
      expected.push_back(0);
      expected.push_back(static_cast<std::uint8_t>(run.size()));
      expected.insert(expected.end(), run.begin(), run.end());
    }
    const auto count = static_cast<std::ptrdiff_t>(random.U32() % (queue.Size() + 1));
    const auto bytes = queue.Bytes();
    got.insert(got.end(), bytes.begin(), bytes.begin() + count);
    queue.Consume(static_cast<std::size_t>(count));
  }
  got.insert(got.end(), queue.Bytes().begin(), queue.Bytes().end());
  CHECK(got == expected);
}

}  // namespace ringcast::test
