#include "support/fuzz/WorkerSeeds.hpp"

#include <array>

#include "ringcast/rtp/Extensions.hpp"
#include "support/fuzz/WorkerParameters.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {
namespace {

using namespace script;

constexpr std::uint8_t kCloseRouters = 0;
constexpr std::uint8_t kRepeat = 0xF0;

// Indexes into the tables of WorkerDriver.cpp and WorkerMedia.cpp.
constexpr std::uint8_t k20Ms = 4;
constexpr std::uint8_t k33Ms = 5;
constexpr std::uint8_t k100Ms = 6;
constexpr std::uint8_t k1S = 9;
constexpr std::uint8_t kNextFrame = 1;       // 3,000 ticks
constexpr std::uint8_t kNextAudioFrame = 2;  // 960 ticks
constexpr std::uint8_t kSkipOne = 1;
constexpr std::uint8_t kThreeEncodings = 4;
constexpr std::uint8_t kL1T3 = 1;
constexpr std::uint8_t kL3T3 = 3;

constexpr std::uint16_t kVideoFeatures =
    Produce::kNack | Produce::kKeyFrameRequests | Produce::kTransportCc | Produce::kRtx | Produce::kMid;

constexpr std::uint16_t Extensions() {
  using rtp::Extension;
  return rtp::SetOf(Extension::kMid) | rtp::SetOf(Extension::kAbsSendTime) |
         rtp::SetOf(Extension::kTransportWideCc) | rtp::SetOf(Extension::kPlayoutDelay) |
         rtp::SetOf(Extension::kVideoOrientation);
}

constexpr std::uint8_t Codec(ScriptCodec codec) { return static_cast<std::uint8_t>(codec); }

class Call : public Writer {
 public:
  explicit Call(std::uint8_t how = kCloseRouters) : how_(how) {}

  template <typename Command>
  Call& Add(Command command) {
    Writer::Add(command);
    return *this;
  }
  Call& Join(std::uint8_t type, std::uint8_t options = 0) {
    Add(AddTransport{.type = type, .options = options});
    return *this;
  }
  Call& PublishVideo(std::uint8_t transport, ScriptCodec codec, std::uint8_t encodings = 0,
                     std::uint8_t layers = 0, std::uint16_t features = kVideoFeatures,
                     std::uint16_t extensions = Extensions()) {
    Add(Produce{.transport = transport,
                .codec = Codec(codec),
                .encodings = encodings,
                .layers = layers,
                .features = features,
                .extensions = extensions});
    return *this;
  }
  Call& PublishAudio(std::uint8_t transport) {
    Add(Produce{.transport = transport,
                .codec = Codec(ScriptCodec::kOpus),
                .features = Produce::kMid,
                .extensions = Extensions()});
    return *this;
  }
  Call& Subscribe(std::uint8_t transport, std::uint8_t source, std::uint8_t type = Consume::kOwnType,
                  std::uint16_t features = kVideoFeatures, std::uint16_t extensions = Extensions()) {
    Add(Consume{.transport = transport,
                .source = source,
                .type = type,
                .features = features,
                .extensions = extensions});
    return *this;
  }
  Call& Frame(std::uint8_t source, std::uint8_t stream, std::uint8_t flags, std::uint8_t packets,
              std::uint8_t layers = 0, std::uint8_t step = 0) {
    Add(Media{.source = source,
              .stream = stream,
              .flags = static_cast<std::uint8_t>(flags | Media::kMarker),
              .count = static_cast<std::uint8_t>(packets - 1),
              .size = 130,
              .step = step,
              .time = kNextFrame,
              .layers = layers});
    return *this;
  }
  Call& Talk(std::uint8_t source) {
    Add(Media{.source = source, .size = 12, .time = kNextAudioFrame});
    return *this;
  }
  Call& Wait(std::uint8_t duration) {
    Add(EndTurn{}).Add(Advance{.duration = duration});
    return *this;
  }
  [[nodiscard]] std::vector<std::uint8_t> Input() const {
    std::vector<std::uint8_t> input{how_};
    input.insert(input.end(), Script().begin(), Script().end());
    return input;
  }

