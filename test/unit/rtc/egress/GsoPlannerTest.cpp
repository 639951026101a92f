#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/rtc/egress/GsoPlanner.hpp"

using namespace ringcast;
using rtc::GsoPlanner;

namespace {

using Sizes = std::vector<std::uint32_t>;

struct Input {
  bool video = true;
  Sizes sizes;
};

struct Plan {
  GsoPlanner plan;
  Sizes sizes;
  std::vector<GsoPlanner::Stream> streams;
};

Plan Make(const std::vector<Input>& inputs) {
  Plan out;
  for (const auto& input : inputs) {
    const auto first = static_cast<std::uint32_t>(out.sizes.size());
    out.sizes.insert(out.sizes.end(), input.sizes.begin(), input.sizes.end());
    out.streams.push_back({first, static_cast<std::uint32_t>(out.sizes.size()), input.video});
  }
  out.plan.Plan(out.sizes, out.streams);
  return out;
}

std::vector<Sizes> Batches(const Plan& made) {
  std::vector<Sizes> out;
  for (const auto& batch : made.plan.Batches()) {
    auto& sizes = out.emplace_back();
    for (auto i = batch.first; i < batch.last; ++i) sizes.push_back(made.sizes[made.plan.Order()[i]]);
  }
  return out;
}

}  // namespace

TEST_CASE("GsoPlannerTest: makes batches as long as sizes, order and limits allow", "[rtc]") {
  struct Row {
    std::string what;
    std::vector<Input> inputs;
    std::vector<Sizes> batches;
  };
  const Row rows[] = {
      {"nothing", {}, {}},
      {"a stream without packets", {{true, {}}}, {}},
      {"one frame of a browser", {{true, {964, 964, 964, 964, 965}}}, {{964, 964, 964, 964}, {965}}},
      {"a shorter last one", {{true, {964, 964, 300}}}, {{964, 964, 300}}},
      {"audio goes before video, whatever their sizes", {{true, {100}}, {false, {100}}}, {{100}, {100}}},
      {"streams of one size leave together", {{true, {500, 500}}, {true, {500}}}, {{500, 500, 500}}},
      {"the larger one of a frame takes the smaller ones of others along",
       {{true, {964, 964, 965}}, {true, {500}}},
       {{964, 964, 500}, {965}}},
      {"single packets of many sizes leave in pairs",
       {{false, {90}}, {false, {120}}, {false, {95}}, {false, {110}}},
       {{120, 110}, {95, 90}}},
      {"a shorter packet that begins a batch of its own stays with it",
       {{true, {900, 900}}, {true, {400, 400}}},
       {{900, 900}, {400, 400}}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(Batches(Make(row.inputs)) == row.batches);
  }
}

TEST_CASE("GsoPlannerTest: plans each packet once, each stream in order, audio first, in valid batches",
          "[rtc]") {
  SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Input> inputs;
    // Some rounds have more streams than the planner mixes.
    const std::size_t streams = random.U32() % (round % 50 == 0 ? 2 * GsoPlanner::kMaxMixed : 6);
    for (std::size_t s = 0; s < streams; ++s) {
      Input input{.video = random.U32() % 2 == 0, .sizes = {}};
      const std::uint32_t base = 50 + random.U32() % 1300;
      const std::uint32_t count = random.U32() % (round % 10 == 0 ? 150 : 8);
      for (std::uint32_t i = 0; i < count; ++i) input.sizes.push_back(base + random.U32() % 3 / 2);
      inputs.push_back(input);
    }
    const auto made = Make(inputs);
    const auto& order = made.plan.Order();

    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint32_t> all(made.sizes.size());
    std::iota(all.begin(), all.end(), 0U);
    REQUIRE(sorted == all);

    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    std::size_t lastAudio = 0;
    std::size_t firstVideo = order.size();
    for (const auto& stream : made.streams) {
      for (auto i = stream.first; i < stream.last; ++i) {
        if (i > stream.first) REQUIRE(place[i] > place[i - 1]);
        if (stream.video) firstVideo = std::min(firstVideo, place[i]);
        if (!stream.video) lastAudio = std::max(lastAudio, place[i] + 1);
      }
    }
    REQUIRE(lastAudio <= firstVideo);

    std::uint32_t next = 0;
    for (const auto& batch : Batches(made)) {
      REQUIRE_FALSE(batch.empty());
      REQUIRE(batch.size() <= net::kMaxSegments);
      REQUIRE(std::accumulate(batch.begin(), batch.end(), std::size_t{0}) <= net::kMaxRunBytes);
      for (std::size_t i = 1; i < batch.size(); ++i) {
        if (i + 1 < batch.size()) REQUIRE(batch[i] == batch[0]);
        REQUIRE(batch[i] <= batch[0]);
      }
      next += static_cast<std::uint32_t>(batch.size());
    }
    REQUIRE(next == order.size());
  }
}
