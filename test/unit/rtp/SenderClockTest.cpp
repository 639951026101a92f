#include <cstdint>
#include <cstdlib>
#include <memory>

#include <catch2/catch.hpp>

#include "ringcast/rtp/SenderClock.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

// Returns the source's wall clock, which starts at 1000 s.
NtpTime SourceTime(std::int64_t milliseconds) { return WallClock(Seconds(1000)).Ntp(At(milliseconds)); }

}  // namespace

TEST_CASE("SenderClockTest: returns no timestamp before the first sender report", "[rtp]") {
  CHECK_FALSE(SenderClock(90'000).TimestampAt(At(0)));
}

TEST_CASE("SenderClockTest: extrapolates the source's timestamp at its clock rate after one sender report",
          "[rtp]") {
  SenderClock clock(90'000);
  clock.OnSenderReport(SourceTime(0), 0xFFFFFFF0, At(500));
  CHECK(clock.TimestampAt(At(500)) == 0xFFFFFFF0);
  CHECK(clock.TimestampAt(At(1500)) == 0xFFFFFFF0 + 90'000U);
  CHECK(clock.TimestampAt(At(400)) == 0xFFFFFFF0 - 9'000U);
}

TEST_CASE(
    "SenderClockTest: returns the same instant for all streams of a source at any delay of their reports",
    "[rtp]") {
  struct Row {
    const char* what;
    std::int64_t audioTakes;
    std::int64_t videoTakes;
  };
  for (const auto& row : {Row{"equally long", 20, 20}, Row{"video's take longer", 20, 220},
                          Row{"audio's take longer", 320, 20}}) {
    CAPTURE(row.what);
    const auto source = std::make_shared<SourceClock>();
    SenderClock audio(1000, source);
    SenderClock video(1000, source);
    for (std::int64_t second = 0; second < 100; ++second) {
      // Both RTP clocks count milliseconds of the source's clock.
      const auto sent = static_cast<std::uint32_t>(1000 * second);
      audio.OnSenderReport(SourceTime(1000 * second), sent, At(1000 * second + row.audioTakes));
      video.OnSenderReport(SourceTime(1000 * second), sent, At(1000 * second + row.videoTakes));
      CHECK(audio.TimestampAt(At(1000 * second + 500)) == video.TimestampAt(At(1000 * second + 500)));
    }
  }
}

namespace {

// Returns the difference in milliseconds between the clock's timestamp and the timestamp of a source without
// report delay. The stream's RTP clock counts milliseconds of the source's clock.
std::int64_t Error(const SenderClock& clock, std::int64_t milliseconds, std::int64_t sourceMilliseconds) {
  const auto timestamp = clock.TimestampAt(At(milliseconds));
  REQUIRE(timestamp);
  return static_cast<std::int32_t>(*timestamp - static_cast<std::uint32_t>(sourceMilliseconds));
}
std::int64_t Error(const SenderClock& clock, std::int64_t milliseconds) {
  return Error(clock, milliseconds, milliseconds);
}

}  // namespace

TEST_CASE("SenderClockTest: moves no faster than clocks drift when the report delay varies", "[rtp]") {
  SenderClock clock(1000);
  std::int64_t error = -400;
  for (std::int64_t second = 0; second < 3000; second += 5) {
    const std::int64_t takes = second % 4 == 0 ? 400 : second % 7;
    clock.OnSenderReport(SourceTime(1000 * second), static_cast<std::uint32_t>(1000 * second),
                         At(1000 * second + takes));
    const auto now = Error(clock, 1000 * second + takes);
    CHECK(std::abs(now - error) <= 4);
    error = now;
  }
  // The error converges to the delay of most reports.
  CHECK(std::abs(error) <= 10);
}

TEST_CASE("SenderClockTest: ignores a single delayed report, and follows three of them", "[rtp]") {
  SenderClock clock(1000);
  clock.OnSenderReport(SourceTime(0), 0, At(20));
  clock.OnSenderReport(SourceTime(1000), 1000, At(5000));
  CHECK(Error(clock, 5000) == -20);
  clock.OnSenderReport(SourceTime(2000), 2000, At(5001));
  CHECK(Error(clock, 5001) == -20);
  clock.OnSenderReport(SourceTime(5100), 5100, At(5120));
  CHECK(std::abs(Error(clock, 5120) + 20) <= 1);
  for (std::int64_t late = 1; late <= 3; ++late)
    clock.OnSenderReport(SourceTime(5100 + 1000 * late), static_cast<std::uint32_t>(5100 + 1000 * late),
                         At(65'100 + 1000 * late));
  // The source's machine and its clocks were suspended for a minute.
  CHECK(Error(clock, 70'000) == -60'000);
}

TEST_CASE("SenderClockTest: aligns streams with delayed first reports after the connection recovers",
          "[rtp]") {
  const auto source = std::make_shared<SourceClock>();
  SenderClock audio(1000, source);
  SenderClock video(1000, source);
  audio.OnSenderReport(SourceTime(0), 0, At(3000));
  video.OnSenderReport(SourceTime(3000), 3000, At(3220));
  audio.OnSenderReport(SourceTime(5000), 5000, At(5020));
  CHECK(Error(audio, 6000) == -220);
  CHECK(Error(video, 6000) == -220);
}

TEST_CASE("SenderClockTest: follows a drifting source clock for days in all streams", "[rtp]") {
  const auto source = std::make_shared<SourceClock>();
  SenderClock audio(1000, source);
  // The source's clock is 100 ppm slower than the local clock.
  const auto ofSource = [](std::int64_t second) { return second * 1000 - second / 10; };
  constexpr std::int64_t kDays = std::int64_t{3} * 24 * 3600;
  for (std::int64_t second = 0; second <= kDays; second += 5)
    audio.OnSenderReport(SourceTime(ofSource(second)), static_cast<std::uint32_t>(ofSource(second)),
                         At(1000 * second + 20));
  CHECK(std::abs(Error(audio, 1000 * kDays, ofSource(kDays)) + 20) <= 2);
  SenderClock video(1000, source);
  video.OnSenderReport(SourceTime(ofSource(kDays)), static_cast<std::uint32_t>(ofSource(kDays)),
                       At(1000 * kDays + 220));
  CHECK(audio.TimestampAt(At(1000 * kDays)) == video.TimestampAt(At(1000 * kDays)));
}

TEST_CASE("SenderClockTest: keeps each stream's error when the source's clock is set", "[rtp]") {
  for (const std::int64_t step : {60'000, 1500, -1500, -60'000}) {
    CAPTURE(step);
    const auto source = std::make_shared<SourceClock>();
    SenderClock audio(1000, source);
    SenderClock video(1000, source);
    audio.OnSenderReport(SourceTime(100'000), 0, At(20));
    video.OnSenderReport(SourceTime(100'000), 0, At(220));
    audio.OnSenderReport(SourceTime(101'000 + step), 1000, At(1120));
    CHECK(Error(audio, 1120) == -20);
    CHECK(Error(video, 1120) == -20);
    video.OnSenderReport(SourceTime(101'000 + step), 1000, At(1220));
    CHECK(Error(audio, 2000) == Error(video, 2000));
    CHECK(std::abs(Error(video, 2000) + 20) <= 1);
  }
}

TEST_CASE("SenderClockTest: follows a jump of the timestamps without a change of the source's clock",
          "[rtp]") {
  SenderClock clock(1000);
  clock.OnSenderReport(SourceTime(0), 0, At(20));
  clock.OnSenderReport(SourceTime(1000), 3'000'000'000, At(1020));
  CHECK(clock.TimestampAt(At(2020)) == 3'000'001'000U);
  clock.OnSenderReport(SourceTime(2000), 50, At(2020));
  CHECK(clock.TimestampAt(At(3020)) == 1050U);
}

TEST_CASE("SenderClockTest: keeps the timing of two sources with the same name", "[rtp]") {
  struct Row {
    const char* what;
    std::int64_t apart;
    std::int64_t drift;  // of the second source against the first, in ppm
  };
  for (const auto& row : {Row{"clocks far apart", 500'000, 0}, Row{"clocks that are nearly the same", 300, 0},
                          Row{"clocks that drift apart", 300, 100}}) {
    CAPTURE(row.what);
    const auto shared = std::make_shared<SourceClock>();
    SenderClock one(1000, shared);
    SenderClock otherAudio(1000, shared);
    SenderClock otherVideo(1000, shared);
    for (std::int64_t second = 0; second < 100'000; second += 5) {
      const auto sent = static_cast<std::uint32_t>(1000 * second);
      const auto other = 1000 * second + second * row.drift / 1000;
      one.OnSenderReport(SourceTime(1000 * second), sent, At(1000 * second + 10));
      otherAudio.OnSenderReport(SourceTime(row.apart + other), static_cast<std::uint32_t>(other),
                                At(1000 * second + 30));
      otherVideo.OnSenderReport(SourceTime(row.apart + other), static_cast<std::uint32_t>(other),
                                At(1000 * second + 230));
      REQUIRE(std::abs(Error(one, 1000 * second + 500)) < 1100);
      const auto audioError = Error(otherAudio, 1000 * second + 500, other + 500);
      const auto videoError = Error(otherVideo, 1000 * second + 500, other + 500);
      REQUIRE(std::abs(audioError) < 1100);
      if (row.drift == 0) REQUIRE(std::abs(audioError - videoError) <= 1);
    }
  }
}

TEST_CASE("SenderClockTest: follows a source at once when its wall clock is set to any time", "[rtp]") {
  SenderClock clock(1000);
  clock.OnSenderReport(SourceTime(0), 0, At(10));
  clock.OnSenderReport(SourceTime(5000), 1000, At(1010));  // set forward by 4 s
  CHECK(clock.TimestampAt(At(2010)) == 2000U);
  clock.OnSenderReport({0, 0}, 2000, At(2010));  // a new NTP era or an invalid time
  CHECK(clock.TimestampAt(At(3010)) == 3000U);
  clock.OnSenderReport({0xFFFFFFFF, 0xFFFFFFFF}, 3000, At(3010));
  CHECK(clock.TimestampAt(At(4010)) == 4000U);
}

TEST_CASE("SenderClockTest: aligns layers of one source by their reports of the same clock", "[rtp]") {
  struct Row {
    std::int64_t oneReported;
    std::uint32_t one;
    std::int64_t otherReported;
    std::uint32_t other;
    std::uint32_t offset;
  };
  for (const auto& row :
       {Row{0, 5000, 0, 5000, 0}, Row{0, 5000, 0, 3000, 2000}, Row{0, 3000, 0, 5000, 0U - 2000},
        Row{1000, 5000 + 90'000, 0, 3000, 2000}, Row{0, 5000, 700, 3000 + 63'000, 2000},
        Row{0, 0xFFFFFF00, 0, 0x100, 0U - 0x200}, Row{0, 0x100, 0, 0xFFFFFF00, 0x200}}) {
    CAPTURE(row.oneReported, row.one, row.otherReported, row.other);
    const auto source = std::make_shared<SourceClock>();
    SenderClock one(90'000, source);
    SenderClock other(90'000, source);
    CHECK_FALSE(one.OffsetFrom(other));
    one.OnSenderReport(SourceTime(row.oneReported), row.one, At(row.oneReported + 20));
    CHECK_FALSE(one.OffsetFrom(other));
    CHECK_FALSE(other.OffsetFrom(one));
    other.OnSenderReport(SourceTime(row.otherReported), row.other, At(row.otherReported + 220));
    CHECK(one.OffsetFrom(other) == row.offset);
    CHECK(other.OffsetFrom(one) == 0U - row.offset);
  }
}

TEST_CASE("SenderClockTest: aligns no streams of different sources or clock rates", "[rtp]") {
  const auto source = std::make_shared<SourceClock>();
  SenderClock one(90'000, source);
  SenderClock other(90'000, source);
  SenderClock audio(48'000, source);
  SenderClock stranger(90'000, std::make_shared<SourceClock>());
  for (auto* clock : {&one, &other, &audio, &stranger}) clock->OnSenderReport(SourceTime(0), 0, At(20));
  CHECK(one.OffsetFrom(other));
  CHECK_FALSE(one.OffsetFrom(audio));
  CHECK_FALSE(one.OffsetFrom(stranger));
  // The source's clock is set, and only one stream has reported it.
  one.OnSenderReport(SourceTime(61'000), 90'000, At(1020));
  CHECK_FALSE(one.OffsetFrom(other));
  other.OnSenderReport(SourceTime(62'000), 180'000, At(2220));
  CHECK(one.OffsetFrom(other) == 0U);
}

TEST_CASE("SenderClockTest: shares a clock between streams with the same name, and none without a name",
          "[rtp]") {
  SourceClocks clocks;
  auto ann = clocks.Of("ann");
  const auto bob = clocks.Of("bob");
  CHECK(clocks.Of("ann") == ann);
  CHECK(ann != bob);
  CHECK(clocks.Of("") != clocks.Of(""));
  const auto unnamed = clocks.Of("");
  CHECK(clocks.Of("") != unnamed);
  const std::weak_ptr<SourceClock> gone = ann;
  ann.reset();
  CHECK(gone.expired());
  CHECK(clocks.Of("ann"));
  CHECK(clocks.Of("bob") == bob);
}
