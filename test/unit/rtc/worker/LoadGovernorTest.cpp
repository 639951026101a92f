#include <catch2/catch.hpp>

#include "ringcast/rtc/worker/LoadGovernor.hpp"

namespace ringcast::rtc {

namespace {

// A window of 100 ms.
LoadWindow Window(std::int64_t idleMs, std::uint64_t forwarded, std::uint64_t wanted, bool anyShed = false,
                  Duration wait = Milliseconds(20)) {
  return {.length = Milliseconds(100),
          .idle = Milliseconds(idleMs),
          .forwarded = forwarded,
          .wanted = wanted,
          .leastWait = wait,
          .anyShed = anyShed};
}

}  // namespace

TEST_CASE("what was wanted beyond nine tenths of what the full loop did is to go", "[rtc][load]") {
  LoadGovernor governor;
  CHECK(governor.OnWindow(Window(0, 40000, 60000)) == LoadAdjustment{});
  // 400,000 a second were done, 600,000 wanted.
  const auto adjustment = governor.OnWindow(Window(0, 40000, 60000));
  CHECK(adjustment.shed == 600000 - 360000);
  CHECK(adjustment.restore == 0);
}

TEST_CASE("nothing is shed of what the loop can do", "[rtc][load]") {
  struct Row {
    std::int64_t idleMs;
    std::uint64_t wanted;
    const char* what;
  };
  const Row rows[] = {
      {4, 60000, "it waited, if little"},
      {50, 90000, "it waited half the time"},
      {0, 36000, "it works off what had piled up"},
      {0, 0, "it was busy with something else"},
  };
  for (const auto& [idleMs, wanted, what] : rows) {
    INFO(what);
    LoadGovernor governor;
    for (int i = 0; i < 20; ++i) CHECK(governor.OnWindow(Window(idleMs, 40000, wanted)).shed == 0);
  }
}

TEST_CASE("a loop that never waits is not overloaded while packets do not wait either", "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 20; ++i)
    CHECK(governor.OnWindow(Window(0, 40000, 60000, false, Milliseconds(9))).shed == 0);
}

TEST_CASE("one full window among others is no overload", "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 20; ++i) CHECK(governor.OnWindow(Window(i % 2 * 10, 40000, 60000)).shed == 0);
}

TEST_CASE("after a second with time to spare, what fits comes back", "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 9; ++i) CHECK(governor.OnWindow(Window(25, 30000, 30000, true)) == LoadAdjustment{});
  // 300,000 in three quarters of the time: 400,000 could be done, 88 % of it are aimed at.
  const auto adjustment = governor.OnWindow(Window(25, 30000, 30000, true));
  CHECK(adjustment.restore == 352000 - 300000);
  CHECK_FALSE(adjustment.restoreOne);
}

TEST_CASE("nothing comes back while the loop has little time to spare, or when nothing is shed",
          "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 50; ++i) CHECK(governor.OnWindow(Window(17, 30000, 30000, true)) == LoadAdjustment{});
  LoadGovernor other;
  for (int i = 0; i < 50; ++i) CHECK(other.OnWindow(Window(90, 30000, 30000, false)) == LoadAdjustment{});
}

TEST_CASE("a loop that is mostly idle brings one back whatever it costs", "[rtc][load]") {
  LoadGovernor governor;
  LoadAdjustment adjustment;
  for (int i = 0; i < 10; ++i) adjustment = governor.OnWindow(Window(90, 100, 100, true));
  CHECK(adjustment.restoreOne);
}

TEST_CASE("who brought consumers back too early waits twice as long the next time", "[rtc][load]") {
  LoadGovernor governor;
  const auto windowsUntilRestore = [&governor] {
    int count = 0;
    LoadAdjustment adjustment;
    while (adjustment.restore == 0 && count < 2000) {
      adjustment = governor.OnWindow(Window(25, 30000, 30000, true));
      ++count;
    }
    return count;
  };
  const auto overload = [&governor] {
    static_cast<void>(governor.OnWindow(Window(0, 40000, 60000, true)));
    CHECK(governor.OnWindow(Window(0, 40000, 60000, true)).shed > 0);
  };
  overload();
  CHECK(windowsUntilRestore() == 10);
  overload();
  CHECK(windowsUntilRestore() == 20);
  overload();
  CHECK(windowsUntilRestore() == 40);
  for (int i = 0; i < 20; ++i) {
    overload();
    CHECK(windowsUntilRestore() <= 640);
  }
  // It went well for long: patience shrinks again.
  for (int i = 0; i < 12; ++i) {
    static_cast<void>(windowsUntilRestore());
    for (int quiet = 0; quiet < 50; ++quiet)
      static_cast<void>(governor.OnWindow(Window(15, 30000, 30000, true)));
  }
  CHECK(windowsUntilRestore() == 10);
}

TEST_CASE("a slice is what takes two milliseconds, by what packets cost lately", "[rtc][load]") {
  struct Row {
    std::uint64_t forwarded;  // in 100 ms
    std::size_t slice;
  };
  const Row rows[] = {{50000, 1000}, {10000, 200}, {1'000'000, 4000}, {600, 40}};
  for (const auto& [forwarded, slice] : rows) {
    LoadGovernor governor;
    for (int i = 0; i < 100; ++i) static_cast<void>(governor.OnWindow(Window(0, forwarded, 0)));
    CHECK(governor.SlicePackets() >= slice * 99 / 100);
    CHECK(governor.SlicePackets() <= slice);
  }
  // Waking up for a few packets says nothing of what one costs.
  LoadGovernor quiet;
  const auto before = quiet.SlicePackets();
  for (int i = 0; i < 100; ++i) static_cast<void>(quiet.OnWindow(Window(90, 10, 10)));
  CHECK(quiet.SlicePackets() == before);
}

TEST_CASE("a window without length changes nothing", "[rtc][load]") {
  LoadGovernor governor;
  CHECK(governor.OnWindow({}) == LoadAdjustment{});
  CHECK(governor.Utilisation() == 0);
}

}  // namespace ringcast::rtc
