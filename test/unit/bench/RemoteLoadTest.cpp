#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "bench/RemoteLoad.hpp"

using namespace ringcast;
using namespace ringcast::bench;

namespace {

// 28 bytes: key and salt of AEAD_AES_128_GCM.
constexpr std::string_view kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==";
constexpr std::string_view kShortKey = "AAECAw==";

FanoutOptions SmallRoom() { return {.producers = 2, .consumers = 3}; }

std::string Line(std::string_view start) { return std::string(start) + std::string(kKey); }

}  // namespace

TEST_CASE("RemoteLoadTest: fills the plan from the controller's lines", "[bench]") {
  const auto options = SmallRoom();
  LoadPlan plan;
  for (const auto& line : {std::string("producer 0 40000"), std::string("producer 1 65535"),
                           Line("senderKey "), Line("consumerKey 0 "), Line("consumerKey 2 ")}) {
    const auto go = ApplyLine(line, options, plan);
    REQUIRE(go);
    CHECK_FALSE(*go);
  }
  CHECK(plan.producerPorts[0] == 40000);
  CHECK(plan.producerPorts[1] == 65535);
  CHECK(plan.senderKey.data() == kKey);
  CHECK(plan.consumerKeys[2].data() == kKey);
  const auto go = ApplyLine("go", options, plan);
  REQUIRE(go);
  CHECK(*go);

  const auto status = CheckComplete(options, plan);
  REQUIRE_FALSE(status);
  CHECK_THAT(status.Failure().reason, Catch::Contains("consumer 1"));
  REQUIRE(ApplyLine(Line("consumerKey 1 "), options, plan));
  CHECK(CheckComplete(options, plan));
}

TEST_CASE("RemoteLoadTest: needs only ports for plain RTP", "[bench]") {
  auto options = SmallRoom();
  options.suite = std::nullopt;
  LoadPlan plan;
  REQUIRE(ApplyLine("producer 1 40000", options, plan));
  const auto status = CheckComplete(options, plan);
  REQUIRE_FALSE(status);
  CHECK_THAT(status.Failure().reason, Catch::Contains("producer 0"));
  REQUIRE(ApplyLine("producer 0 40001", options, plan));
  CHECK(CheckComplete(options, plan));
  CHECK_FALSE(ApplyLine(Line("senderKey "), options, plan));
}

TEST_CASE("RemoteLoadTest: omits decryption and latency when nothing returns", "[bench]") {
  auto options = SmallRoom();
  options.sink = net::Address::Parse("192.0.2.2", 0);
  LoadPlan plan;
  for (const auto& line : {std::string("producer 0 40000"), std::string("producer 1 40001")})
    REQUIRE(ApplyLine(line, options, plan));
  CHECK_FALSE(CheckComplete(options, plan));
  REQUIRE(ApplyLine(Line("senderKey "), options, plan));
  CHECK(CheckComplete(options, plan));
  CHECK(
      EndLine(options, {.sent = 10, .expected = 30, .lateBursts = 1, .loadCpu = 2000}) ==
      R"({"event": "end", "seconds": 5, "sent": 10, "expected": 30, "lateBursts": 1, "loadCpuMicros": 2.000})");
}

TEST_CASE("RemoteLoadTest: rejects an invalid line without changes", "[bench]") {
  const auto options = SmallRoom();
  const std::string lines[] = {"",
                               " ",
                               "go now",
                               "Go",
                               "stop",
                               "producer",
                               "producer 0",
                               "producer 2 40000",
                               "producer -1 40000",
                               "producer 0 0",
                               "producer 0 65536",
                               "producer 0 40000 ",
                               "producer  0 40000",
                               "producer 18446744073709551616 40000",
                               "senderKey",
                               "senderKey " + std::string(kShortKey),
                               Line("senderKey  "),
                               Line("consumerKey "),
                               Line("consumerKey 3 "),
                               "consumerKey 0 " + std::string(100, 'A')};
  LoadPlan plan;
  for (const auto& line : lines) {
    INFO(line);
    CHECK_FALSE(ApplyLine(line, options, plan));
  }
  CHECK(plan.producerPorts == LoadPlan{}.producerPorts);
  CHECK(plan.senderKey == LoadPlan{}.senderKey);
  CHECK(plan.consumerKeys == LoadPlan{}.consumerKeys);
}

TEST_CASE("RemoteLoadTest: prints ports and result as lines of JSON", "[bench]") {
  const auto options = SmallRoom();
  LoadPlan plan;
  plan.senderPorts = {1001, 1002};
  plan.receiverPorts = {2001, 2002, 2003};
  CHECK(ReadyLine(options, plan) ==
        R"({"event": "ready", "senderPorts": [1001, 1002], "receiverPorts": [2001, 2002, 2003]})");
  const auto end = EndLine(options, {.expected = 1000,
                                     .received = 999,
                                     .lateBursts = 4,
                                     .overflows = 1,
                                     .loadCpu = 2'500'000,
                                     .latency = {.p999 = 1'250'000},
                                     .video = {.expected = 800, .received = 799},
                                     .audio = {.expected = 200, .received = 200}});
  CHECK(end.find('\n') == std::string::npos);
  CHECK_THAT(end, Catch::Contains(R"("event": "end")") && Catch::Contains(R"("lossPercent": 0.100)") &&
                      Catch::Contains(R"("latencyP999Micros": 1250.000)") &&
                      Catch::Contains(R"("loadCpuMicros": 2500.000)") &&
                      Catch::Contains(R"("lateBursts": 4)") && Catch::Contains(R"("overflows": 1)") &&
                      Catch::Contains(R"("received": 799, "lossPercent": 0.125)") &&
                      Catch::Contains(R"("received": 200, "lossPercent": 0.000)"));
}
