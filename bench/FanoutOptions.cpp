#include "bench/FanoutOptions.hpp"

#include <string>

#include "bench/OptionSetters.hpp"
#include "worker/Settings.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint32_t kMaxRate = 100'000;  // packets/s: more than one sending thread can pace
constexpr std::uint32_t kMaxBurst = 256;
constexpr std::uint32_t kMaxSeconds = 3600;
constexpr std::uint32_t kMaxInspectEvery = 1000;
constexpr std::uint32_t kMaxReceiveEvery = 10'000;  // microseconds; a socket of the load buffers far more

constexpr Backend kBackends[] = {Backend::kAuto, Backend::kUring, Backend::kUringWithCopy, Backend::kLibuv};

Status SetSuite(FanoutOptions& options, const worker::Option& option) {
  options.suite = srtp::ParseCryptoSuite(option.value);
  if (options.suite || option.value == "none") return OkStatus();
  return worker::WrongValue(
      option,
      "it is one of none, AEAD_AES_256_GCM, AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80 and "
      "AES_CM_128_HMAC_SHA1_32");
}

Status SetBackend(FanoutOptions& options, const worker::Option& option) {
  for (const auto backend : kBackends) {
    if (Name(backend) != option.value) continue;
    options.backend = backend;
    return OkStatus();
  }
  return worker::WrongValue(option, "it is one of auto, uring, uring-copy and libuv");
}

Status SetEngine(FanoutOptions& options, const worker::Option& option) {
  const auto engine = srtp::ParseEngine(option.value);
  if (!engine || !srtp::IsBuiltIn(*engine))
    return worker::WrongValue(option, "the engines of this build are " + EngineNames());
  options.srtpEngine = *engine;
  return OkStatus();
}

template <std::optional<net::Address> FanoutOptions::*member>
Status SetAddress(FanoutOptions& options, const worker::Option& option) {
  options.*member = net::Address::Parse(std::string(option.value), 0);
  if (!(options.*member)) return worker::WrongValue(option, "it is not an IP address");
  return OkStatus();
}

using O = FanoutOptions;
constexpr worker::OptionRule<O> kRules[] = {
    {"--producers", SetNumber<&O::producers, 1, O::kMaxProducers>},
    {"--consumers", SetNumber<&O::consumers, 1, O::kMaxConsumers>},
    {"--pps", SetNumber<&O::videoRate, 0, kMaxRate>},
    {"--audioPps", SetNumber<&O::audioRate, 0, kMaxRate>},
    {"--talkers", SetNumber<&O::talkers, 1, O::kMaxProducers>},
    {"--encodings", SetNumber<&O::encodings, 1, O::kMaxEncodings>},
    {"--rtx", SetFlag<&O::rtx>, true},
    {"--burst", SetNumber<&O::burst, 1, kMaxBurst>},
    {"--size", SetNumber<&O::size, O::kMinPacketSize, O::kMaxPacketSize>},
    {"--lastLarger", SetFlag<&O::lastLarger>, true},
    {"--leaveOutOwn", SetFlag<&O::leaveOutOwn>, true},
    {"--inspectEvery", SetNumber<&O::inspectEvery, 1, kMaxInspectEvery>},
    {"--inspectAudioEvery", SetNumber<&O::inspectAudioEvery, 1, kMaxInspectEvery>},
    {"--receiveEvery", SetNumber<&O::receiveEvery, 0, kMaxReceiveEvery>},
    {"--suite", SetSuite},
    {"--backend", SetBackend},
    {"--srtp", SetEngine},
    {"--gsoPadding", SetNumber<&O::gsoPadding, 0, UINT8_MAX>},
    {"--coalesceMs", SetNumber<&O::coalesceMs, 0, worker::Settings::kMaxCoalesceMs>},
    {"--singleDatagrams", SetFlag<&O::singleDatagrams>, true},
    {"--seconds", SetNumber<&O::seconds, 1, kMaxSeconds>},
    {"--ipv6", SetFlag<&O::ipv6>, true},
    {"--sink", SetAddress<&O::sink>},
    {"--sinkVia", SetAddress<&O::sinkVia>},
    {"--json", SetFlag<&O::json>, true},
};

}  // namespace

std::string_view Name(Backend backend) {
  switch (backend) {
    case Backend::kAuto:
      return "auto";
    case Backend::kUring:
      return "uring";
    case Backend::kUringWithCopy:
      return "uring-copy";
    case Backend::kLibuv:
      return "libuv";
    case Backend::kFloor:
      return "floor";
  }
  return "";
}

std::string EngineNames() {
  std::string names;
  for (const auto engine : srtp::kEngines) {
    if (!srtp::IsBuiltIn(engine)) continue;
    if (!names.empty()) names += ", ";
    names += srtp::Name(engine);
  }
  return names;
}

Result<FanoutOptions> ParseFanoutOptions(std::span<const std::string_view> arguments) {
  FanoutOptions options;
  if (auto status = worker::ApplyArguments<FanoutOptions>(options, kRules, arguments); !status)
    return status.Failure();
  if (options.Streams() == 0) return TypeError("--pps and --audioPps are both 0: nothing to send");
  if (options.sink.has_value() != options.sinkVia.has_value())
    return TypeError("--sink and --sinkVia go together");
  return options;
}

}  // namespace ringcast::bench
