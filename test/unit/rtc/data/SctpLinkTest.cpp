#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/data/DataBudget.hpp"
#include "ringcast/rtc/data/SctpLink.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

// Data over the SCTP associations of transports.
namespace ringcast::test {

namespace {

using Ids = std::vector<std::string>;

// Routers "near" and "far" with a direct transport each, and a pipe with SCTP between them.
class Pipes {
 public:
  Pipes() {
    for (const auto* router : {"near", "far"}) {
      sim.AddRouter(router);
      rtc::TransportOptions direct;
      direct.maxReceiveMessageSize = direct.maxSendMessageSize = kMessageSize;
      REQUIRE(Router(router).CreateDirectTransport(std::string("direct-") + router, direct).Ok());
      rtc::PipeTransportOptions options;
      options.base.enableSctp = true;
      options.base.maxReceiveMessageSize = options.base.maxSendMessageSize = kMessageSize;
      options.base.sctpSendBufferSize = 1'000'000;
      options.listenInfo.ip = "127.0.0.1";
      REQUIRE(Router(router).CreatePipeTransport(std::string("pipe-") + router, options).Ok());
    }
    for (const auto& [from, to] : {std::pair("pipe-near", "pipe-far"), std::pair("pipe-far", "pipe-near")}) {
      const auto tuple = Tuple(to);
      REQUIRE(sim.Pipe(from).Connect({.ip = tuple.localAddress, .port = tuple.localPort}, sim.now).Ok());
    }
    // From a producer at the near end to consumers at the far end.
    const rtc::SctpStreamParameters stream{.streamId = 3};
    REQUIRE(sim.Transport("direct-near")
                .Data()
                .Produce({.dataProducerId = "source", .type = rtc::DataType::kDirect})
                .Ok());
    REQUIRE(sim.Transport("pipe-near")
                .Data()
                .Consume({.dataConsumerId = "into", .dataProducerId = "source", .stream = stream})
                .Ok());
    REQUIRE(sim.Transport("pipe-far").Data().Produce({.dataProducerId = "out", .stream = stream}).Ok());
    Consume("all", {});
    Run(Seconds(1));
    REQUIRE(sim.Transport("pipe-far").Stats(sim.now).sctpState == sctp::State::kConnected);
  }

  void Consume(const std::string& id, std::vector<std::uint16_t> subchannels) {
    const rtc::ConsumeDataOptions options{.dataConsumerId = id,
                                          .dataProducerId = "out",
                                          .type = rtc::DataType::kDirect,
                                          .subchannels = std::move(subchannels)};
    REQUIRE(sim.Transport("direct-far").Data().Consume(options).Ok());
  }
  Status Send(const std::string& text, rtc::DataMessage message = {}) {
    const auto bytes = Bytes(text);
    if (message.ppid == 0) message.ppid = 51;
    message.payload = bytes;
    return sim.worker.FindDataProducer("source")->Send(message, sim.now);
  }
  // `cut`: nothing arrives.
  void Run(Duration duration, bool cut = false) {
    for (const auto end = sim.now + duration; sim.now < end; sim.Advance(Milliseconds(1))) {
      sim.Advance(Duration::zero());
      for (const auto& datagram : sim.EndTurn()) {
        if (cut) continue;
        for (const auto& [from, to] :
             {std::pair("pipe-near", "pipe-far"), std::pair("pipe-far", "pipe-near")}) {
          if (AddressOf(to) == datagram.to) sim.Receive(to, AddressOf(from), datagram.bytes);
        }
      }
    }
  }
  Ids Receivers() {
    Ids ids;
    for (const auto& message : sim.notifier.messages) ids.push_back(message.id);
    sim.notifier.messages.clear();
    return ids;
  }
  rtc::Router& Router(const std::string& id) { return *sim.worker.FindRouter(id); }
  rtc::DataConsumer& Into() { return *sim.worker.FindDataConsumer("into"); }

  static constexpr std::uint32_t kMessageSize = 100'000;
  SimWorker sim;

