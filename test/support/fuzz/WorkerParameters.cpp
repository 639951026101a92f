#include "support/fuzz/WorkerParameters.hpp"

#include <array>
#include <limits>

namespace ringcast::fuzz {
namespace {

using script::Produce;

constexpr std::uint32_t kSsrcsPerObject = 32;
constexpr std::uint32_t kFirstSsrc = 1000;
constexpr std::uint32_t kFirstMappedSsrc = 0x4000'0000;
constexpr std::uint32_t kFirstConsumerSsrc = 0x2000'0000;

constexpr std::array kMimeTypes = {"video/VP8",  "audio/opus", "video/VP9",  "video/AV1",
                                   "video/H264", "audio/PCMU", "video/H265", "video/unheard-of"};
static_assert(kMimeTypes.size() == static_cast<std::size_t>(ScriptCodec::kCount));

constexpr std::array<std::uint8_t, 12> kEncodingCounts = {1, 1, 1, 2, 3, 3, 4, 8, 12, 16, 17, 0};
constexpr std::array kModes = {"",     "L1T3", "L1T2",   "L3T3", "L3T3_KEY", "L2T1", "S3T3", "L3T3_KEY_SHIFT",
                               "L1T1", "L8T8", "L99T99", "L0T0", "L16T1",    "X",    "L1T"};

bool IsAudio(std::string_view mimeType) { return mimeType.starts_with("audio/"); }

rtc::RtpCodecParameters MakeCodec(std::string_view mimeType, std::uint8_t payloadType,
                                  std::uint16_t features) {
  rtc::RtpCodecParameters codec;
  codec.mimeType = mimeType;
  codec.payloadType = PayloadType(payloadType);
  codec.clockRate = 90'000;
  if (IsAudio(mimeType)) {
    codec.clockRate = mimeType == "audio/opus" ? 48'000 : 8'000;
    codec.channels = 2;
  }
  if ((features & Produce::kDtx) != 0) codec.parameters.push_back({"usedtx", std::int32_t{1}});
  auto& feedback = codec.rtcpFeedback;
  if ((features & Produce::kNack) != 0) feedback.push_back({"nack", ""});
  if ((features & Produce::kKeyFrameRequests) != 0) {
    feedback.push_back({"nack", "pli"});
    feedback.push_back({"ccm", "fir"});
  }
  if ((features & Produce::kRemb) != 0) feedback.push_back({"goog-remb", ""});
  if ((features & Produce::kTransportCc) != 0) feedback.push_back({"transport-cc", ""});
  return codec;
}

void AddRtx(rtc::RtpParameters& parameters, std::uint8_t payloadType, std::uint8_t repeats) {
  auto& codec = parameters.codecs.emplace_back();
  codec.mimeType = IsAudio(parameters.codecs.front().mimeType) ? "audio/rtx" : "video/rtx";
  codec.payloadType = PayloadType(payloadType);
  codec.clockRate = parameters.codecs.front().clockRate;
  codec.parameters = {{"apt", std::int32_t{repeats}}};
}

void AddExtensions(rtc::RtpParameters& parameters, std::uint16_t extensions) {
  for (std::size_t i = 0; i < rtp::kExtensionCount; ++i) {
    const auto extension = static_cast<rtp::Extension>(i);
    if ((extensions >> i & 1U) == 0) continue;
    parameters.headerExtensions.push_back({.uri = extension, .id = ScriptExtensionId(extension)});
  }
}

std::string LongText(std::uint8_t which) {
  constexpr std::array<std::size_t, 8> kLengths = {1, 16, 17, 254, 255, 256, 1'300, 66'000};
  return std::string(kLengths[which % kLengths.size()], 'x');
}

// Adds a flaw that a participant can cause through the controller; 0 means none.
void AddFlaw(rtc::RtpParameters& parameters, std::uint8_t flaw) {
  if (flaw == 0 || parameters.codecs.empty()) return;
  constexpr std::uint8_t kFlaws = 20;
  const auto argument = static_cast<std::uint8_t>(flaw / kFlaws);
  auto& codec = parameters.codecs.front();
  const bool encodings = !parameters.encodings.empty();
  switch (flaw % kFlaws) {
    case 1:
      parameters.rtcp.cname = LongText(argument);
      break;
    case 2:
      parameters.mid = LongText(argument);
      break;
    case 3:
      if (encodings) parameters.encodings.back().rid = LongText(argument);
      break;
    case 4:
      parameters.msid = LongText(argument);
      break;
    case 5:
      codec.mimeType = "video/" + LongText(argument);
      break;
    case 6:
      codec.clockRate = std::array<std::uint32_t, 6>{
          0, 1, 7, 1'000'000, 1U << 31, std::numeric_limits<std::uint32_t>::max()}[argument % 6];
      break;
    case 7:
      codec.payloadType = PayloadType(static_cast<std::uint8_t>(120 + argument));
      break;
    case 8:
      if (!parameters.headerExtensions.empty())
        parameters.headerExtensions.back().id = std::array<std::uint8_t, 5>{0, 14, 15, 16, 255}[argument % 5];
      break;
    case 9:
      for (auto& extension : parameters.headerExtensions)
        extension.id = static_cast<std::uint8_t>(extension.id + 20);
      break;
    case 10:
      if (encodings) parameters.encodings.back().rtxSsrc = parameters.encodings.front().ssrc;
      break;
    case 11:
      if (encodings) parameters.encodings.back().rtxSsrc = parameters.encodings.front().rtxSsrc;
      break;
    case 12:
      if (encodings) parameters.encodings.back().ssrc = parameters.encodings.front().ssrc;
      break;
    case 13:
      if (encodings) parameters.encodings.back().ssrc = Ssrc(argument == 0 ? 0 : 0xFFFF'FFFF);
      break;
    case 14:
      codec.parameters.push_back({"apt", std::int32_t{argument % 2 == 0 ? codec.payloadType.Value() : -1}});
      break;
    case 15:
      parameters.codecs.push_back(parameters.codecs.front());
      parameters.codecs.back().payloadType = PayloadType(static_cast<std::uint8_t>(110 + argument));
      break;
    case 16:
      if (encodings)
        parameters.encodings.back().codecPayloadType = PayloadType(static_cast<std::uint8_t>(90 + argument));
      break;
    case 17:
      if (encodings) parameters.encodings.back().ssrc.reset();
      break;
    case 18:
      parameters.codecs.clear();
      break;
    case 19:
      if (encodings) parameters.encodings.back().rtxSsrc = Ssrc(argument);
      break;
    default:
      break;
  }
}

}  // namespace

rtc::ProduceOptions MakeProduceOptions(const Produce& command, std::uint32_t number) {
  rtc::ProduceOptions options;
  const auto* mimeType = kMimeTypes[command.codec % kMimeTypes.size()];
  options.producerId = "p" + std::to_string(number);
  options.kind = IsAudio(mimeType) ? MediaKind::kAudio : MediaKind::kVideo;
  options.paused = (command.features & Produce::kPaused) != 0;
  options.keyFrameRequestDelayMs = (command.features & Produce::kRequestDelay) != 0 ? 1000 : 0;
  auto& parameters = options.rtpParameters;
  parameters.codecs.push_back(MakeCodec(mimeType, kScriptPayloadType, command.features));
  const bool rtx = (command.features & Produce::kRtx) != 0;
  if (rtx) AddRtx(parameters, kScriptRtxPayloadType, kScriptPayloadType);
  if ((command.features & Produce::kMid) != 0) parameters.mid = "m" + std::to_string(number);
  parameters.rtcp.cname = "cname" + std::to_string(number);
  parameters.rtcp.reducedSize = (command.features & Produce::kFullSize) == 0;
  AddExtensions(parameters, command.extensions);

  const auto count = kEncodingCounts[command.encodings % kEncodingCounts.size()];
  const bool named = (command.features & Produce::kNoSsrc) == 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto ssrc = kFirstSsrc + number * kSsrcsPerObject + i;
    auto& encoding = parameters.encodings.emplace_back();
    encoding.scalabilityMode = kModes[command.layers % kModes.size()];
    if (named) encoding.ssrc = Ssrc(ssrc);
    if (named && rtx) encoding.rtxSsrc = Ssrc(ssrc + kScriptRtxSsrcOffset);
    if (!named) encoding.rid = "r" + std::to_string(i);
    encoding.dtx = (command.features & Produce::kDtx) != 0;
    options.rtpMapping.encodings.push_back(
        {.rid = encoding.rid, .ssrc = encoding.ssrc, .mappedSsrc = Ssrc(kFirstMappedSsrc + ssrc)});
  }
  options.rtpMapping.codecs.push_back(
      {PayloadType(kScriptPayloadType), PayloadType(kScriptMappedPayloadType)});
  if (rtx) {
    options.rtpMapping.codecs.push_back(
        {PayloadType(kScriptRtxPayloadType), PayloadType(kScriptMappedRtxPayloadType)});
  }
  AddFlaw(parameters, command.flaw);
  return options;
}

rtc::ConsumeOptions MakeConsumeOptions(const script::Consume& command, std::uint32_t number,
                                       const rtc::Producer& source) {
  using script::Consume;
  rtc::ConsumeOptions options;
  options.consumerId = "c" + std::to_string(number);
  options.producerId = source.Id();
  options.kind = source.Kind();
  options.paused = (command.features & Produce::kPaused) != 0;
  options.ignoreDtx = (command.features & Produce::kDtx) != 0;
  switch (command.type % Consume::kTypes) {
    case Consume::kSimple:
      options.type = rtc::RtpType::kSimple;
      break;
    case Consume::kSimulcast:
      options.type = rtc::RtpType::kSimulcast;
      break;
    case Consume::kSvc:
      options.type = rtc::RtpType::kSvc;
      break;
    case Consume::kPipe:
      options.type = rtc::RtpType::kPipe;
      break;
    default:
      options.type = source.Type();
      break;
  }
  if (command.preferred != 0) {
    options.preferredLayers = rtc::ConsumerLayers{static_cast<std::uint8_t>(command.preferred >> 4),
                                                  static_cast<std::uint8_t>(command.preferred & 0xf)};
  }
  auto& parameters = options.rtpParameters;
  const auto& produced = source.Parameters();
  parameters.codecs.push_back(
      MakeCodec(produced.codecs.front().mimeType, kScriptMappedPayloadType, command.features));
  const bool rtx = (command.features & Produce::kRtx) != 0;
  if (rtx) AddRtx(parameters, kScriptMappedRtxPayloadType, kScriptMappedPayloadType);
  if ((command.features & Produce::kMid) != 0) parameters.mid = std::to_string(number);
  parameters.rtcp.cname = produced.rtcp.cname;
  parameters.rtcp.reducedSize = (command.features & Produce::kFullSize) == 0;
  AddExtensions(parameters, command.extensions);
  const auto dump = source.Dump();
  for (std::size_t i = 0; i < dump.rtpMapping.encodings.size(); ++i) {
    auto& consumable = options.consumableRtpEncodings.emplace_back();
    consumable.ssrc = dump.rtpMapping.encodings[i].mappedSsrc;
    if (i > 0 && options.type != rtc::RtpType::kPipe) continue;
    auto& encoding = parameters.encodings.emplace_back();
    const auto ssrc = kFirstConsumerSsrc + number * kSsrcsPerObject + static_cast<std::uint32_t>(i);
    encoding.ssrc = Ssrc(ssrc);
    if (rtx) encoding.rtxSsrc = Ssrc(ssrc + kScriptRtxSsrcOffset);
    if (i < produced.encodings.size()) encoding.scalabilityMode = produced.encodings[i].scalabilityMode;
  }
  AddFlaw(parameters, command.flaw);
  return options;
}

}  // namespace ringcast::fuzz
