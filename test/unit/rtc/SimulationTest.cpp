#include <cstdlib>
#include <iostream>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/SimRoom.hpp"

// Rooms in simulated time. RINGCAST_SIM_SEED replaces the default seed; each test prints its seed when it
// fails.
namespace ringcast::test {

namespace {

std::uint64_t Seed(std::uint64_t usual) {
  const char* wanted = std::getenv("RINGCAST_SIM_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual;
}

std::string Lines(const std::vector<std::string>& texts) {
  std::string lines;
  for (const auto& text : texts) lines += text + "\n";
  return lines;
}

// Network paths of viewers, from good to bad.
SimRoom::Path PathOf(SeededRandom& random) {
  LinkConditions down{.delay = Milliseconds(5 + random.U16() % 60)};
  LinkConditions up = down;
  switch (random.U16() % 5) {
    case 0:  // a good path
      break;
    case 1:
      down.loss = up.loss = 0.01;
      down.jitter = up.jitter = Milliseconds(10);
      break;
    case 2:
      down.loss = up.loss = 0.05;
      down.reorder = 0.02;
      down.duplicate = 0.01;
      break;
    case 3:  // loss bursts of 5 datagrams, 1 % of the time
      down.goodToBad = up.goodToBad = 0.002;
      down.badToGood = up.badToGood = 0.2;
      break;
    default:  // a bottleneck just wide enough for the highest layer
      down.rate = DataRate(1'500'000);
      down.queueBytes = 60'000;
      down.jitter = Milliseconds(5);
      break;
  }
  return {up, down};
}

// A room of publishers and viewers; the viewers perform random actions.
class Crowd {
 public:
  enum class Viewers : std::uint8_t { kAllPlain, kSomeSecure };
  Crowd(std::uint64_t seed, std::size_t viewers, Viewers kinds = Viewers::kSomeSecure)
      : random_(seed), room_(seed), viewers_(viewers), kinds_(kinds) {
    const SimRoom::Path lossy{
        {.delay = Milliseconds(20), .jitter = Milliseconds(5), .loss = 0.01, .reorder = 0.01},
        {.delay = Milliseconds(20), .loss = 0.01}};
    SimVideoSettings simulcast;
    cameras_.push_back(room_.PublishVideo(simulcast, lossy, Milliseconds(500)));
    SimVideoSettings svc;
    svc.structure = SimStructure::kVp9Key;
    cameras_.push_back(room_.PublishVideo(svc, lossy, Milliseconds(500)));
    microphone_ = room_.PublishAudio(lossy);
  }

  // All of them start within two seconds.
  void Enter() {
    for (std::size_t i = 0; i < viewers_; ++i) {
      Join(i % 25 == 0);
      room_.Run(Milliseconds(2000 / static_cast<std::int64_t>(viewers_)));
    }
  }

  void Step(Duration step) {
    room_.Run(step);
    for (std::size_t i = 0; i < room_.Subscriptions().size(); ++i) {
      const auto& one = room_.Subscriptions()[i];
      if (one.consumer.empty() || room_.Now() < actionAt_[i]) continue;
      if (!one.paused) CheckLayers(i);
      Act(i);
      actionAt_[i] = room_.Now() + Milliseconds(2000 + random_.U16() % 6000);
    }
  }

  SimRoom& Room() { return room_; }
  std::uint64_t changes = 0, pauses = 0, departures = 0, layersChecked = 0;
  std::vector<std::string> wrongLayers;

 private:
  void Join(bool secure) {
    const auto path = PathOf(random_);
    const auto viewer = room_.AddViewer(path, secure && kinds_ == Viewers::kSomeSecure);
    narrow_.resize(viewer + 1);
    narrow_[viewer] = path.fromWorker.rate.has_value();
    room_.Consume(viewer, microphone_);
    room_.Consume(viewer, cameras_[random_.U16() % cameras_.size()]);
    while (actionAt_.size() < room_.Subscriptions().size())
      actionAt_.push_back(room_.Now() + Milliseconds(1000 + random_.U16() % 6000));
  }

  void Act(std::size_t subscription) {
    const auto& one = room_.Subscriptions()[subscription];
    const auto dice = random_.U16() % 100;
    if (one.paused) {
      room_.Resume(subscription);
    } else if (dice < 3) {
      ++departures;
      room_.RemoveViewer(one.viewer);
      Join(dice == 0);
    } else if (dice < 13) {
      ++pauses;
      room_.Pause(subscription);
    } else if (one.publisher != microphone_) {
      ++changes;
      room_.SetPreferredLayers(subscription, {.spatialLayer = static_cast<std::uint8_t>(random_.U16() % 3),
                                              .temporalLayer = static_cast<std::uint8_t>(random_.U16() % 3)});
    }
  }

  // Checks that the receiver gets the layer that it requested, once the request is long enough ago.
  void CheckLayers(std::size_t subscription) {
    const auto& one = room_.Subscriptions()[subscription];
    const auto& decoder = one.receiver.Decoder();
    if (!one.preferred || room_.Now() - one.lastChange < Seconds(4) || decoder.WaitsForKeyFrame()) return;
    ++layersChecked;
    if (decoder.Layer() == one.preferred->spatialLayer) return;
    wrongLayers.push_back("subscription " + std::to_string(subscription) + " wanted layer " +
                          std::to_string(one.preferred->spatialLayer) + " and got " +
                          std::to_string(decoder.Layer().value_or(9)));
  }

  SeededRandom random_;
  SimRoom room_;
  std::size_t viewers_;
  Viewers kinds_;
  std::vector<std::size_t> cameras_;
  std::size_t microphone_ = 0;
  std::vector<Instant> actionAt_;  // time of the next action, by subscription
  std::vector<bool> narrow_;
};

struct Sums {
  explicit Sums(const SimRoom& room) {
    for (const auto& one : room.Subscriptions()) {
      const auto& receiver = one.receiver.Counted();
      const auto& decoder = one.receiver.Decoder().Counted();
      packets += receiver.packets;
      repaired += receiver.repaired;
      givenUp += receiver.givenUp;
      pictures += decoder.pictures;
      encodingChanges += decoder.encodingChanges;
      layerChanges += decoder.layerChanges;
      cutPictures += decoder.cutPictures;
      largestSkew = std::max(largestSkew, decoder.largestSkew);
      if (one.monitor) holes += one.monitor->Counted().holes;
    }
  }
  std::uint64_t packets = 0, repaired = 0, givenUp = 0, pictures = 0, encodingChanges = 0, layerChanges = 0,
                cutPictures = 0, holes = 0;
  Duration largestSkew{};
};

std::ostream& operator<<(std::ostream& out, const Sums& sums) {
  return out << sums.packets << " packets, " << sums.repaired << " repaired, " << sums.givenUp
             << " given up, " << sums.holes << " holes from the input, " << sums.pictures << " pictures, "
             << sums.encodingChanges << " changes of encoding, " << sums.layerChanges << " of spatial layer, "
             << sums.cutPictures << " pictures cut by a change, largest skew at a change "
             << ToMilliseconds(sums.largestSkew) << " ms";
}

void Simulate(std::uint64_t seed, std::size_t viewers, Duration duration) {
  INFO("RINGCAST_SIM_SEED=" << seed);
  Crowd crowd(seed, viewers);
  crowd.Enter();
  constexpr Duration kStep = Milliseconds(200);
  for (Duration passed{}; passed < duration; passed += kStep) {
    crowd.Step(kStep);
    // Stops at the first fault, which causes the others.
    const auto faults = crowd.Room().Faults();
    if (!faults.empty()) {
      INFO("after " << ToMilliseconds(passed) << " ms");
      FAIL(Lines(faults));
    }
  }
  crowd.Room().Finish();
  CHECK(Lines(crowd.Room().Faults()) == "");
  CHECK(Lines(crowd.wrongLayers) == "");
  const Sums sums(crowd.Room());
  INFO(sums);
  CHECK(sums.pictures > 0);
  if (duration > Seconds(60)) {
    std::cout << "seed " << seed << ": " << sums << "; " << crowd.changes << " requests for layers, "
              << crowd.layersChecked << " checked, " << crowd.pauses << " pauses, " << crowd.departures
              << " departures, " << crowd.Room().PacketsHeldAtMost() << " packets held at most\n";
  }
}

// Ten viewers of one camera request other layers, `switches` times in total, over loss and reordering on both
// sides.
void SwitchLayers(std::uint64_t seed, const SimVideoSettings& settings, std::size_t switches) {
  INFO("RINGCAST_SIM_SEED=" << seed << ", structure " << static_cast<int>(settings.structure));
  constexpr LinkConditions kRough{.delay = Milliseconds(30),
                                  .jitter = Milliseconds(10),
                                  .loss = 0.05,
                                  .reorder = 0.02,
                                  .duplicate = 0.01};
  SimRoom room(seed);
  SeededRandom random(seed);
  const auto camera = room.PublishVideo(settings, {kRough, kRough});
  struct Viewer {
    std::size_t subscription;
    Instant next;
  };
  std::vector<Viewer> viewers;
  const auto begun = room.Now();
  for (int i = 0; i < 10; ++i)
    viewers.push_back({room.Consume(room.AddViewer({kRough, kRough}), camera), room.Now() + Seconds(2)});
  while (switches > 0) {
    room.Run(Milliseconds(50));
    for (auto& viewer : viewers) {
      if (switches == 0 || room.Now() < viewer.next) continue;
      --switches;
      viewer.next = room.Now() + Milliseconds(300 + random.U16() % 2200);
      room.SetPreferredLayers(viewer.subscription,
                              {.spatialLayer = static_cast<std::uint8_t>(random.U16() % 3),
                               .temporalLayer = static_cast<std::uint8_t>(random.U16() % 3)});
    }
    const auto faults = room.Faults();
    if (!faults.empty()) FAIL(Lines(faults));
  }
  room.Run(Seconds(3));
  room.Finish();
  const Sums sums(room);
  INFO(sums);
  if (room.Now() - begun > Seconds(200)) std::cout << "seed " << seed << ": " << sums << "\n";
  CHECK(Lines(room.Faults()) == "");
  for (const auto& viewer : viewers) {
    const auto& one = room.Subscriptions()[viewer.subscription];
    CHECK(one.receiver.Decoder().Layer() == one.preferred->spatialLayer);
  }
}

SimVideoSettings Structure(SimStructure structure, bool flexible = false, std::uint32_t layerRefresh = 0) {
  SimVideoSettings settings;
  settings.structure = structure;
  settings.flexible = flexible;
  settings.layerRefresh = layerRefresh;
  return settings;
}

void SwitchSpatialLayers(std::uint64_t seed, std::size_t switches) {
  SwitchLayers(seed, Structure(SimStructure::kVp9Key), switches / 4);
  SwitchLayers(seed, Structure(SimStructure::kVp9Key, true), switches / 4);
  SwitchLayers(seed, Structure(SimStructure::kVp9Full), switches / 4);
  SwitchLayers(seed, Structure(SimStructure::kVp9Full, true, 40), switches / 4);
}

}  // namespace

TEST_CASE("SimulationTest: delivers a simple stream that all receivers decode", "[simulation]") {
  SimRoom room(1);
  SimVideoSettings settings;
  settings.layers = 1;
  settings.temporalLayers = 1;
  const auto camera = room.PublishVideo(settings, {{.delay = Milliseconds(20)}, {.delay = Milliseconds(20)}});
  const auto microphone = room.PublishAudio({{.delay = Milliseconds(20)}, {}});
  for (int i = 0; i < 5; ++i) {
    const auto viewer = room.AddViewer({{.delay = Milliseconds(30)}, {.delay = Milliseconds(30)}}, i == 0);
    room.Consume(viewer, camera);
    room.Consume(viewer, microphone);
  }
  room.Run(Seconds(10));
  room.Finish();
  CHECK(Lines(room.Faults()) == "");
  for (const auto& subscription : room.Subscriptions()) {
    const auto& decoded = subscription.receiver.Decoder().Counted();
    CHECK(decoded.pictures >= (subscription.publisher == camera ? 195 : 490));
    CHECK(decoded.freezes == 0);
  }
}

TEST_CASE("SimulationTest: repairs losses on paths of 5 to 20 % loss", "[simulation]") {
  for (const double loss : {0.05, 0.1, 0.2}) {
    SimRoom room(7);
    SimVideoSettings settings;
    settings.layers = 1;
    const auto camera =
        room.PublishVideo(settings, {{.delay = Milliseconds(20)}, {.delay = Milliseconds(20)}});
    for (int i = 0; i < 4; ++i) {
      const LinkConditions lossy{.delay = Milliseconds(30), .loss = loss};
      room.Consume(room.AddViewer({lossy, lossy}, i == 0), camera);
    }
    room.Run(Seconds(20));
    room.Finish();
    CHECK(Lines(room.Faults()) == "");
    for (const auto& subscription : room.Subscriptions()) {
      const auto& counted = subscription.receiver.Counted();
      CAPTURE(loss, counted.packets, counted.repaired, counted.nacked, counted.givenUp,
              ToMilliseconds(counted.longestRepair));
      CHECK(counted.repaired > 0);
      CHECK(counted.givenUp * 200 <= counted.packets);
    }
  }
}

TEST_CASE("SimulationTest: repeats a simulation with the same seed and changes it with another",
          "[simulation]") {
  const auto digest = [](std::uint64_t seed) {
    Crowd crowd(seed, 10);
    crowd.Enter();
    for (int i = 0; i < 20; ++i) crowd.Step(Milliseconds(200));
    std::ostringstream text;
    text << Sums(crowd.Room());
    return text.str();
  };
  const auto first = digest(1);
  CHECK(digest(1) == first);
  CHECK(digest(2) != first);
}

TEST_CASE("SimulationTest: handles random actions of viewers without a fault", "[simulation]") {
  Simulate(Seed(5), 20, Seconds(20));
}

TEST_CASE(
    "SimulationTest: switches encodings a thousand times over loss and reordering without a decoder error",
    "[simulation]") {
  SwitchLayers(Seed(6), Structure(SimStructure::kVp8Simulcast), 1000);
}

TEST_CASE(
    "SimulationTest: switches spatial layers a thousand times over loss and reordering without a decoder "
    "error",
    "[simulation]") {
  SwitchSpatialLayers(Seed(6), 1000);
}

TEST_CASE(
    "SimulationTest: switches encodings ten thousand times over loss and reordering without a decoder error",
    "[.long]") {
  SwitchLayers(Seed(6), Structure(SimStructure::kVp8Simulcast), 10000);
}

TEST_CASE(
    "SimulationTest: switches spatial layers ten thousand times over loss and reordering without a decoder "
    "error",
    "[.long]") {
  SwitchSpatialLayers(Seed(6), 10000);
}

// DTLS uses its own random numbers, so all viewers use plain transports.
TEST_CASE("SimulationTest: prints a hash of all datagrams that the worker sends in two minutes", "[.hash]") {
  const auto seed = Seed(1);
  Crowd crowd(seed, 40, Crowd::Viewers::kAllPlain);
  crowd.Enter();
  for (int i = 0; i < 600; ++i) crowd.Step(Milliseconds(200));
  CHECK(Lines(crowd.Room().Faults()) == "");
  const Sums sums(crowd.Room());
  CHECK(sums.pictures > 0);
  std::cout << "seed " << seed << ": " << std::hex << crowd.Room().OutputHash() << std::dec << ", " << sums
            << "\n";
}

TEST_CASE("SimulationTest: simulates 200 consumers for ten minutes without a fault", "[.long]") {
  Simulate(Seed(5), 100, Seconds(600));
}

}  // namespace ringcast::test
