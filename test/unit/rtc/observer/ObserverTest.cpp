#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/observer/ActiveSpeakerObserver.hpp"
#include "ringcast/rtc/observer/AudioLevelObserver.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"
#include "support/SourceRoot.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint8_t kLevelId = 3;
constexpr std::uint8_t kSilence = 127;
constexpr Duration kPacket = Milliseconds(20);

using Levels = std::vector<rtc::ProducerAudioLevel>;

// A room of speakers "0", "1" and so on, each with one audio producer that an observer watches.
class Meeting {
 public:
  explicit Meeting(std::size_t speakers) : speakers_(speakers) {
    sim.AddRouter("room");
    for (std::size_t i = 0; i < speakers; ++i) {
      const auto transport = "transport-" + std::to_string(i);
      sim.AddPlain("room", transport, {.comedia = true});
      sim.Produce(transport, std::to_string(i), MediaKind::kAudio, Ssrc(i),
                  {.extensions = {{rtp::Extension::kAudioLevel, kLevelId}}});
    }
  }

  void ObserveLevels(const rtc::AudioLevelObserverOptions& options) {
    REQUIRE(Room().CreateAudioLevelObserver("observer", options).Ok());
    ObserveAll();
  }
  void ObserveSpeakers(std::uint16_t intervalMs = 300) {
    REQUIRE(Room().CreateActiveSpeakerObserver("observer", {.intervalMs = intervalMs}).Ok());
    ObserveAll();
  }
  rtc::Router& Room() { return *sim.worker.FindRouter("room"); }
  rtc::RtpObserver& Observer() { return *sim.worker.FindRtpObserver("observer"); }

  // Each speaker sends a packet of this level (-dBov), or none.
  void Step(const std::vector<std::optional<std::uint8_t>>& levels) {
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (!levels[i]) continue;
      sim.Receive("transport-" + std::to_string(i), net::Address::Parse("9.9.9.9", 1000).value(),
                  RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                           .sequenceNumber = sequence_,
                           .timestamp = sequence_ * std::uint32_t{960},
                           .ssrc = Ssrc(i),
                           .extensions = {{kLevelId, {*levels[i]}}},
                           .payload = OpusPayload(80)}
                      .Write());
    }
    ++sequence_;
    sim.EndTurn();
    sim.Advance(kPacket);
  }
  // Speaks with this level for some time, while the others send silence.
  void Speak(std::size_t speaker, Duration duration, std::uint8_t level = 25) {
    std::vector<std::optional<std::uint8_t>> levels(speakers_, kSilence);
    levels[speaker] = level;
    for (Duration time{}; time < duration; time += kPacket) Step(levels);
  }
  void Silence(Duration duration) { Speak(0, duration, kSilence); }

  [[nodiscard]] std::vector<std::string> Dominant() const {
    std::vector<std::string> producers;
    for (const auto& [observer, producer] : sim.notifier.dominantSpeakers) producers.push_back(producer);
    return producers;
  }
  [[nodiscard]] std::vector<Levels> Reports() const {
    std::vector<Levels> reports;
    for (const auto& [observer, levels] : sim.notifier.audioLevels) reports.push_back(levels);
    return reports;
  }

  SimWorker sim;

 private:
  static std::uint32_t Ssrc(std::size_t speaker) { return 1000 + static_cast<std::uint32_t>(speaker); }
  void ObserveAll() {
    for (std::size_t i = 0; i < speakers_; ++i)
      REQUIRE(Observer().AddProducer(std::to_string(i), sim.now).Ok());
  }

  std::size_t speakers_;
  std::uint16_t sequence_ = 0;
};

}  // namespace

// --- Audio levels ---

TEST_CASE("ObserverTest: reports the loudest producers of an interval, then silence once",
          "[rtc][observer]") {
  Meeting meeting(3);
  meeting.ObserveLevels({.maxEntries = 2, .threshold = -60, .intervalMs = 1000});
  for (int i = 0; i < 50; ++i) meeting.Step({40, 20, 30});
  REQUIRE(meeting.Reports() == std::vector<Levels>{{{"1", -20}, {"2", -30}}});
  for (int i = 0; i < 50; ++i) meeting.Step({40, 80, 60});
  CHECK(meeting.Reports().back() == Levels{{"0", -40}, {"2", -60}});
  meeting.Silence(Seconds(3));
  REQUIRE(meeting.Reports().size() == 3);
  CHECK(meeting.Reports().back().empty());
}

