#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/TimerQueue.hpp"

using namespace ringcast;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

}  // namespace

TEST_CASE("TimerQueueTest: fires due timers once, by deadline and then in the order of arming", "[base]") {
  TimerQueue queue;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Timer>> timers;
  const std::int64_t deadlines[] = {30, 10, 20, 10, 40, 10};
  for (int i = 0; i < 6; ++i) {
    timers.push_back(std::make_unique<Timer>(queue, [&fired, i](Instant) { fired.push_back(i); }));
    timers.back()->ArmAt(At(deadlines[i]));
  }
  CHECK(queue.Size() == 6);
  CHECK(queue.NextTimeout() == At(10));

  queue.OnTimeout(At(9));
  CHECK(fired.empty());
  queue.OnTimeout(At(30));
  CHECK(fired == std::vector<int>{1, 3, 5, 2, 0});
  CHECK(queue.NextTimeout() == At(40));
  queue.OnTimeout(At(1000));
  queue.OnTimeout(At(2000));
  CHECK(fired == std::vector<int>{1, 3, 5, 2, 0, 4});
  CHECK(queue.NextTimeout() == std::nullopt);
  CHECK(queue.Size() == 0);
}

TEST_CASE("TimerQueueTest: reports whether a timer is armed, and its deadline", "[base]") {
  TimerQueue queue;
  int fired = 0;
  Timer timer(queue, [&](Instant now) {
    CHECK(now == At(50));
    CHECK_FALSE(timer.Armed());
    ++fired;
  });
  CHECK_FALSE(timer.Armed());
  timer.Disarm();
  timer.Set(At(10));
  CHECK(timer.Armed());
  CHECK(timer.Deadline() == At(10));
  timer.Set(At(40));
  CHECK(timer.Deadline() == At(40));
  timer.Set(At(40));
  CHECK(queue.Size() == 1);
  queue.OnTimeout(At(39));
  CHECK(fired == 0);
  timer.Set(std::nullopt);
  CHECK_FALSE(timer.Armed());
  queue.OnTimeout(At(50));
  CHECK(fired == 0);
  timer.ArmAt(At(45));
  queue.OnTimeout(At(50));
  CHECK(fired == 1);
  CHECK_FALSE(timer.Armed());
}

TEST_CASE("TimerQueueTest: disarms a timer when it is destroyed", "[base]") {
  TimerQueue queue;
  int fired = 0;
  auto timer = std::make_unique<Timer>(queue, [&](Instant) { ++fired; });
  timer->ArmAt(At(1));
  timer.reset();
  CHECK(queue.NextTimeout() == std::nullopt);
  queue.OnTimeout(At(10));
  CHECK(fired == 0);
}

TEST_CASE("TimerQueueTest: fires a timer in the next call when its callback re-arms it for now", "[base]") {
  TimerQueue queue;
  int fired = 0;
  Timer timer(queue, [&](Instant now) {
    ++fired;
    timer.ArmAt(now - Milliseconds(fired));
  });
  timer.ArmAt(At(1));
  for (int i = 1; i <= 5; ++i) {
    queue.OnTimeout(At(1));
    CHECK(fired == i);
    CHECK(timer.Armed());
  }
}

TEST_CASE("TimerQueueTest: keeps the captures of a callback that destroys its timer", "[base]") {
  TimerQueue queue;
  std::vector<int> seen;
  std::unique_ptr<Timer> timer;
  const std::vector<int> captured = {1, 2, 3};  // only the callback holds a copy
  timer = std::make_unique<Timer>(queue, [&, captured](Instant) {
    timer.reset();
    seen = captured;
  });
  timer->ArmAt(At(1));
  queue.OnTimeout(At(1));
  CHECK(seen == captured);
  CHECK(queue.Size() == 0);
}

TEST_CASE("TimerQueueTest: lets a callback re-arm and then destroy its timer", "[base]") {
  TimerQueue queue;
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(queue, [&](Instant now) {
    ++fired;
    timer->ArmAt(now);
    timer.reset();
  });
  timer->ArmAt(At(1));
  queue.OnTimeout(At(1));
  queue.OnTimeout(At(2));
  CHECK(fired == 1);
  CHECK(queue.Size() == 0);
}

