#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "channel/Conversion.hpp"
#include "channel/FromFbs.hpp"
#include "channel/ToFbs.hpp"
#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

// Parameters of a request must look the same in a dump: after decoding, encoding and decoding again they are
// equal. Verified tables never abort, whatever values they contain.
namespace ringcast::fuzz {

namespace {

using channel::Builder;
using channel::Conversion;
template <typename T>
using Offset = flatbuffers::Offset<T>;

// An error must describe the fault to the controller.
template <typename Value>
bool Accepted(const Result<Value>& result) {
  if (result) return true;
  RC_ASSERT(result.Failure().kind == ErrorKind::kTypeError);
  RC_ASSERT(!result.Failure().reason.empty());
  return false;
}

// NaN is not equal to itself.
void ReplaceNan(std::vector<rtc::Parameter>& parameters) {
  for (auto& parameter : parameters) {
    auto* value = std::get_if<double>(&parameter.value);
    if (value != nullptr && std::isnan(*value)) *value = 0;
  }
}

rtc::RtpParameters WithoutNan(rtc::RtpParameters parameters) {
  for (auto& codec : parameters.codecs) ReplaceNan(codec.parameters);
  for (auto& extension : parameters.headerExtensions) ReplaceNan(extension.parameters);
  return parameters;
}

// Returns the table that `write` makes, as its receiver reads it. Shared tables are written separately, so
// there may be many more of them than one message may refer to.
template <typename Table, typename Write>
const Table& Encoded(Builder& builder, Write write) {
  builder.Finish(write());
  constexpr flatbuffers::uoffset_t kMaxDepth = 64;
  constexpr flatbuffers::uoffset_t kMaxTables = 100'000'000;
  flatbuffers::Verifier verifier(builder.GetBufferPointer(), builder.GetSize(), kMaxDepth, kMaxTables);
  RC_ASSERT(verifier.VerifyBuffer<Table>(nullptr));
  return *flatbuffers::GetRoot<Table>(builder.GetBufferPointer());
}

void CheckEqual(const rtc::RtpParameters& expected, const FBS::RtpParameters::RtpParameters& encoded) {
  Conversion conversion;
  const auto decoded = channel::FromFbs(conversion, encoded);
  RC_ASSERT(conversion.Ok());
  RC_ASSERT(WithoutNan(decoded) == WithoutNan(expected));
}

void CheckProduce(const rtc::ProduceOptions& options) {
  rtc::ProducerDump dump;
  dump.id = options.producerId;
  dump.kind = options.kind;
  dump.rtpParameters = options.rtpParameters;
  dump.rtpMapping = options.rtpMapping;
  dump.paused = options.paused;
  Builder builder;
  const auto& encoded =
      Encoded<FBS::Producer::DumpResponse>(builder, [&] { return channel::ToFbs(builder, dump); });
  RC_ASSERT(encoded.id()->str() == options.producerId);
  RC_ASSERT(static_cast<MediaKind>(encoded.kind()) == options.kind);
  RC_ASSERT(encoded.paused() == options.paused);
  CheckEqual(options.rtpParameters, *encoded.rtp_parameters());
  Conversion conversion;
  const auto mapping = channel::FromFbs(conversion, *encoded.rtp_mapping());
  RC_ASSERT(conversion.Ok());
  RC_ASSERT(mapping == options.rtpMapping);
}

void CheckLayers(const std::optional<rtc::ConsumerLayers>& layers) {
  if (!layers) return;
  Builder builder;
  const auto& encoded =
      Encoded<FBS::Consumer::ConsumerLayers>(builder, [&] { return channel::ToFbs(builder, *layers); });
  RC_ASSERT(channel::FromFbs(encoded) == *layers);
}

void CheckConsume(const rtc::ConsumeOptions& options) {
  rtc::ConsumerDump dump;
  dump.id = options.consumerId;
  dump.producerId = options.producerId;
  dump.type = options.type;
  dump.kind = options.kind;
  dump.rtpParameters = options.rtpParameters;
  dump.consumableRtpEncodings = options.consumableRtpEncodings;
  dump.paused = options.paused;
  if (options.preferredLayers) dump.layers = {*options.preferredLayers, std::nullopt, std::nullopt};
  Builder builder;
  const auto& encoded =
      Encoded<FBS::Consumer::DumpResponse>(builder, [&] { return channel::ToFbs(builder, dump); });
  const auto& base = *encoded.data()->base();
  RC_ASSERT(base.id()->str() == options.consumerId);
  RC_ASSERT(base.producer_id()->str() == options.producerId);
  RC_ASSERT(static_cast<rtc::RtpType>(base.type()) == options.type);
  RC_ASSERT(static_cast<MediaKind>(base.kind()) == options.kind);
  CheckEqual(options.rtpParameters, *base.rtp_parameters());
  Conversion conversion;
  std::vector<rtc::RtpEncodingParameters> encodings;
  for (const auto* encoding : *base.consumable_rtp_encodings())
    encodings.push_back(channel::FromFbs(conversion, *encoding));
  RC_ASSERT(conversion.Ok());
  RC_ASSERT(encodings == options.consumableRtpEncodings);
  CheckLayers(options.preferredLayers);
}

void CheckSrtp(const std::optional<rtc::SrtpParameters>& parameters) {
  if (!parameters) return;
  Builder builder;
  const auto& encoded = Encoded<FBS::SrtpParameters::SrtpParameters>(
      builder, [&] { return channel::ToFbs(builder, *parameters); });
  Conversion conversion;
  RC_ASSERT(channel::FromFbs(conversion, encoded) == *parameters);
  RC_ASSERT(conversion.Ok());
}

void CheckDtls(const rtc::DtlsParameters& parameters) {
  namespace fbs = FBS::WebRtcTransport;
  rtc::TransportDump dump;
  dump.webRtc = rtc::TransportDump::WebRtc{};
  dump.webRtc->dtlsParameters = parameters;
  Builder builder;
  const auto& encoded =
      Encoded<fbs::DumpResponse>(builder, [&] { return channel::WebRtcToFbs(builder, dump); });
  const auto& described = *encoded.dtls_parameters();
  Builder again;
  const auto& request = Encoded<fbs::ConnectRequest>(again, [&] {
    std::vector<Offset<fbs::Fingerprint>> fingerprints;
    for (const auto* one : *described.fingerprints())
      fingerprints.push_back(fbs::CreateFingerprintDirect(again, one->algorithm(), one->value()->c_str()));
    return fbs::CreateConnectRequest(again,
                                     fbs::CreateDtlsParametersDirect(again, &fingerprints, described.role()));
  });
  const auto decoded = channel::FromFbs(request);
  RC_ASSERT(decoded.Ok());
  RC_ASSERT(*decoded == parameters);
}

// --- Tables from the bytes of the input ---

// Returns the decoded table, or nullopt if it fails verification or is rejected.
template <typename Table>
auto Decode(ByteView bytes) {
  using Decoded = std::remove_cvref_t<decltype(channel::FromFbs(std::declval<const Table&>()).Value())>;
  std::optional<Decoded> value;
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t) + 1);  // aligned like a frame
  if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(words.data()), bytes.size());
  if (!verifier.VerifyBuffer<Table>(nullptr)) return value;
  const auto result = channel::FromFbs(*flatbuffers::GetRoot<Table>(words.data()));
  if (Accepted(result)) value = *result;
  return value;
}