TEST_CASE("ObserverTest: reports no level of a producer that is paused, removed or closed",
          "[rtc][observer]") {
  Meeting meeting(4);
  meeting.ObserveLevels({.maxEntries = 10, .threshold = -80, .intervalMs = 500});
  meeting.sim.Producer("0").Pause();
  REQUIRE(meeting.Observer().RemoveProducer("1").Ok());
  CHECK_FALSE(meeting.Observer().RemoveProducer("1").Ok());
  REQUIRE(meeting.sim.Transport("transport-2").CloseProducer("2").Ok());
  for (int i = 0; i < 25; ++i) meeting.Step({20, 20, 20, 20});
  CHECK(meeting.Reports() == std::vector<Levels>{{{"3", -20}}});
  // A removed producer may be added again, and one that is there already may be added twice.
  REQUIRE(meeting.Observer().AddProducer("1", meeting.sim.now).Ok());
  REQUIRE(meeting.Observer().AddProducer("1", meeting.sim.now).Ok());
  CHECK(meeting.Room().Dump().producerIdObserverIds.size() == 3);
}

TEST_CASE("ObserverTest: a paused observer reports silence once and begins again with new levels",
          "[rtc][observer]") {
  Meeting meeting(1);
  meeting.ObserveLevels({.maxEntries = 1, .threshold = -80, .intervalMs = 500});
  meeting.Speak(0, Milliseconds(980));
  meeting.Observer().Pause();
  REQUIRE(meeting.Reports() == std::vector<Levels>{{{"0", -25}}, {}});
  meeting.Speak(0, Seconds(2));
  CHECK(meeting.Reports().size() == 2);
  meeting.Observer().Resume(meeting.sim.now);
  meeting.Speak(0, Milliseconds(500), 30);
  CHECK(meeting.Reports().back() == Levels{{"0", -30}});
}

TEST_CASE("ObserverTest: rejects what cannot be observed", "[rtc][observer]") {
  Meeting meeting(1);
  meeting.ObserveLevels({});
  auto& sim = meeting.sim;
  sim.Produce("transport-0", "video", MediaKind::kVideo, 5);
  CHECK(meeting.Observer().AddProducer("video", sim.now).Failure().kind == ErrorKind::kTypeError);
  CHECK(meeting.Observer().AddProducer("unknown", sim.now).Failure().kind == ErrorKind::kNotFound);
  sim.AddRouter("other");
  sim.AddPlain("other", "elsewhere", {.comedia = true});
  sim.Produce("elsewhere", "foreign", MediaKind::kAudio, 6);
  CHECK(meeting.Observer().AddProducer("foreign", sim.now).Failure().kind == ErrorKind::kNotFound);

  auto& room = meeting.Room();
  CHECK_FALSE(room.CreateActiveSpeakerObserver("observer", {}).Ok());  // the id is in use
  CHECK(room.CreateAudioLevelObserver("n", {.maxEntries = 0}).Failure().kind == ErrorKind::kTypeError);
  CHECK(room.CreateAudioLevelObserver("n", {.threshold = 1}).Failure().kind == ErrorKind::kTypeError);
  CHECK(room.CloseRtpObserver("n").Failure().kind == ErrorKind::kNotFound);
  REQUIRE(room.CloseRtpObserver("observer").Ok());
  CHECK(sim.worker.FindRtpObserver("observer") == nullptr);
  meeting.Speak(0, Seconds(3));
  CHECK(meeting.Reports().empty());
}

TEST_CASE("ObserverTest: an interval of 0 does not make the worker busy", "[rtc][observer]") {
  Meeting meeting(1);
  meeting.ObserveLevels({.intervalMs = 0});
  meeting.Speak(0, Seconds(10));
  CHECK(meeting.Reports().size() == 100);
}

// --- Dominant speaker ---

TEST_CASE("ObserverTest: the dominant speaker changes with the turn and not with a noise",
          "[rtc][observer]") {
  struct Part {
    std::size_t speaker;
    std::int64_t ms;
    std::uint8_t level = 25;
  };
  struct Row {
    const char* name;
    std::vector<Part> parts;
    std::vector<std::string> dominant;
  };
  const Row rows[] = {
      {"silence", {{0, 5000, kSilence}}, {}},
      {"one speaks, with pauses", {{0, 2000}, {0, 400, kSilence}, {0, 2000}}, {"0"}},
      {"a click is no speech", {{0, 1000, kSilence}, {1, 160, 10}, {0, 1000, kSilence}}, {}},
      {"turns without pauses", {{0, 2000}, {1, 2000}, {2, 2000}}, {"0", "1", "2"}},
      {"turns with pauses", {{0, 2000}, {1, 500, kSilence}, {1, 1000}, {0, 2000}}, {"0", "1", "0"}},
      {"a remark in a pause", {{0, 2000}, {1, 360}, {0, 2000}}, {"0"}},
      {"a louder remark", {{0, 2000, 40}, {1, 360, 5}, {0, 2000, 40}}, {"0"}},
      {"a quieter turn", {{0, 2000, 10}, {1, 1000, 45}}, {"0", "1"}},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Meeting meeting(3);
    meeting.ObserveSpeakers();
    for (const auto& part : row.parts) meeting.Speak(part.speaker, Milliseconds(part.ms), part.level);
    CHECK(meeting.Dominant() == row.dominant);
  }
}

