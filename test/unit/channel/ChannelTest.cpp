#include <algorithm>
#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/base/Log.hpp"
#include "ringcast/channel/Channel.hpp"
#include "support/ChannelFixture.hpp"

namespace ringcast::test {

namespace {

using channel::ChannelCount;
using channel::FrameKind;
using FBS::Notification::Event;
using FBS::Request::Method;

// Routes the process's log to the channel during its lifetime.
class LogToChannel {
 public:
  explicit LogToChannel(channel::Channel& channel) {
    log::SetLevel(log::Level::kDebug);
    log::SetSink(&channel::Channel::LogSink, &channel);
  }
  ~LogToChannel() {
    log::SetSink(nullptr, nullptr);
    log::SetLevel(log::Level::kError);
  }
  LogToChannel(const LogToChannel&) = delete;
  LogToChannel& operator=(const LogToChannel&) = delete;
};

Frame WithPrefix(const std::vector<std::uint8_t>& payload) {
  Frame frame(4 + payload.size());
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::memcpy(frame.data(), &length, 4);
  std::copy(payload.begin(), payload.end(), frame.begin() + 4);
  return frame;
}

Frame Join(std::initializer_list<Frame> frames) {
  Frame all;
  for (const auto& frame : frames) all.insert(all.end(), frame.begin(), frame.end());
  return all;
}

std::vector<std::string> Logs(const std::vector<Received>& received) {
  std::vector<std::string> logs;
  for (const auto& one : received) {
    if (one.Log() != nullptr) logs.push_back(one.Log()->data()->str());
  }
  return logs;
}

}  // namespace

TEST_CASE("ChannelTest: reports running with its pid as handler id") {
  ChannelFixture fixture;
  fixture.channel.NotifyRunning(4711);
  const auto received = fixture.Read();
  REQUIRE(received.size() == 1);
  REQUIRE(received[0].Notification() != nullptr);
  CHECK(received[0].Notification()->event() == Event::WORKER_RUNNING);
  CHECK(received[0].Notification()->handler_id()->str() == "4711");
  CHECK(received[0].Notification()->body() == nullptr);
}

TEST_CASE("ChannelTest: answers the requests of one read in order") {
  ChannelFixture fixture;
  fixture.Send(
      Join({RequestFrame(7, Method::WORKER_DUMP, ""), RequestFrame(0xffffffff, Method::ROUTER_DUMP, "nobody"),
            RequestFrame(0, Method::WORKER_GET_RESOURCE_USAGE, "")}));
  const auto received = fixture.Read();
  REQUIRE(received.size() == 3);
  CHECK(received[0].Response()->id() == 7);
  CHECK(received[1].Response()->id() == 0xffffffff);
  CHECK(received[2].Response()->id() == 0);
}

TEST_CASE("ChannelTest: answers a request split at any byte") {
  const auto request = RequestFrame(3, Method::WORKER_CREATE_ROUTER, "", [](Builder& builder) {
    return SampleBody(builder, FBS::Request::Body::Worker_CreateRouterRequest);
  });
  for (std::size_t split = 0; split < request.size(); ++split) {
    ChannelFixture fixture;
    fixture.Send(ByteView(request).first(split));
    CHECK(fixture.Read().empty());
    fixture.Send(ByteView(request).subspan(split));
    const auto received = fixture.Read();
    REQUIRE(received.size() == 1);
    CHECK(received[0].Outcome() == "accepted");
  }
}

TEST_CASE("ChannelTest: logs and drops an invalid message and answers the next") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  const auto request = RequestFrame(5, Method::WORKER_DUMP, "");
  const Frame garbage[] = {
      WithPrefix({}),
      WithPrefix({0}),
      WithPrefix(std::vector<std::uint8_t>(100, 0xff)),
      WithPrefix(std::vector<std::uint8_t>(1000, 0)),
      WithPrefix({request.begin() + 4, request.end() - 8}),  // truncated, with a matching length prefix
  };
  std::size_t malformed = 0;
  for (const auto& frame : garbage) {
    fixture.Send(Join({frame, request}));
    const auto received = fixture.Read();
    const auto logs = Logs(received);
    REQUIRE(logs.size() == 1);
    CHECK(logs[0][0] == 'E');
    REQUIRE(received.size() == 2);
    CHECK(received[1].Outcome() == "accepted");
    CHECK(fixture.channel.Counts()[ChannelCount::kMalformed] == ++malformed);
  }
}