 private:
  std::uint8_t how_;
};

// A call between two participants with audio and video.
std::vector<std::uint8_t> PlainCall(std::uint8_t type) {
  Call call(kRepeat);
  call.Join(type)
      .Join(type)
      .PublishVideo(0, ScriptCodec::kVp8)
      .PublishAudio(0)
      .Subscribe(1, 0)
      .Subscribe(1, 1);
  // With comedia, the worker learns the remote address from a received packet.
  call.PublishAudio(1).Talk(2).Wait(k20Ms);
  call.Talk(1).Frame(0, 0, Media::kKeyFrame | Media::kShortTail, 6).Wait(k20Ms);
  for (int i = 0; i < 3; ++i) call.Talk(1).Frame(0, 0, Media::kShortTail, 3).Wait(k33Ms);
  call.Add(Rtcp{.transport = 0, .type = Rtcp::kSenderReport, .value = 100});
  call.Add(Rtcp{.transport = 1, .type = Rtcp::kReceiverReport, .value = 5});
  call.Wait(k1S);
  return call.Input();
}

std::vector<std::uint8_t> Simulcast() {
  Call call;
  call.Join(AddTransport::kSecurePlain).Join(AddTransport::kSecurePlain).Join(AddTransport::kPlain);
  call.PublishVideo(0, ScriptCodec::kVp8, kThreeEncodings, kL1T3).Subscribe(1, 0).Subscribe(2, 0);
  for (std::uint8_t stream = 0; stream < 3; ++stream) call.Frame(0, stream, Media::kKeyFrame, 4);
  call.Wait(k33Ms).Add(ControlConsumer{.object = 0, .action = 4, .argument = 0x02});
  for (std::uint8_t i = 1; i < 4; ++i) {
    for (std::uint8_t stream = 0; stream < 3; ++stream)
      call.Frame(0, stream, stream == i % 3 ? Media::kKeyFrame : 0, 2, i % 3);
    call.Wait(k33Ms);
  }
  call.Add(ControlConsumer{.object = 0, .action = 5})
      .Add(Rtcp{.transport = 1, .type = Rtcp::kPictureLoss, .about = 0});
  call.Frame(0, 2, Media::kKeyFrame, 4).Wait(k1S);
  call.Add(ControlConsumer{.object = 1, .action = 0}).Add(ControlConsumer{.object = 1, .action = 1});
  call.Add(Close{.type = Close::kConsumer}).Wait(k100Ms);
  return call.Input();
}

std::vector<std::uint8_t> Layers(ScriptCodec codec) {
  const auto extensions = static_cast<std::uint16_t>(
      Extensions() | (codec == ScriptCodec::kAv1 ? rtp::SetOf(rtp::Extension::kDependencyDescriptor) : 0));
  const auto mode = codec == ScriptCodec::kVp9 ? kL3T3 : kL1T3;
  Call call;
  call.Join(AddTransport::kSecurePlain, 4).Join(AddTransport::kSecureComedia, 8);
  call.PublishVideo(0, codec, 0, mode, kVideoFeatures, extensions);
  call.Join(AddTransport::kPlain).Subscribe(2, 0, Consume::kOwnType, kVideoFeatures, extensions);
  for (std::uint8_t i = 0; i < 5; ++i) {
    const std::uint8_t flags = i == 0 ? Media::kKeyFrame : 0;
    const auto temporal = static_cast<std::uint8_t>(i % 3);
    call.Frame(0, 0, flags, 2, temporal);
    if (codec == ScriptCodec::kVp9) call.Frame(0, 0, flags, 2, static_cast<std::uint8_t>(0x10 | temporal));
    call.Wait(k33Ms);
    if (i == 2) call.Add(ControlConsumer{.object = 0, .action = 4, .argument = 0x01});
  }
  return call.Input();
}

// Packets are lost in both directions, and requested with NACK.
std::vector<std::uint8_t> Loss(std::uint16_t features) {
  Call call;
  call.Join(AddTransport::kSecurePlain).Join(AddTransport::kSecurePlain, 12);
  call.PublishVideo(0, ScriptCodec::kVp8, 0, 0, features).Subscribe(1, 0, Consume::kOwnType, features);
  call.Frame(0, 0, Media::kKeyFrame, 8).Wait(k20Ms).Frame(0, 0, 0, 4, 0, kSkipOne).Wait(k20Ms);
  call.Add(Retransmit{.back = 4, .size = 130}).Wait(k20Ms);
  call.Add(script::Nack{.transport = 1, .back = 6, .count = 5}).Wait(k100Ms);
  call.Add(script::Nack{.transport = 1, .back = 3, .count = 0}).Frame(0, 0, 0, 3).Wait(k1S);
  call.Frame(0, 0, Media::kFrames, 40).Wait(k33Ms).Add(script::Nack{.transport = 1, .back = 30, .count = 20});
  call.Add(Retransmit{.back = 35, .count = 3, .size = 130, .salt = 1}).Wait(k20Ms);
  return call.Input();
}

// More packets than the window of the duplicate check; then RTX of some that are within it.
std::vector<std::uint8_t> LongCallWithRtx(std::uint16_t features) {
  Call call;
  call.Join(AddTransport::kSecurePlain).Join(AddTransport::kSecurePlain);
  call.PublishVideo(0, ScriptCodec::kVp8, 0, 0, features).Subscribe(1, 0, Consume::kOwnType, features);
  call.Frame(0, 0, Media::kKeyFrame, 8).Wait(k20Ms);
  for (int i = 0; i < 2; ++i) call.Frame(0, 0, Media::kFrames, 120).Wait(k100Ms);
  for (const int back : {20, 80, 120, 127})
    call.Add(Retransmit{.back = static_cast<std::uint16_t>(back), .size = 130, .salt = 1});
  call.Wait(k20Ms);
  return call.Input();
}

std::vector<std::uint8_t> Browser(std::uint8_t type, std::uint8_t options) {
  Call call;
  call.Join(type, options)
      .Join(AddTransport::kSecurePlain)
      .PublishAudio(0)
      .PublishVideo(0, ScriptCodec::kVp8);
  call.Subscribe(1, 0).Subscribe(1, 1).PublishAudio(1).Subscribe(0, 2);
  call.Frame(1, 0, Media::kKeyFrame, 3).Talk(0).Talk(2).Wait(k20Ms).Talk(0).Talk(2).Wait(k1S);
  call.Add(Stun{.transport = 0, .flags = 1}).Add(Stun{.transport = 0, .from = 1, .flags = 1}).Wait(k100Ms);
  call.Add(ControlTransport{.object = 0, .action = 3})
      .Add(Stun{.transport = 0, .flags = 1})
      .Talk(0)
      .Wait(k1S);
  return call.Input();
}

std::vector<std::uint8_t> Direct() {
  Call call;
  call.Join(AddTransport::kDirect)
      .Join(AddTransport::kPlain)
      .PublishAudio(0)
      .Subscribe(1, 0)
      .PublishVideo(1, ScriptCodec::kH264);
  call.Subscribe(0, 1).Talk(0).Frame(1, 0, Media::kKeyFrame, 3).Wait(k20Ms);
  call.Add(Rtcp{.transport = 0, .type = Rtcp::kPictureLoss})
      .Add(script::Nack{.transport = 0, .back = 1, .count = 1});
  call.Frame(1, 0, 0, 2).Wait(k1S);
  return call.Input();
}

std::vector<std::uint8_t> Pipe() {
  Call call;
  call.Join(AddTransport::kSecurePlain).Join(AddTransport::kSecurePlain, AddTransport::kNoRtcpMux);
  call.PublishVideo(
      0, ScriptCodec::kVp8, kThreeEncodings, kL1T3, kVideoFeatures | Produce::kNoSsrc,
      Extensions() | rtp::SetOf(rtp::Extension::kRid) | rtp::SetOf(rtp::Extension::kRepairedRid));
  call.Subscribe(1, 0, Consume::kPipe);
  for (std::uint8_t stream = 0; stream < 3; ++stream) call.Frame(0, stream, Media::kKeyFrame, 3);
  call.Wait(k33Ms).Frame(0, 1, 0, 2, 1).Wait(k1S).Add(ControlProducer{.object = 0, .action = 0});
  call.Add(ControlProducer{.object = 0, .action = 1}).Frame(0, 1, Media::kKeyFrame, 2).Wait(k33Ms);
  call.Add(Close{.type = Close::kProducer}).Wait(k100Ms);
  return call.Input();
}

// All kinds of RTCP, and requests for descriptions.
std::vector<std::uint8_t> Reports() {
  Call call;
  call.Join(AddTransport::kPlain).Join(AddTransport::kPlain).PublishVideo(0, ScriptCodec::kVp8);
  call.Subscribe(1, 0).Add(ControlTransport{.object = 0, .action = 0, .argument = 20});
  call.Add(ControlProducer{.object = 0, .action = 2, .argument = 63})
      .Add(ControlConsumer{.object = 0, .action = 6, .argument = 31});
  call.Frame(0, 0, Media::kKeyFrame, 3).Wait(k33Ms);
  for (std::uint8_t type = 0; type < Rtcp::kTypes; ++type) {
    for (std::uint8_t transport = 0; transport < 2; ++transport)
      call.Add(Rtcp{.transport = transport, .type = type, .about = 0, .value = type});
    call.Frame(0, 0, 0, 1).Wait(k20Ms);
  }
  for (std::uint8_t action = 5; action < 7; ++action)
    call.Add(ControlTransport{.object = 1, .action = action});
  for (std::uint8_t action = 3; action < 5; ++action)
    call.Add(ControlProducer{.object = 0, .action = action});
  for (std::uint8_t action = 7; action < 9; ++action)
    call.Add(ControlConsumer{.object = 0, .action = action});
  call.Wait(k1S).Wait(k1S);
  return call.Input();
}

// Requests with a flaw.
std::vector<std::uint8_t> Flaws() {
  Call call;
  call.Join(AddTransport::kPlain).Join(AddTransport::kPlain);
  for (std::uint8_t flaw = 1; flaw < 20; ++flaw) {
    call.Add(Produce{.transport = 0,
                     .encodings = kThreeEncodings,
                     .features = kVideoFeatures,
                     .extensions = Extensions(),
                     .flaw = flaw});
    call.Add(Consume{.transport = 1,
                     .source = flaw,
                     .features = kVideoFeatures,
                     .extensions = Extensions(),
                     .flaw = flaw});
    call.Frame(flaw, 0, Media::kKeyFrame, 1);
  }
  call.Wait(k1S);
  return call.Input();
}

}  // namespace

