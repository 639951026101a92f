#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "bench/ConnectOptions.hpp"
#include "bench/ConnectReport.hpp"
#include "bench/FloodOptions.hpp"
#include "bench/FloodReport.hpp"
#include "bench/LoadPlan.hpp"

using namespace ringcast;
using namespace ringcast::bench;

namespace {

using Arguments = std::vector<std::string_view>;

ConnectReport ReportOf(const ConnectResult& result, const ConnectOptions& options = {}) {
  ConnectReport report;
  report.options = options;
  for (std::size_t i = 0; i < kConnectParts; ++i) {
    report.parts[i].begin = {.anonymousKib = 1000, .descriptors = 20};
    report.parts[i].end = {.anonymousKib = 1100, .descriptors = 20, .connected = result.parts[i].connected};
  }
  report.TakeResult(result);
  return report;
}

FloodReport QuietFlood(FloodKind kind) {
  FloodReport report;
  report.options.kind = kind;
  report.result = {.sent = 750, .received = 750, .floodMicros = 5'000'000, .floodSize = 100};
  return report;
}

}  // namespace

TEST_CASE("ConnectTest: has documented defaults", "[bench]") {
  const auto options = ParseConnectOptions({});
  REQUIRE(options);
  CHECK(options->transports == 20);
  CHECK(options->atOnce == 500);
  CHECK(options->cycles == 20'000);
  CHECK_FALSE(options->tcp);
  CHECK_FALSE(options->json);
}

TEST_CASE("ConnectTest: sets the option of each argument and rejects wrong ones", "[bench]") {
  const Arguments arguments = {"--transports=3", "--atOnce",       "7",     "--cycles=0",
                               "--tcp",          "--tolerance=64", "--json"};
  const auto options = ParseConnectOptions(arguments);
  REQUIRE(options);
  CHECK(options->transports == 3);
  CHECK(options->atOnce == 7);
  CHECK(options->cycles == 0);
  CHECK(options->tolerance == 64);
  CHECK(options->tcp);
  CHECK(options->json);

  struct Row {
    Arguments arguments;
    std::string_view says;
  };
  const Row rows[] = {{{"--transports=10001"}, "10001"},
                      {{"--atOnce=2001"}, "2001"},
                      {{"--cycles=-1"}, "-1"},
                      {{"--tcp=1"}, "--tcp"},
                      {{"--seconds=5"}, "--seconds"},
                      {{"--transports=0", "--atOnce=0", "--cycles=0"}, "nothing to measure"}};
  for (const auto& row : rows) {
    const auto refused = ParseConnectOptions(row.arguments);
    REQUIRE_FALSE(refused);
    CHECK(refused.Failure().reason.find(row.says) != std::string::npos);
  }
}

TEST_CASE("ConnectTest: computes median, 90th percentile and maximum of the setup times", "[bench]") {
  const auto result = std::make_unique<ConnectResult>();
  result->Of(ConnectPart::kSetUps).connected = 10;
  for (std::uint32_t i = 0; i < 10; ++i) result->setUps[i] = 1000 - i * 100;
  const auto report = ReportOf(*result);
  const auto& setUps = report.Of(ConnectPart::kSetUps);
  CHECK(setUps.Micros(0.5) == 500);
  CHECK(setUps.Micros(0.9) == 900);
  CHECK(setUps.Micros(1) == 1000);
  CHECK(report.Of(ConnectPart::kAtOnce).Micros(0.5) == 0);
  CHECK(report.Fault().empty());
}

TEST_CASE("ConnectTest: fails when a transport fails or leaves something behind", "[bench]") {
  const auto result = std::make_unique<ConnectResult>();
  result->Of(ConnectPart::kCycles).connected = 100;
  CHECK(ReportOf(*result).Fault().empty());

  auto report = ReportOf(*result);
  ++report.parts[static_cast<std::size_t>(ConnectPart::kCycles)].end.descriptors;
  CHECK(report.Fault().find("20 descriptors were open before the cycles and 21 after") != std::string::npos);

  report = ReportOf(*result);
  --report.parts[static_cast<std::size_t>(ConnectPart::kCycles)].end.connected;
  CHECK(report.Fault().find("the worker connected 99") != std::string::npos);

  result->Of(ConnectPart::kAtOnce).failed = 2;
  StoreText(result->firstFailure, "timeout");
  CHECK(ReportOf(*result).Fault().find("2 of 2 transports were not connected; the first: timeout") !=
        std::string::npos);
}

TEST_CASE("ConnectTest: parses each kind of flood", "[bench]") {
  auto options = ParseFloodOptions({});
  REQUIRE(options);
  CHECK(options->kind == FloodKind::kGarbage);
  CHECK(options->rate == 50'000);
  CHECK(options->seconds == 5);
  for (const auto kind : kFloodKinds) {
    const std::string argument = "--kind=" + std::string(Name(kind));
    const Arguments arguments = {argument, "--rate=100", "--seconds=2", "--receiveBuffer=4096", "--json"};
    options = ParseFloodOptions(arguments);
    REQUIRE(options);
    CHECK(options->kind == kind);
    CHECK(options->rate == 100);
    CHECK(options->seconds == 2);
    CHECK(options->receiveBuffer == 4096);
    CHECK(options->json);
  }
  for (const std::string_view wrong : {"--kind=rain", "--rate=0", "--rate=1000001", "--seconds=0", "--tcp"}) {
    const Arguments arguments = {wrong};
    CHECK_FALSE(ParseFloodOptions(arguments));
  }
}

TEST_CASE("ConnectTest: fails a flood on loss, amplification or too many log lines", "[bench]") {
  CHECK(QuietFlood(FloodKind::kStun).Fault().empty());

  auto report = QuietFlood(FloodKind::kStun);
  report.result.received = 749;
  CHECK(report.Fault().find("lost 1 of 750") != std::string::npos);

  report = QuietFlood(FloodKind::kStun);
  report.result.answers = report.AnswerLimit();
  CHECK(report.AnswerLimit() == 601);  // 100 at once and 100/s
  CHECK(report.Fault().empty());
  ++report.result.answers;
  CHECK(report.Fault().find("602 answers") != std::string::npos);

  for (const auto kind : {FloodKind::kGarbage, FloodKind::kHello}) {
    report = QuietFlood(kind);
    report.result.answers = 1;
    CHECK_FALSE(report.Fault().empty());
  }

  report = QuietFlood(FloodKind::kStun);
  report.result.largestAnswer = 101;
  CHECK_FALSE(report.Fault().empty());

  report = QuietFlood(FloodKind::kGarbage);
  report.end.logLines = report.LogLimit() + 1;
  CHECK_FALSE(report.Fault().empty());
}