TEST_CASE("ObserverTest: two who speak at the same time do not take turns", "[rtc][observer]") {
  Meeting meeting(2);
  meeting.ObserveSpeakers();
  meeting.Speak(0, Seconds(1));
  for (int i = 0; i < 500; ++i) meeting.Step({25, 20});
  CHECK(meeting.Dominant() == std::vector<std::string>{"0"});
}

TEST_CASE("ObserverTest: the interval is the shortest time between changes", "[rtc][observer]") {
  Meeting meeting(2);
  meeting.ObserveSpeakers(3000);
  for (int i = 0; i < 12; ++i) meeting.Speak(static_cast<std::size_t>(i % 2), Seconds(1));
  CHECK(meeting.Dominant().size() == 4);
}

TEST_CASE("ObserverTest: a speaker who leaves is not dominant any more", "[rtc][observer]") {
  Meeting meeting(2);
  meeting.ObserveSpeakers();
  SECTION("the producer closes") {
    meeting.Speak(0, Seconds(1));
    REQUIRE(meeting.sim.Transport("transport-0").CloseProducer("0").Ok());
    meeting.Speak(1, Milliseconds(300));
  }
  SECTION("the producer is paused") {
    meeting.Speak(0, Seconds(1));
    meeting.sim.Producer("0").Pause();
    for (int i = 0; i < 15; ++i) meeting.Step({25, 25});
  }
  CHECK(meeting.Dominant() == std::vector<std::string>{"0", "1"});
}

TEST_CASE("ObserverTest: arms no timer while only the dominant speaker is active", "[rtc][observer]") {
  Meeting meeting(8);
  meeting.ObserveSpeakers();
  meeting.Speak(0, Seconds(2));
  const auto timers = meeting.sim.timers.Size();
  meeting.Speak(0, Seconds(2));
  CHECK(meeting.sim.timers.Size() == timers);
  meeting.Observer().Pause();
  CHECK(meeting.sim.timers.Size() == timers);
}

TEST_CASE("ObserverTest: follows a recorded meeting as a listener would", "[rtc][observer]") {
  // See test/meeting/record.
  struct Turn {
    std::int64_t start = 0, end = 0;
    std::string speaker;
  };
  std::vector<Turn> turns;
  std::vector<std::string> levels;
  std::ifstream file(SourceRoot() / "test" / "meeting" / "levels.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind, voice;
    words >> kind;
    if (kind == "turn") {
      auto& turn = turns.emplace_back();
      words >> turn.start >> turn.end >> turn.speaker;
    } else {
      words >> voice >> levels.emplace_back();
    }
  }
  REQUIRE(turns.size() == 16);
  REQUIRE(levels.size() == 8);

  for (const auto intervalMs : std::to_array<std::uint16_t>({100, 300, 1000})) {
    Meeting meeting(levels.size());
    meeting.ObserveSpeakers(intervalMs);
    std::vector<std::pair<std::int64_t, std::string>> changes;
    for (std::size_t slot = 0; 2 * slot < levels[0].size(); ++slot) {
      std::vector<std::optional<std::uint8_t>> step;
      for (const auto& voice : levels)
        step.emplace_back(static_cast<std::uint8_t>(std::stoi(voice.substr(2 * slot, 2), nullptr, 16)));
      meeting.Step(step);
      // A step's samples end with it.
      while (changes.size() < meeting.Dominant().size())
        changes.emplace_back((static_cast<std::int64_t>(slot) + 1) * 20, meeting.Dominant()[changes.size()]);
    }
    INFO("interval " << intervalMs);
    std::string text;
    for (const auto& [at, speaker] : changes) text += std::to_string(at) + ":" + speaker + " ";
    INFO(text);
    REQUIRE(changes.size() == turns.size());
    for (std::size_t i = 0; i < turns.size(); ++i) {
      CHECK(changes[i].second == turns[i].speaker);
      CHECK(changes[i].first > turns[i].start);
      CHECK(changes[i].first <= turns[i].start + 500);
    }
  }
}

}  // namespace ringcast::test