TEST_CASE("ChannelTest: survives any flipped bit of a request") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const auto produce = RequestFrame(9, Method::TRANSPORT_PRODUCE, "plain", [](Builder& builder) {
    return SampleBody(builder, FBS::Request::Body::Transport_ProduceRequest);
  });
  for (std::size_t bit = 32; bit < produce.size() * 8; ++bit) {
    auto flipped = produce;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    const auto before = fixture.channel.Counts();
    fixture.Send(flipped);
    std::size_t responses = 0;
    for (const auto& one : fixture.Read()) responses += one.Response() != nullptr ? 1 : 0;
    REQUIRE(responses == fixture.channel.Counts()[ChannelCount::kRequests] - before[ChannelCount::kRequests]);
    if (auto* transport = fixture.worker.FindTransport("plain"))
      static_cast<void>(transport->CloseProducer("new"));
  }
  CHECK(fixture.Ask(Method::WORKER_DUMP, "").Outcome() == "accepted");
}

TEST_CASE("ChannelTest: logs and drops messages that only a worker sends") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  Builder builder;
  const auto finish = [&builder](FBS::Message::Body type, flatbuffers::Offset<void> data) {
    builder.FinishSizePrefixed(FBS::Message::CreateMessage(builder, type, data));
    Frame frame(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
    builder.Clear();
    return frame;
  };
  const auto response =
      finish(FBS::Message::Body::Response, FBS::Response::CreateResponse(builder, 1, true).Union());
  const auto logged = finish(FBS::Message::Body::Log, FBS::Log::CreateLogDirect(builder, "Dhello").Union());
  const auto unknown =
      finish(static_cast<FBS::Message::Body>(77), FBS::Log::CreateLogDirect(builder, "Dhello").Union());
  for (const auto& frame : {response, logged, unknown}) fixture.Send(frame);
  const auto received = fixture.Read();
  REQUIRE(received.size() == 3);
  for (const auto& text : Logs(received)) CHECK(text[0] == 'E');
  CHECK(fixture.channel.Counts()[ChannelCount::kUnexpected] == 3);
}

TEST_CASE("ChannelTest: closes on a length over the limit") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  Frame tooLong(4, 0xff);
  fixture.Send(
      Join({RequestFrame(1, Method::WORKER_DUMP, ""), tooLong, RequestFrame(2, Method::WORKER_DUMP, "")}));
  fixture.Send(RequestFrame(3, Method::WORKER_DUMP, ""));
  CHECK(fixture.host.closes == 1);
  const auto received = fixture.Read();
  REQUIRE(received.size() == 2);
  CHECK(received[0].Response()->id() == 1);
  CHECK(Logs(received)[0].find("4294967295") != std::string::npos);
}

TEST_CASE("ChannelTest: stops reading after the close notification") {
  ChannelFixture fixture;
  fixture.Send(Join({RequestFrame(1, Method::WORKER_DUMP, ""), NotificationFrame(Event::WORKER_CLOSE, ""),
                     RequestFrame(2, Method::WORKER_DUMP, "")}));
  fixture.Send(RequestFrame(3, Method::WORKER_DUMP, ""));
  CHECK(fixture.host.closes == 1);
  CHECK(fixture.Read().size() == 1);
}

TEST_CASE("ChannelTest: forwards queued media once before the requests of a read") {
  ChannelFixture fixture;
  const auto dump = RequestFrame(1, Method::WORKER_DUMP, "");
  fixture.Send(Join({dump, dump, dump}));
  CHECK(fixture.host.beforeRequests == 1);
  fixture.Send(dump);
  CHECK(fixture.host.beforeRequests == 2);
  fixture.Send(NotificationFrame(Event::PRODUCER_SEND, "nobody", ByteView()));
  CHECK(fixture.host.beforeRequests == 2);
}

