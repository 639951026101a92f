#include <catch2/catch.hpp>

#include "ringcast/rtc/worker/LoadGovernor.hpp"

namespace ringcast::rtc {

namespace {

// Returns a window of 100 ms.
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

TEST_CASE("LoadGovernorTest: sheds the load beyond 90 % of what the loop processed without idle time",
          "[rtc][load]") {
  LoadGovernor governor;
  CHECK(governor.OnWindow(Window(0, 40000, 60000)) == LoadAdjustment{});
  // The loop processed 400,000 packets/s of 600,000.
  const auto adjustment = governor.OnWindow(Window(0, 40000, 60000));
  CHECK(adjustment.shed == 600000 - 360000);
  CHECK(adjustment.restore == 0);
}

TEST_CASE("LoadGovernorTest: sheds nothing that the loop can process", "[rtc][load]") {
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

TEST_CASE("LoadGovernorTest: sheds nothing when the loop never waits but packets are not delayed",
          "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 20; ++i)
    CHECK(governor.OnWindow(Window(0, 40000, 60000, false, Milliseconds(9))).shed == 0);
}

TEST_CASE("LoadGovernorTest: sheds nothing for a single full window", "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 20; ++i) CHECK(governor.OnWindow(Window(i % 2 * 10, 40000, 60000)).shed == 0);
}

TEST_CASE("LoadGovernorTest: restores the load that fits after a second with spare time", "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 9; ++i) CHECK(governor.OnWindow(Window(25, 30000, 30000, true)) == LoadAdjustment{});
  // The loop processed 300,000 packets/s in 75 % of the time, so its capacity is 400,000; the target is 88 %.
  const auto adjustment = governor.OnWindow(Window(25, 30000, 30000, true));
  CHECK(adjustment.restore == 352000 - 300000);
  CHECK_FALSE(adjustment.restoreOne);
}

TEST_CASE("LoadGovernorTest: restores nothing when the loop has little spare time or nothing is shed",
          "[rtc][load]") {
  LoadGovernor governor;
  for (int i = 0; i < 50; ++i) CHECK(governor.OnWindow(Window(17, 30000, 30000, true)) == LoadAdjustment{});
  LoadGovernor other;
  for (int i = 0; i < 50; ++i) CHECK(other.OnWindow(Window(90, 30000, 30000, false)) == LoadAdjustment{});
}

TEST_CASE("LoadGovernorTest: restores one consumer at any cost when the loop is mostly idle", "[rtc][load]") {
  LoadGovernor governor;
  LoadAdjustment adjustment;
  for (int i = 0; i < 10; ++i) adjustment = governor.OnWindow(Window(90, 100, 100, true));
  CHECK(adjustment.restoreOne);
}

TEST_CASE("LoadGovernorTest: doubles the wait before the next restoration after an early one",
          "[rtc][load]") {
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
  // A long time without overload shortens the wait again.
  for (int i = 0; i < 12; ++i) {
    static_cast<void>(windowsUntilRestore());
    for (int quiet = 0; quiet < 50; ++quiet)
      static_cast<void>(governor.OnWindow(Window(15, 30000, 30000, true)));
  }
  CHECK(windowsUntilRestore() == 10);
}

TEST_CASE("LoadGovernorTest: sizes a slice for two milliseconds by the recent cost of a packet",
          "[rtc][load]") {
  struct Row {
    std::uint64_t forwarded;  // packets in 100 ms
    std::size_t slice;
  };
  const Row rows[] = {{50000, 1000}, {10000, 200}, {1'000'000, 4000}, {600, 40}};
  for (const auto& [forwarded, slice] : rows) {
    LoadGovernor governor;
    for (int i = 0; i < 100; ++i) static_cast<void>(governor.OnWindow(Window(0, forwarded, 0)));
    CHECK(governor.SlicePackets() >= slice * 99 / 100);
    CHECK(governor.SlicePackets() <= slice);
  }
  // A few packets for each wake-up do not show the cost of a packet.
  LoadGovernor quiet;
  const auto before = quiet.SlicePackets();
  for (int i = 0; i < 100; ++i) static_cast<void>(quiet.OnWindow(Window(90, 10, 10)));
  CHECK(quiet.SlicePackets() == before);
}

TEST_CASE("LoadGovernorTest: ignores a window of zero length", "[rtc][load]") {
  LoadGovernor governor;
  CHECK(governor.OnWindow({}) == LoadAdjustment{});
  CHECK(governor.Utilisation() == 0);
}

}  // namespace ringcast::rtc
