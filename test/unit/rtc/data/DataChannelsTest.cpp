#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

// Data producers and data consumers of direct transports.
namespace ringcast::test {

namespace {

using Subchannels = std::vector<std::uint16_t>;

class DataRoom {
 public:
  DataRoom() {
    sim.AddRouter("room");
    rtc::TransportOptions options;
    options.maxReceiveMessageSize = 100;
    options.maxSendMessageSize = 50;
    REQUIRE(sim.worker.FindRouter("room")->CreateDirectTransport("direct", options).Ok());
    REQUIRE(Data().Produce(Producer("producer")).Ok());
  }
  rtc::DataChannels& Data() { return sim.Transport("direct").Data(); }
  static rtc::ProduceDataOptions Producer(const std::string& id) {
    return {.dataProducerId = id, .type = rtc::DataType::kDirect, .label = "chat", .protocol = "json"};
  }
  static rtc::ConsumeDataOptions Consumer(const std::string& id, Subchannels subchannels = {}) {
    return {.dataConsumerId = id,
            .dataProducerId = "producer",
            .type = rtc::DataType::kDirect,
            .subchannels = std::move(subchannels)};
  }
  void Consume(const std::string& id, Subchannels subchannels = {}) {
    const auto options = Consumer(id, std::move(subchannels));
    REQUIRE(Data().Consume(options).Ok());
  }
  rtc::DataProducer& Source() { return *sim.worker.FindDataProducer("producer"); }
  rtc::DataConsumer& ConsumerOf(const std::string& id) { return *sim.worker.FindDataConsumer(id); }
  Status Send(const std::string& text, const rtc::DataMessage& message = {}) {
    const auto bytes = Bytes(text);
    auto copy = message;
    copy.ppid = 51;
    copy.payload = bytes;
    return Source().Send(copy, sim.now);
  }
  // Returns the consumers that received a message since the last call.
  std::vector<std::string> Receivers() {
    std::vector<std::string> ids;
    for (const auto& message : sim.notifier.messages) ids.push_back(message.id);
    sim.notifier.messages.clear();
    return ids;
  }