void DecodeTable(std::uint8_t kind, ByteView bytes) {
  switch (kind) {
    case 0:
      if (const auto options = Decode<FBS::Transport::ProduceRequest>(bytes)) CheckProduce(*options);
      break;
    case 1:
      if (const auto options = Decode<FBS::Transport::ConsumeRequest>(bytes)) CheckConsume(*options);
      break;
    case 2:
      if (const auto options = Decode<FBS::PlainTransport::ConnectRequest>(bytes))
        CheckSrtp(options->srtpParameters);
      break;
    case 3:
      if (const auto parameters = Decode<FBS::WebRtcTransport::ConnectRequest>(bytes)) CheckDtls(*parameters);
      break;
    // These fields are in no dump.
    case 4:
      Decode<FBS::PlainTransport::PlainTransportOptions>(bytes);
      break;
    case 5:
      Decode<FBS::WebRtcTransport::WebRtcTransportOptions>(bytes);
      break;
    case 6:
      Decode<FBS::Worker::CreateWebRtcServerRequest>(bytes);
      break;
    case 7:
      Decode<FBS::Transport::EnableTraceEventRequest>(bytes);
      break;
    case 8:
      Decode<FBS::Producer::EnableTraceEventRequest>(bytes);
      break;
    default:
      Decode<FBS::Consumer::EnableTraceEventRequest>(bytes);
      break;
  }
}

// --- Values from the input, all of which can be encoded ---

class Maker {
 public:
  explicit Maker(ByteView input) : reader_(input) {}

  rtc::ProduceOptions Produce() {
    rtc::ProduceOptions options;
    options.producerId = "p";
    options.kind = Flag() ? MediaKind::kVideo : MediaKind::kAudio;
    options.rtpParameters = Parameters();
    options.rtpMapping.codecs = List([this] { return rtc::CodecMapping{Type(), Type()}; });
    options.rtpMapping.encodings = List([this] {
      return rtc::EncodingMapping{Text(), Optional<Ssrc>(), Ssrc(reader_.U32())};
    });
    options.paused = Flag();
    return options;
  }
  rtc::ConsumeOptions Consume() {
    rtc::ConsumeOptions options;
    options.consumerId = "c";
    options.producerId = "p";
    options.kind = Flag() ? MediaKind::kVideo : MediaKind::kAudio;
    options.rtpParameters = Parameters();
    options.type = static_cast<rtc::RtpType>(reader_.U8() % 4);
    options.consumableRtpEncodings = List([this] { return Encoding(); });
    options.paused = Flag();
    if (Flag()) options.preferredLayers = rtc::ConsumerLayers{reader_.U8(), Optional<std::uint8_t>()};
    return options;
  }