TEST_CASE("ChannelTest: counts notifications for unknown objects") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  const std::uint8_t packet[] = {0x80, 0x60};
  const Event events[] = {Event::TRANSPORT_SEND_RTCP, Event::PRODUCER_SEND, Event::DATAPRODUCER_SEND};
  for (int i = 0; i < 1000; ++i) fixture.Send(NotificationFrame(events[i % 3], "nobody", ByteView(packet)));
  CHECK(fixture.channel.Counts()[ChannelCount::kUnknownHandlers] == 1000);
  const auto first = Logs(fixture.Read());
  REQUIRE(first.size() == 1);
  CHECK(first[0][0] == 'W');
  CHECK(first[0].find("\"nobody\"") != std::string::npos);

  fixture.now += Seconds(10);
  fixture.Send(NotificationFrame(Event::PRODUCER_SEND, "nobody", ByteView(packet)));
  const auto second = Logs(fixture.Read());
  REQUIRE(second.size() == 1);
  CHECK(second[0].find("1001") != std::string::npos);
}

TEST_CASE("ChannelTest: counts rejected notifications by reason") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const std::uint8_t packet[] = {0x80, 0x60};
  const Frame refused[] = {
      NotificationFrame(Event::PRODUCER_SEND, "producer", ByteView(packet)),  // not on a direct transport
      NotificationFrame(Event::TRANSPORT_SEND_RTCP, "plain",
                        ByteView(packet)),  // not on a direct transport either
      NotificationFrame(Event::PRODUCER_SEND, "producer"),
      NotificationFrame(Event::TRANSPORT_SEND_RTCP, "direct"),
      NotificationFrame(Event::WORKER_RUNNING, ""),
      NotificationFrame(static_cast<Event>(250), "producer"),
  };
  for (const auto& frame : refused) fixture.Send(frame);
  CHECK(fixture.channel.Counts()[ChannelCount::kFailedNotifications] == std::size(refused));
  CHECK(fixture.channel.Counts()[ChannelCount::kUnknownHandlers] == 0);
}

TEST_CASE("ChannelTest: writes log frames and truncates long messages") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  log::Warn("careful");
  log::Error(std::string(100'000, 'x'));
  const auto logs = Logs(fixture.Read());
  REQUIRE(logs.size() == 2);
  CHECK(logs[0] == "Wcareful");
  CHECK(logs[1][0] == 'E');
  CHECK(logs[1].size() == channel::Channel::kMaxLogSize);
}

TEST_CASE("ChannelTest: keeps responses and drops notifications when the controller does not read") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  const std::vector<std::uint8_t> packet(1200, 1);
  while (fixture.channel.Output().Drops()[FrameKind::kPacket] < 10)
    fixture.channel.Notifier().ConsumerRtp("consumer", packet);
  log::Warn(std::string(packet.size(), 'x'));
  CHECK(fixture.channel.Output().Drops()[FrameKind::kLog] == 1);
  CHECK(fixture.channel.Output().Waiting() <= channel::OutputQueue::kMaxWaiting);
  for (std::uint32_t i = 0; i < 100; ++i) fixture.Send(RequestFrame(i, Method::WORKER_DUMP, ""));
  std::uint32_t responses = 0;
  for (const auto& one : fixture.Read()) {
    if (one.Response() != nullptr) CHECK(one.Response()->id() == responses++);
  }
  CHECK(responses == 100);
}