 private:
  rtc::Tuple Tuple(const std::string& id) { return sim.Transport(id).Dump().pipe->tuple; }
  net::Address AddressOf(const std::string& id) {
    const auto tuple = Tuple(id);
    return *net::Address::Parse(tuple.localAddress, tuple.localPort);
  }
};

}  // namespace

TEST_CASE("SctpLinkTest: states and capabilities are notified, the latter first", "[rtc][data]") {
  Pipes pipes;
  auto& notifier = pipes.sim.notifier;
  REQUIRE(notifier.sctpCapabilities.size() == 2);
  for (const auto& [id, capabilities] : notifier.sctpCapabilities)
    CHECK(capabilities == rtc::SctpCapabilities{65'535, 65'535});
  REQUIRE(notifier.sctpStates.size() == 4);
  CHECK(notifier.sctpStates.back().second == sctp::State::kConnected);
  const auto dump = pipes.sim.Transport("pipe-near").Dump();
  CHECK(dump.sctp.state == sctp::State::kConnected);
  CHECK(dump.sctp.negotiated.outboundStreams == 65'535);
  CHECK(dump.dataConsumerIds == Ids{"into"});
}

TEST_CASE("SctpLinkTest: messages pass a pipe with their subchannels", "[rtc][data]") {
  Pipes pipes;
  pipes.Consume("a", {1, 5});
  pipes.Consume("b", {2, 5});
  struct Row {
    rtc::DataMessage message;
    Ids receivers;
  };
  // The last one has the PPID that marks messages with subchannels.
  const Row rows[] = {{{}, {"all", "a", "b"}},
                      {{.subchannels = {1}}, {"a"}},
                      {{.subchannels = {1, 2}}, {"a", "b"}},
                      {{.requiredSubchannel = 5}, {"a", "b"}},
                      {{.subchannels = {1, 2}, .ignoredSubchannel = 2}, {"a"}},
                      {{.ppid = 0x52435355}, {"all", "a", "b"}}};
  for (const auto& row : rows) {
    REQUIRE(pipes.Send("text", row.message).Ok());
    pipes.Run(Milliseconds(50));
    REQUIRE_FALSE(pipes.sim.notifier.messages.empty());
    CHECK(pipes.sim.notifier.messages[0].bytes == Bytes("text"));
    CHECK(pipes.sim.notifier.messages[0].ppid == (row.message.ppid == 0 ? 51 : row.message.ppid));
    CHECK(pipes.Receivers() == row.receivers);
  }
  // The consumer into the pipe has subchannels: it forwards what they admit, and ignores nothing itself.
  pipes.Into().SetSubchannels({1});
  REQUIRE(pipes.Send("x", {.subchannels = {2}}).Ok());
  REQUIRE(pipes.Send("x", {.ignoredSubchannel = 1}).Ok());
  pipes.Run(Milliseconds(50));
  CHECK(pipes.Receivers() == Ids{"all", "b"});
}

TEST_CASE("SctpLinkTest: a full send buffer is an error and a notification, never a silent loss",
          "[rtc][data]") {
  Pipes pipes;
  std::size_t sent = 0;
  pipes.Run(Milliseconds(10));
  for (; sent < 1000; ++sent) {
    if (!pipes.Into().Send({.ppid = 53, .payload = Bytes(std::string(10'000, 'x'))}, pipes.sim.now).Ok())
      break;
    (void)pipes.sim.EndTurn();  // nothing arrives
  }
  CHECK(sent >= 100);
  CHECK(sent < 120);
  CHECK(pipes.Into().BufferedAmount() <= 1'000'000);
  auto& events = pipes.sim.notifier.dataEvents;
  CHECK(std::count(events.begin(), events.end(), "full into") == 1);
  // A forwarded message that finds the buffer full is counted, too.
  REQUIRE(pipes.Send(std::string(10'000, 'y')).Ok());
  CHECK(std::count(events.begin(), events.end(), "full into") == 2);
  CHECK(pipes.sim.Transport("pipe-near").Traffic().drops[net::DropReason::kSendBufferFull] == 1);
  pipes.Run(Seconds(5));
  CHECK(pipes.Receivers().size() == sent);
  CHECK(pipes.Into().BufferedAmount() == 0);
}

TEST_CASE("SctpLinkTest: the packets of a loop iteration leave in GSO batches", "[rtc][data]") {
  Pipes pipes;
  const auto text = std::string(50'000, 'x');
  for (int i = 0; i < 10; ++i) {
    REQUIRE(pipes.Send(text).Ok());
    pipes.Run(Seconds(1));
  }
  REQUIRE(pipes.Receivers().size() == 10);
  // By now the congestion window admits most of the message at once.
  REQUIRE(pipes.Send(text).Ok());
  pipes.sim.Advance(Duration::zero());
  std::size_t most = 0;
  for (const auto& run : pipes.sim.sink.sent) most = std::max(most, run.segments.Count());
  CHECK(most >= 35);
  CHECK(pipes.sim.sink.sent.size() <= 3);
  pipes.Run(Seconds(1));
  CHECK(pipes.Receivers() == Ids{"all"});
}

TEST_CASE("SctpLinkTest: an association that fails leaves the transport working", "[rtc][data]") {
  Pipes pipes;
  REQUIRE(pipes.Send("lost").Ok());
  pipes.Run(Seconds(400), true);
  CHECK(pipes.sim.Transport("pipe-near").Stats(pipes.sim.now).sctpState == sctp::State::kFailed);
  CHECK(pipes.sim.Transport("pipe-near").Connected());
  REQUIRE(pipes.Send("too late").Ok());
  CHECK(pipes.sim.Transport("pipe-near").Traffic().drops[net::DropReason::kNoAssociation] == 1);
}

TEST_CASE("SctpLinkTest: the memory of all associations has one limit", "[rtc][data]") {
  rtc::DataBudget budget;
  rtc::DataBudget::Share a(budget), b(budget);
  CHECK(a.Limit() == rtc::DataBudget::kLimit);
  a.Set(rtc::DataBudget::kLimit);
  CHECK(a.Limit() == rtc::DataBudget::kLimit);
  CHECK(b.Limit() == rtc::DataBudget::kGuaranteed);
  a.Set(rtc::DataBudget::kLimit / 2);
  CHECK(b.Limit() == rtc::DataBudget::kLimit / 2);
  {
    rtc::DataBudget::Share c(budget);
    c.Set(1000);
    CHECK(budget.Used() == rtc::DataBudget::kLimit / 2 + 1000);
  }
  CHECK(budget.Used() == rtc::DataBudget::kLimit / 2);
}

}  // namespace ringcast::test