 private:
  bool Flag() { return reader_.U8() % 2 != 0; }
  PayloadType Type() { return PayloadType(reader_.U8() % 128); }
  std::string Text() {
    const auto bytes = reader_.Bytes(std::min<std::size_t>(reader_.U8() % 8, reader_.Remaining()));
    return {bytes.begin(), bytes.end()};
  }
  template <typename T>
  std::optional<T> Optional() {
    return Flag() ? std::optional(T(reader_.U8())) : std::nullopt;
  }
  template <typename Make>
  std::vector<std::invoke_result_t<Make>> List(Make make) {
    std::vector<std::invoke_result_t<Make>> list;
    for (auto left = reader_.U8() % 4; left > 0; --left) list.push_back(make());
    return list;
  }
  rtc::ParameterValue Value() {
    switch (reader_.U8() % 5) {
      case 0:
        return rtc::Boolean{Flag()};
      case 1:
        return static_cast<std::int32_t>(reader_.U32());
      case 2: {
        const auto bits = reader_.U64();
        double value = 0;
        std::memcpy(&value, &bits, sizeof(value));
        return value;
      }
      case 3:
        return Text();
      default:
        return List([this] { return static_cast<std::int32_t>(reader_.U32()); });
    }
  }
  rtc::Parameter Parameter() {
    auto name = Text();
    return {std::move(name), Value()};
  }
  rtc::RtpCodecParameters Codec() {
    rtc::RtpCodecParameters codec;
    codec.mimeType = Text();
    codec.payloadType = Type();
    codec.clockRate = reader_.U32();
    if (const auto channels = reader_.U8(); channels != 0) codec.channels = channels;
    codec.parameters = List([this] { return Parameter(); });
    codec.rtcpFeedback = List([this] {
      auto type = Text();
      return rtc::RtcpFeedback{std::move(type), Text()};
    });
    return codec;
  }
  rtc::RtpHeaderExtensionParameters Extension() {
    rtc::RtpHeaderExtensionParameters extension;
    extension.uri = static_cast<rtp::Extension>(reader_.U8() % rtp::kExtensionCount);
    extension.id = static_cast<std::uint8_t>(1 + reader_.U8() % 255);
    extension.encrypt = Flag();
    extension.parameters = List([this] { return Parameter(); });
    return extension;
  }
  rtc::RtpEncodingParameters Encoding() {
    rtc::RtpEncodingParameters encoding;
    encoding.ssrc = Optional<Ssrc>();
    encoding.rid = Text();
    if (Flag()) encoding.codecPayloadType = Type();
    encoding.rtxSsrc = Optional<Ssrc>();
    encoding.dtx = Flag();
    encoding.scalabilityMode = Text();
    encoding.maxBitrate = Optional<std::uint64_t>();
    return encoding;
  }
  rtc::RtpParameters Parameters() {
    rtc::RtpParameters parameters;
    parameters.mid = Text();
    parameters.codecs = List([this] { return Codec(); });
    parameters.headerExtensions = List([this] { return Extension(); });
    parameters.encodings = List([this] { return Encoding(); });
    parameters.rtcp = {Text(), Flag()};
    parameters.msid = Text();
    return parameters;
  }

  ByteReader reader_;
};

// Decoding may reject values that no endpoint sends; that is not checked here.
bool IsAccepted(const rtc::RtpParameters& parameters) {
  Builder builder;
  const auto& encoded = Encoded<FBS::RtpParameters::RtpParameters>(
      builder, [&] { return channel::ToFbs(builder, parameters); });
  Conversion conversion;
  static_cast<void>(channel::FromFbs(conversion, encoded));
  return conversion.Ok();
}

}  // namespace

void FuzzParameterConversion(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  constexpr std::uint8_t kTables = 10;
  const auto kind = static_cast<std::uint8_t>(input[0] % (kTables + 2));
  const auto rest = input.subspan(1);
  if (kind < kTables) return DecodeTable(kind, rest);
  Maker maker(rest);
  if (kind == kTables) {
    const auto options = maker.Produce();
    if (IsAccepted(options.rtpParameters)) CheckProduce(options);
  } else {
    const auto options = maker.Consume();
    if (IsAccepted(options.rtpParameters)) CheckConsume(options);
  }
}

}  // namespace ringcast::fuzz
