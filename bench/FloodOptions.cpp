#include "bench/FloodOptions.hpp"

#include "bench/OptionSetters.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint32_t kMaxSeconds = 3600;
constexpr std::uint32_t kMaxReceiveBuffer = 1U << 30;

Status SetKind(FloodOptions& options, const worker::Option& option) {
  for (const auto kind : kFloodKinds) {
    if (Name(kind) != option.value) continue;
    options.kind = kind;
    return OkStatus();
  }
  return worker::WrongValue(option, "it is one of none, garbage, stun and hello");
}

using O = FloodOptions;
constexpr worker::OptionRule<O> kRules[] = {
    {"--kind", SetKind},
    {"--rate", SetNumber<&O::rate, 1, O::kMaxRate>},
    {"--seconds", SetNumber<&O::seconds, 1, kMaxSeconds>},
    {"--receiveBuffer", SetNumber<&O::receiveBuffer, 0, kMaxReceiveBuffer>},
    {"--json", SetFlag<&O::json>, true},
};

}  // namespace

std::string_view Name(FloodKind kind) {
  switch (kind) {
    case FloodKind::kNone:
      return "none";
    case FloodKind::kGarbage:
      return "garbage";
    case FloodKind::kStun:
      return "stun";
    case FloodKind::kHello:
      return "hello";
  }
  return "";
}

Result<FloodOptions> ParseFloodOptions(std::span<const std::string_view> arguments) {
  FloodOptions options;
  if (auto status = worker::ApplyArguments<O>(options, kRules, arguments); !status) return status.Failure();
  return options;
}

}  // namespace ringcast::bench
