#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/observer/AudioLevelMeter.hpp"
#include "ringcast/rtc/observer/SpeechActivity.hpp"

namespace ringcast::rtc {

namespace {

constexpr Instant kStart{Seconds(1000)};
constexpr Duration kPacket = Milliseconds(20);

rtp::AudioLevel Level(std::uint8_t attenuation) { return {attenuation, false}; }

}  // namespace

TEST_CASE("AudioLevelTest: reads the extension of RFC 6464", "[rtp]") {
  const std::vector<std::uint8_t> voice = {0x85}, quiet = {0x7F}, padded = {0x05, 0}, longer = {1, 2, 3};
  CHECK(rtp::AudioLevel::Parse(voice) == rtp::AudioLevel{5, true});
  CHECK(rtp::AudioLevel::Parse(quiet) == rtp::AudioLevel{127, false});
  CHECK(rtp::AudioLevel::Parse(padded) == rtp::AudioLevel{5, false});
  CHECK_FALSE(rtp::AudioLevel::Parse(longer));
  CHECK_FALSE(rtp::AudioLevel::Parse({}));
}

TEST_CASE("AudioLevelTest: the meter returns the mean of an interval", "[rtc][observer]") {
  const Duration interval = Seconds(1);
  AudioLevelMeter meter;
  CHECK_FALSE(meter.Take(interval));
  for (int i = 0; i < 50; ++i) meter.Add(Level(i % 2 == 0 ? 30 : 41), kStart + i * kPacket);
  CHECK(meter.Take(interval) == -36);
  CHECK_FALSE(meter.Take(interval));

  // A single noise, and packets that span less than a fifth of the interval.
  meter.Add(Level(10), kStart);
  CHECK_FALSE(meter.Take(interval));
  for (int i = 0; i < 10; ++i) meter.Add(Level(10), kStart + i * kPacket);
  CHECK_FALSE(meter.Take(interval));
  for (int i = 0; i < 11; ++i) meter.Add(Level(10), kStart + i * kPacket);
  CHECK(meter.Take(interval) == -10);

  meter.Add(Level(127), kStart);
  meter.Add(Level(127), kStart + interval / 2);
  CHECK(meter.Take(interval) == -127);
}

TEST_CASE("AudioLevelTest: speech is what exceeds the speaker's own noise", "[rtc][observer]") {
  struct Row {
    const char* name;
    std::uint8_t noise, level;
    bool active;
  };
  for (const Row& row :
       {Row{"loud speech", 127, 20, true}, Row{"quiet speech, quiet room", 90, 55, true},
        Row{"speech in a noisy room", 50, 30, true}, Row{"noise only", 60, 58, false},
        Row{"quiet noise after digital silence", 127, 62, false}, Row{"silence", 127, 127, false}}) {
    INFO(row.name);
    SpeechActivity activity;
    auto now = kStart;
    for (int i = 0; i < 100; ++i, now += kPacket) activity.Add(Level(row.noise), now);
    for (int i = 0; i < 25; ++i, now += kPacket) activity.Add(Level(row.level), now);
    const auto scores = activity.Score(now - kPacket);
    CHECK(activity.Active(now - kPacket) == row.active);
    CHECK((scores.immediate > SpeechActivity::kNoSpeech) == row.active);
    CHECK((scores.medium > SpeechActivity::kNoSpeech) == row.active);
    CHECK((scores.recent > SpeechActivity::kNoSpeech) == row.active);
    CHECK(scores.spoken == (row.active ? Milliseconds(500) : Duration::zero()));
  }
}

TEST_CASE("AudioLevelTest: a packet covers the time since the previous one", "[rtc][observer]") {
  for (const std::int64_t packet : {10, 20, 40, 60, 120}) {
    INFO(packet);
    SpeechActivity activity;
    auto now = kStart;
    activity.Add(Level(90), now);
    for (std::int64_t i = 0; i < 1200 / packet; ++i) activity.Add(Level(20), now += Milliseconds(packet));
    CHECK(activity.Score(now).spoken == Seconds(1));
    // Without further packets there is no speech, from the first slot that a packet might still cover.
    CHECK(activity.Score(now + Milliseconds(500)).spoken == Milliseconds(500));
    CHECK_FALSE(activity.Active(now + Milliseconds(500)));
    // A gap of more than 120 ms is silence.
    activity.Add(Level(20), now + Milliseconds(500));
    CHECK(activity.Score(now + Milliseconds(500)).spoken == Milliseconds(520));
    CHECK(activity.Score(now + Milliseconds(1500)).spoken == Duration::zero());
  }
}

TEST_CASE("AudioLevelTest: late packets and a clock that stands still change nothing else",
          "[rtc][observer]") {
  SpeechActivity activity;
  for (int i = 0; i < 100; ++i) activity.Add(Level(20), kStart);
  activity.Add(Level(20), kStart - Seconds(10));
  CHECK(activity.Score(kStart).spoken == Milliseconds(20));
  CHECK(activity.Score(kStart - Seconds(10)).spoken == Milliseconds(20));
  activity.Add(Level(20), kStart + Seconds(100'000));
  CHECK(activity.Score(kStart + Seconds(100'000)).spoken == Milliseconds(20));
}

}  // namespace ringcast::rtc