TEST_CASE("TimerQueueTest: applies a callback's changes of other timers at once", "[base]") {
  enum class Deed { kDestroy, kDisarm, kPostpone, kAdvance };
  struct Row {
    Deed deed;
    std::int64_t victimDeadline;
    int firedNow;
    int firedOnNextCall;
    int firedAtLast;
  };
  // The first timer is due at 10; the queue runs at 20 (twice) and at 100.
  const Row rows[] = {
      {Deed::kDestroy, 15, 0, 0, 0}, {Deed::kDestroy, 50, 0, 0, 0},  {Deed::kDisarm, 15, 0, 0, 0},
      {Deed::kDisarm, 50, 0, 0, 0},  {Deed::kPostpone, 15, 0, 0, 1}, {Deed::kPostpone, 50, 0, 0, 1},
      {Deed::kAdvance, 15, 0, 1, 1}, {Deed::kAdvance, 50, 0, 1, 1},
  };
  for (const auto& row : rows) {
    TimerQueue queue;
    int fired = 0;
    auto victim = std::make_unique<Timer>(queue, [&](Instant) { ++fired; });
    Timer first(queue, [&](Instant now) {
      switch (row.deed) {
        case Deed::kDestroy:
          victim.reset();
          break;
        case Deed::kDisarm:
          victim->Disarm();
          break;
        case Deed::kPostpone:
          victim->ArmAt(At(90));
          break;
        case Deed::kAdvance:
          victim->ArmAt(now - Milliseconds(1));
          break;
      }
    });
    first.ArmAt(At(10));
    victim->ArmAt(At(row.victimDeadline));
    queue.OnTimeout(At(20));
    CHECK(fired == row.firedNow);
    queue.OnTimeout(At(20));
    CHECK(fired == row.firedOnNextCall);
    queue.OnTimeout(At(100));
    CHECK(fired == row.firedAtLast);
  }
}

TEST_CASE("TimerQueueTest: counts a due timer as armed until it fires", "[base]") {
  TimerQueue queue;
  bool armed = false;
  Timer second(queue, [](Instant) {});
  Timer first(queue, [&](Instant) { armed = second.Armed(); });
  first.ArmAt(At(1));
  second.ArmAt(At(2));
  queue.OnTimeout(At(5));
  CHECK(armed);
  CHECK_FALSE(second.Armed());
}

TEST_CASE("TimerQueueTest: fires timers that a callback creates in the next call", "[base]") {
  TimerQueue queue;
  std::vector<std::unique_ptr<Timer>> made;
  int fired = 0;
  Timer first(queue, [&](Instant) {
    for (int i = 0; i < 100; ++i) {
      made.push_back(std::make_unique<Timer>(queue, [&](Instant) { ++fired; }));
      made.back()->ArmAt(At(0));
    }
  });
  first.ArmAt(At(1));
  queue.OnTimeout(At(1));
  CHECK(fired == 0);
  queue.OnTimeout(At(1));
  CHECK(fired == 100);
}

TEST_CASE("TimerQueueTest: behaves like a plain list over random steps", "[base]") {
  const std::uint64_t seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3);
  CAPTURE(seed);
  constexpr std::size_t kTimers = 60;
  struct Modelled {
    std::unique_ptr<Timer> timer;
    bool armed = false;
    Instant deadline{};
    int order = 0;
  };
  SeededRandom random(seed);
  TimerQueue queue;
  std::vector<std::size_t> fired;
  std::vector<Modelled> all(kTimers);
  const auto make = [&](std::size_t i) {
    all[i].timer = std::make_unique<Timer>(queue, [&fired, i](Instant) { fired.push_back(i); });
    all[i].armed = false;
  };
  for (std::size_t i = 0; i < kTimers; ++i) make(i);

  std::int64_t now = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t i = random.U32() % kTimers;
    switch (random.U32() % 8) {
      case 0:
        all[i].timer->Disarm();
        all[i].armed = false;
        break;
      case 1:
        make(i);
        break;
      case 2: {
        now += random.U32() % 20;
        std::vector<std::size_t> expected;
        for (std::size_t n = 0; n < kTimers; ++n) {
          if (all[n].armed && all[n].deadline <= At(now)) expected.push_back(n);
        }
        std::sort(expected.begin(), expected.end(), [&](std::size_t a, std::size_t b) {
          return all[a].deadline != all[b].deadline ? all[a].deadline < all[b].deadline
                                                    : all[a].order < all[b].order;
        });
        for (const auto n : expected) all[n].armed = false;
        fired.clear();
        queue.OnTimeout(At(now));
        REQUIRE(fired == expected);
        break;
      }
      default:
        all[i].deadline = At(now + random.U32() % 50);
        all[i].order = step;
        all[i].armed = true;
        all[i].timer->ArmAt(all[i].deadline);
    }
    std::optional<Instant> earliest;
    std::size_t armed = 0;
    for (const auto& modelled : all) {
      if (!modelled.armed) continue;
      ++armed;
      if (!earliest || modelled.deadline < *earliest) earliest = modelled.deadline;
    }
    REQUIRE(queue.NextTimeout() == earliest);
    REQUIRE(queue.Size() == armed);
  }
}
