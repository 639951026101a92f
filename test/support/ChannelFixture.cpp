#include "support/ChannelFixture.hpp"

#include <algorithm>
#include <cstring>

#include "channel/Frame.hpp"
#include "ringcast/base/Assert.hpp"
#include "support/DtlsContext.hpp"

namespace ringcast::test {

Frame RequestFrame(std::uint32_t id, FBS::Request::Method method, std::string_view handlerId,
                   const MakeRequestBody& body) {
  Builder builder;
  const auto handler = builder.CreateString(handlerId.data(), handlerId.size());
  const auto made = body ? body(builder) : RequestBody{};
  const auto request = FBS::Request::CreateRequest(builder, id, method, handler, made.type, made.offset);
  const auto frame = channel::FinishFrame(builder, request);
  return {frame.begin(), frame.end()};
}

Frame NotificationFrame(FBS::Notification::Event event, std::string_view handlerId,
                        std::optional<ByteView> data) {
  using FBS::Notification::Body;
  Builder builder;
  const auto handler = builder.CreateString(handlerId.data(), handlerId.size());
  auto type = Body::NONE;
  flatbuffers::Offset<void> body;
  if (data) {
    const auto bytes = builder.CreateVector(data->data(), data->size());
    if (event == FBS::Notification::Event::TRANSPORT_SEND_RTCP) {
      type = Body::Transport_SendRtcpNotification;
      body = FBS::Transport::CreateSendRtcpNotification(builder, bytes).Union();
    } else {
      type = Body::Producer_SendNotification;
      body = FBS::Producer::CreateSendNotification(builder, bytes).Union();
    }
  }
  const auto frame = channel::FinishFrame(
      builder, FBS::Notification::CreateNotification(builder, handler, event, type, body));
  return {frame.begin(), frame.end()};
}

Received::Received(ByteView frame) : words_((frame.size() + 7) / 8) {
  std::memcpy(words_.data(), frame.data(), frame.size());
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(words_.data()), frame.size());
  RC_ASSERT(verifier.VerifySizePrefixedBuffer<FBS::Message::Message>(nullptr));
}

const FBS::Message::Message& Received::Message() const {
  return *flatbuffers::GetSizePrefixedRoot<FBS::Message::Message>(words_.data());
}

std::string Received::Outcome() const {
  const auto* response = Response();
  RC_ASSERT(response != nullptr);
  // Exactly one of both: otherwise the controller's request stays pending.
  RC_ASSERT(response->accepted() == (response->error() == nullptr));
  return response->accepted() ? "accepted" : response->error()->str();
}

std::string Received::Reason() const {
  const auto* reason = Response()->reason();
  return reason == nullptr ? std::string() : reason->str();
}

ChannelFixture::ChannelFixture(std::uint64_t seed)
    : random(seed),
      channel(host),
      worker(rtc::Environment{.pool = pool,
                              .sink = sink,
                              .sockets = sockets,
                              .timers = timers,
                              .notifier = channel.Notifier(),
                              .random = random,
                              .wallClock = WallClock(Seconds(1'700'000'000)),
                              .dtls = DtlsContext()}) {
  channel.Attach(worker);
  host.completeReport = [this](rtc::WorkerReport& report) {
    report.channel = channel.Output().Report();
    report.media = worker.Report();
  };
}

std::vector<Received> ChannelFixture::Read() {
  std::vector<Received> received;
  channel::FrameReader reader;
  auto& output = channel.Output();
  while (!output.Empty()) {
    const auto front = output.Front();
    reader.Feed(front);
    while (const auto frame = reader.Next()) received.emplace_back(*frame);
    RC_ASSERT(!reader.Failed());
    output.Consume(front.size());
  }
  return received;
}

Received ChannelFixture::Ask(FBS::Request::Method method, std::string_view handlerId,
                             const MakeRequestBody& body) {
  const auto id = nextId_++;
  Send(RequestFrame(id, method, handlerId, body));
  auto received = Read();
  const auto isResponse = [](const Received& one) { return one.Response() != nullptr; };
  RC_ASSERT(std::count_if(received.begin(), received.end(), isResponse) == 1);
  auto response = std::find_if(received.begin(), received.end(), isResponse);
  RC_ASSERT(response->Response()->id() == id);
  return std::move(*response);
}

void ChannelFixture::Accept(FBS::Request::Method method, std::string_view handlerId,
                            const MakeRequestBody& body) {
  const auto response = Ask(method, handlerId, body);
  RC_ASSERT(response.Outcome() == "accepted");
}

void ChannelFixture::AddRoom(MediaKind kind) {
  using FBS::Request::Method;
  Accept(Method::WORKER_CREATE_ROUTER, "", [](Builder& builder) {
    return BodyOf(FBS::Worker::CreateCreateRouterRequestDirect(builder, "router"));
  });
  Accept(Method::ROUTER_CREATE_PLAINTRANSPORT, "router",
         [](Builder& builder) { return PlainTransportBody(builder, "plain"); });
  Accept(Method::ROUTER_CREATE_DIRECTTRANSPORT, "router",
         [](Builder& builder) { return DirectTransportBody(builder, "direct"); });
  Accept(Method::TRANSPORT_PRODUCE, "plain",
         [kind](Builder& builder) { return ProduceBody(builder, "producer", kind, 1111); });
  Accept(Method::TRANSPORT_CONSUME, "direct",
         [kind](Builder& builder) { return ConsumeBody(builder, "consumer", "producer", kind, 2222); });
}

void ChannelFixture::AddWebRtc() {
  using FBS::Request::Method;
  Accept(Method::WORKER_CREATE_WEBRTCSERVER, "",
         [](Builder& builder) { return WebRtcServerBody(builder, "server"); });
  Accept(Method::ROUTER_CREATE_WEBRTCTRANSPORT, "router",
         [](Builder& builder) { return WebRtcTransportBody(builder, "webrtc"); });
}

void ChannelFixture::AddObserverAndPipe() {
  using FBS::Request::Method;
  Accept(Method::ROUTER_CREATE_AUDIOLEVELOBSERVER, "router", [](Builder& builder) {
    const auto options = FBS::AudioLevelObserver::CreateAudioLevelObserverOptions(builder, 1, -80, 1000);
    return BodyOf(FBS::Router::CreateCreateAudioLevelObserverRequestDirect(builder, "observer", options));
  });
  Accept(Method::RTPOBSERVER_ADD_PRODUCER, "observer", [](Builder& builder) {
    return BodyOf(FBS::RtpObserver::CreateAddProducerRequestDirect(builder, "producer"));
  });
  Accept(Method::ROUTER_CREATE_PIPETRANSPORT, "router",
         [](Builder& builder) { return PipeTransportBody(builder, "pipe"); });
}

void ChannelFixture::AddData() {
  using FBS::Request::Method;
  Accept(Method::TRANSPORT_PRODUCE_DATA, "direct", [](Builder& builder) {
    return BodyOf(FBS::Transport::CreateProduceDataRequestDirect(builder, "data-producer",
                                                                 FBS::DataProducer::Type::DIRECT));
  });
  Accept(Method::TRANSPORT_CONSUME_DATA, "direct", [](Builder& builder) {
    return BodyOf(FBS::Transport::CreateConsumeDataRequestDirect(builder, "data-consumer", "data-producer",
                                                                 FBS::DataConsumer::Type::DIRECT));
  });
}

}  // namespace ringcast::test