  SimWorker sim;
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("DataChannelsTest: subchannels select the consumers of a message", "[rtc][data]") {
  DataRoom room;
  room.Consume("all");
  room.Consume("a", {1, 11, 666});
  room.Consume("b", {2, 22, 666});
  struct Row {
    Subchannels subchannels;
    std::optional<std::uint16_t> required, ignored;
    Ids receivers;
  };
  for (const Row& row :
       {Row{{}, {}, {}, {"all", "a", "b"}}, Row{{1}, {}, {}, {"a"}}, Row{{1, 2}, {}, {}, {"a", "b"}},
        Row{{3}, {}, {}, {}}, Row{{}, 666, {}, {"a", "b"}}, Row{{11}, 1, {}, {"a"}}, Row{{11}, 2, {}, {}},
        Row{{666}, {}, 22, {"a"}}, Row{{}, {}, 1, {"all", "b"}}, Row{{666}, 666, 666, {}}}) {
    REQUIRE(room.Send("text", {.subchannels = row.subchannels,
                               .requiredSubchannel = row.required,
                               .ignoredSubchannel = row.ignored})
                .Ok());
    CHECK(room.Receivers() == row.receivers);
  }
}

TEST_CASE("DataChannelsTest: subchannels are a set that can change", "[rtc][data]") {
  DataRoom room;
  room.Consume("a", {5, 1, 5, 65'535, 0});
  auto& consumer = room.ConsumerOf("a");
  CHECK(consumer.Dump().options.subchannels == Subchannels{0, 1, 5, 65'535});
  CHECK(consumer.AddSubchannel(3) == Subchannels{0, 1, 3, 5, 65'535});
  CHECK(consumer.AddSubchannel(3) == Subchannels{0, 1, 3, 5, 65'535});
  CHECK(consumer.RemoveSubchannel(2) == Subchannels{0, 1, 3, 5, 65'535});
  CHECK(consumer.RemoveSubchannel(0) == Subchannels{1, 3, 5, 65'535});
  CHECK(consumer.SetSubchannels({9, 9, 8}) == Subchannels{8, 9});
  CHECK(consumer.SetSubchannels({}).empty());
}

TEST_CASE("DataChannelsTest: messages keep their bytes, PPID and order", "[rtc][data]") {
  DataRoom room;
  room.Consume("a");
  for (int i = 0; i < 10; ++i) REQUIRE(room.Send(std::to_string(i)).Ok());
  REQUIRE(room.sim.notifier.messages.size() == 10);
  for (int i = 0; i < 10; ++i) {
    const auto& message = room.sim.notifier.messages[static_cast<std::size_t>(i)];
    CHECK(message.ppid == 51);
    CHECK(message.bytes == Bytes(std::to_string(i)));
  }
  CHECK(room.Source().Stats(room.sim.now).messages == 10);
  CHECK(room.ConsumerOf("a").Stats(room.sim.now).bytes == 10);
}

TEST_CASE("DataChannelsTest: paused producers and consumers forward nothing", "[rtc][data]") {
  DataRoom room;
  room.Consume("a");
  room.Consume("b");
  room.ConsumerOf("a").Pause();
  REQUIRE(room.Send("1").Ok());
  CHECK(room.Receivers() == Ids{"b"});
  room.ConsumerOf("a").Resume();
  room.Source().Pause();
  room.Source().Pause();
  REQUIRE(room.Send("2").Ok());
  CHECK(room.Receivers().empty());
  CHECK(room.ConsumerOf("a").Dump().producerPaused);
  room.Source().Resume();
  REQUIRE(room.Send("3").Ok());
  CHECK(room.Receivers() == Ids{"a", "b"});
  CHECK(room.sim.notifier.dataEvents == Ids{"pause a", "pause b", "resume a", "resume b"});
  CHECK(room.Source().Stats(room.sim.now).messages == 3);
  CHECK(room.ConsumerOf("a").Stats(room.sim.now).messages == 1);
}

TEST_CASE("DataChannelsTest: each direction has a limit on the size of messages", "[rtc][data]") {
  DataRoom room;
  room.Consume("a");
  CHECK(room.Send(std::string(50, 'x')).Ok());
  CHECK(room.Receivers() == Ids{"a"});
  CHECK(room.Send(std::string(51, 'x')).Ok());
  CHECK(room.Receivers().empty());
  CHECK(room.sim.Transport("direct").Traffic().drops[net::DropReason::kMessageTooBig] == 1);
  CHECK(room.Send(std::string(101, 'x')).Failure().kind == ErrorKind::kTypeError);
  CHECK(room.Source().Stats(room.sim.now).messages == 2);
  CHECK(room.ConsumerOf("a").Send({.ppid = 51, .payload = {}}, room.sim.now).Failure().kind ==
        ErrorKind::kTypeError);
}

TEST_CASE("DataChannelsTest: closing a producer closes its consumers", "[rtc][data]") {
  DataRoom room;
  room.Consume("a");
  room.Consume("b");
  auto dump = room.sim.worker.FindRouter("room")->Dump();
  CHECK(dump.dataProducerIdDataConsumerIds ==
        std::vector<std::pair<std::string, Ids>>{{"producer", {"a", "b"}}});
  CHECK(dump.dataConsumerIdDataProducerId.size() == 2);
  REQUIRE(room.Data().CloseConsumer("a").Ok());
  CHECK_FALSE(room.Data().CloseConsumer("a").Ok());
  REQUIRE(room.Data().CloseProducer("producer").Ok());
  CHECK_FALSE(room.Data().CloseProducer("producer").Ok());
  CHECK(room.sim.notifier.dataEvents == Ids{"close b"});
  CHECK(room.sim.worker.FindDataConsumer("b") == nullptr);
  dump = room.sim.worker.FindRouter("room")->Dump();
  CHECK(dump.dataProducerIdDataConsumerIds.empty());
  CHECK(dump.dataConsumerIdDataProducerId.empty());
}

TEST_CASE("DataChannelsTest: rejects what cannot exist", "[rtc][data]") {
  DataRoom room;
  const auto produce = [&](const rtc::ProduceDataOptions& options) {
    return room.Data().Produce(options).Failure().kind;
  };
  auto options = DataRoom::Producer("producer");
  CHECK(produce(options) == ErrorKind::kError);  // the id is in use
  options = DataRoom::Producer("");
  CHECK(produce(options) == ErrorKind::kTypeError);
  options = DataRoom::Producer("new");
  options.type = rtc::DataType::kSctp;
  CHECK(produce(options) == ErrorKind::kTypeError);
  options.type = rtc::DataType::kDirect;
  options.stream = rtc::SctpStreamParameters{};
  CHECK(produce(options) == ErrorKind::kTypeError);

  auto consume = DataRoom::Consumer("consumer");
  consume.dataProducerId = "unknown";
  CHECK(room.Data().Consume(consume).Failure().kind == ErrorKind::kNotFound);
  room.sim.AddRouter("other");
  room.sim.AddDirect("other", "elsewhere");
  CHECK(room.sim.Transport("elsewhere").Data().Consume(DataRoom::Consumer("c")).Failure().kind ==
        ErrorKind::kNotFound);
  room.sim.AddPlain("room", "plain", {});
  CHECK(room.sim.Transport("plain").Data().Produce(DataRoom::Producer("p")).Failure().kind ==
        ErrorKind::kError);  // no SCTP
}

}  // namespace ringcast::test