TEST_CASE("ChannelTest: delivers state changes and the newest values behind 4 MiB of traces", "[channel]") {
  ChannelFixture fixture;
  const LogToChannel log(fixture.channel);
  auto& channel = fixture.channel;
  rtc::Trace<rtc::ProducerTraceEvent> trace{.event = rtc::ProducerTraceEvent::kRtp,
                                            .info = rtc::TracedPacket()};
  while (channel.Output().Drops()[FrameKind::kTrace] < 10)
    channel.Notifier().ProducerTrace("producer", trace);
  CHECK(channel.LogDrops());
  CHECK_FALSE(channel.LogDrops());
  channel.Notifier().ConsumerProducerClose("consumer");
  channel.Notifier().DtlsState("transport", dtls::State::kConnected, "PEM");
  for (std::uint8_t score = 0; score < 10; ++score)
    channel.Notifier().ConsumerScores("other", {.score = score});
  channel.Notifier().ProducerTrace("producer", trace);
  CHECK(channel.Output().Drops().Total() == 11);
  CHECK(channel.Output().Replaced() == 9);

  std::vector<std::string> events;
  for (const auto& one : fixture.Read()) {
    const auto* notification = one.Notification();
    if (notification == nullptr || notification->event() == Event::PRODUCER_TRACE) continue;
    events.emplace_back(FBS::Notification::EnumNameEvent(notification->event()));
    if (const auto* score = notification->body_as_Consumer_ScoreNotification())
      CHECK(score->score()->score() == 9);
  }
  CHECK(events == std::vector<std::string>{"CONSUMER_PRODUCER_CLOSE", "WEBRTCTRANSPORT_DTLS_STATE_CHANGE",
                                           "CONSUMER_SCORE"});
  CHECK(channel.LogDrops());
  const auto logs = Logs(fixture.Read());
  REQUIRE(logs.size() == 1);
  CHECK(logs[0] == "Wchannel: the controller reads again, dropped meanwhile: trace 11");

  const auto answer = fixture.Ask(Method::WORKER_DUMP, "");
  const auto* dump = answer.Body<FBS::Worker::DumpResponse>()->channel();
  REQUIRE(dump != nullptr);
  CHECK(dump->waiting() == 0);
  CHECK(dump->coalesced() == 0);
  CHECK(dump->replaced() == 9);
  REQUIRE(dump->drops()->size() == 1);
  CHECK(dump->drops()->Get(0)->name()->str() == "trace");
  CHECK(dump->drops()->Get(0)->value() == 11);
}

TEST_CASE("ChannelTest: passes settings to the process and returns its error") {
  ChannelFixture fixture;
  const auto update = [&fixture](const char* level, std::vector<std::string> tags) {
    return fixture.Ask(Method::WORKER_UPDATE_SETTINGS, "", [&](Builder& builder) {
      const auto levelText =
          level == nullptr ? flatbuffers::Offset<flatbuffers::String>() : builder.CreateString(level);
      return BodyOf(
          FBS::Worker::CreateUpdateSettingsRequest(builder, levelText, builder.CreateVectorOfStrings(tags)));
    });
  };
  CHECK(update("debug", {"ice", "rtp"}).Outcome() == "accepted");
  CHECK(fixture.host.logLevel == "debug");
  CHECK(fixture.host.logTags == std::vector<std::string>{"ice", "rtp"});
  CHECK(update(nullptr, {}).Outcome() == "accepted");
  CHECK_FALSE(fixture.host.logLevel);
  CHECK(fixture.host.logTags.empty());

  fixture.host.settingsOutcome = TypeError("\"chicken\" is not a log level");
  const auto refused = update("chicken", {});
  CHECK(refused.Outcome() == "TypeError");
  CHECK(refused.Reason() == "\"chicken\" is not a log level");

  const auto updates = fixture.host.settingsUpdates;
  CHECK(update("debug", std::vector<std::string>(65, "ice")).Outcome() == "TypeError");
  CHECK(fixture.host.settingsUpdates == updates);
}

TEST_CASE("ChannelTest: returns each figure of the resource usage") {
  ChannelFixture fixture;
  fixture.host.usage = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const auto response = fixture.Ask(Method::WORKER_GET_RESOURCE_USAGE, "");
  const auto* usage = response.Body<FBS::Worker::ResourceUsageResponse>();
  REQUIRE(usage != nullptr);
  CHECK(usage->ru_utime() == 1);
  CHECK(usage->ru_stime() == 2);
  CHECK(usage->ru_maxrss() == 3);
  CHECK(usage->ru_ixrss() == 4);
  CHECK(usage->ru_idrss() == 5);
  CHECK(usage->ru_isrss() == 6);
  CHECK(usage->ru_minflt() == 7);
  CHECK(usage->ru_majflt() == 8);
  CHECK(usage->ru_nswap() == 9);
  CHECK(usage->ru_inblock() == 10);
  CHECK(usage->ru_oublock() == 11);
  CHECK(usage->ru_msgsnd() == 12);
  CHECK(usage->ru_msgrcv() == 13);
  CHECK(usage->ru_nsignals() == 14);
  CHECK(usage->ru_nvcsw() == 15);
  CHECK(usage->ru_nivcsw() == 16);
}

}  // namespace ringcast::test
