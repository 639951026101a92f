#include "bench/ConnectOptions.hpp"

#include "bench/OptionSetters.hpp"

namespace ringcast::bench {
namespace {

using O = ConnectOptions;
constexpr worker::OptionRule<O> kRules[] = {
    {"--transports", SetNumber<&O::transports, 0, O::kMaxTransports>},
    {"--atOnce", SetNumber<&O::atOnce, 0, O::kMaxAtOnce>},
    {"--cycles", SetNumber<&O::cycles, 0, O::kMaxCycles>},
    {"--tolerance", SetNumber<&O::tolerance, 0, UINT32_MAX>},
    {"--tcp", SetFlag<&O::tcp>, true},
    {"--json", SetFlag<&O::json>, true},
};

}  // namespace

Result<ConnectOptions> ParseConnectOptions(std::span<const std::string_view> arguments) {
  ConnectOptions options;
  if (auto status = worker::ApplyArguments<O>(options, kRules, arguments); !status) return status.Failure();
  if (options.transports == 0 && options.atOnce == 0 && options.cycles == 0)
    return TypeError("--transports, --atOnce and --cycles are all 0: nothing to measure");
  return options;
}

}  // namespace ringcast::bench