std::vector<WorkerSeed> WorkerSeeds() {
  return {
      {"call-plain", PlainCall(AddTransport::kPlain)},
      {"call-srtp", PlainCall(AddTransport::kSecurePlain)},
      {"call-comedia", PlainCall(AddTransport::kSecureComedia)},
      {"simulcast", Simulcast()},
      {"layers-vp9", Layers(ScriptCodec::kVp9)},
      {"layers-av1", Layers(ScriptCodec::kAv1)},
      {"loss-rtx", Loss(kVideoFeatures)},
      {"loss-nack", Loss(Produce::kNack | Produce::kKeyFrameRequests)},
      {"loss-rtx-without-nack", Loss(Produce::kKeyFrameRequests | Produce::kRtx | Produce::kMid)},
      {"long-call-rtx-without-nack",
       LongCallWithRtx(Produce::kKeyFrameRequests | Produce::kRtx | Produce::kMid)},
      {"browser", Browser(AddTransport::kWebRtc, 0)},
      {"browser-tcp", Browser(AddTransport::kWebRtc, AddTransport::kTcp)},
      {"browser-server", Browser(AddTransport::kWebRtcOnServer, 0)},
      {"direct", Direct()},
      {"pipe", Pipe()},
      {"reports", Reports()},
      {"flaws", Flaws()},
  };
}

}  // namespace ringcast::fuzz
