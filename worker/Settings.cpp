#include "Settings.hpp"

#include <optional>

#include "CommandLine.hpp"

namespace ringcast::worker {
namespace {

Status SetLogLevel(Settings& settings, const Option& option) {
  const auto level = log::ParseLevel(option.value);
  if (!level) return WrongValue(option, "it is one of debug, warn, error and none");
  settings.logLevel = *level;
  return OkStatus();
}

Status AddLogTag(Settings& settings, const Option& option) {
  const auto tag = log::ParseTag(option.value);
  if (!tag) {
    return WrongValue(
        option,
        "it is one of info, ice, dtls, rtp, srtp, rtcp, rtx, bwe, score, simulcast, svc, sctp and message");
  }
  settings.logTags |= log::Bit(*tag);
  return OkStatus();
}

template <std::uint16_t Settings::*port>
Status SetPort(Settings& settings, const Option& option) {
  const auto number = ParseNumber<std::uint16_t>(option, 0, UINT16_MAX);
  if (!number) return number.Failure();
  settings.*port = *number;
  return OkStatus();
}

template <std::string Settings::*file>
Status SetFile(Settings& settings, const Option& option) {
  settings.*file = option.value;
  return OkStatus();
}

Status IgnoreFieldTrials(Settings& settings, const Option& option) {
  settings.warnings.push_back("libwebrtcFieldTrials " + Quoted(option.value) +
                              " ignored: this worker has no field trials");
  return OkStatus();
}

Status SetDisableLiburing(Settings& settings, const Option& option) {
  const bool disable = option.value == "true" || option.value == "1";
  if (!disable && option.value != "false" && option.value != "0")
    return WrongValue(option, "it is true or false");
  settings.disableLiburing = disable;
  return OkStatus();
}

Status SetGsoPadding(Settings& settings, const Option& option) {
  const auto bytes = ParseNumber<std::uint8_t>(option, 0, UINT8_MAX);
  if (!bytes) return bytes.Failure();
  settings.gsoPadding = *bytes;
  return OkStatus();
}

Status SetCoalesceMs(Settings& settings, const Option& option) {
  const auto ms = ParseNumber<std::uint8_t>(option, 0, Settings::kMaxCoalesceMs);
  if (!ms) return ms.Failure();
  settings.coalesceMs = *ms;
  return OkStatus();
}

template <bool Settings::*setting>
Status SetSwitch(Settings& settings, const Option& option) {
  if (option.value != "on" && option.value != "off") return WrongValue(option, "it is on or off");
  settings.*setting = option.value == "on";
  return OkStatus();
}

constexpr OptionRule<Settings> kRules[] = {
    {"--logLevel", SetLogLevel},
    {"--logTag", AddLogTag},
    {"--logTags", AddLogTag},
    {"--rtcMinPort", SetPort<&Settings::rtcMinPort>},
    {"--rtcMaxPort", SetPort<&Settings::rtcMaxPort>},
    {"--dtlsCertificateFile", SetFile<&Settings::dtlsCertificateFile>},
    {"--dtlsPrivateKeyFile", SetFile<&Settings::dtlsPrivateKeyFile>},
    {"--libwebrtcFieldTrials", IgnoreFieldTrials},
    {"--disableLiburing", SetDisableLiburing},
    {"--gsoPadding", SetGsoPadding},
    {"--evenSizes", SetGsoPadding},  // former name of --gsoPadding
    {"--coalesceMs", SetCoalesceMs},
    {"--sandbox", SetSwitch<&Settings::sandbox>},
    {"--coreDumps", SetSwitch<&Settings::coreDumps>},
};

Status CheckTogether(const Settings& settings) {
  if (settings.rtcMinPort > settings.rtcMaxPort) {
    return TypeError("rtcMinPort " + std::to_string(settings.rtcMinPort) + " is above rtcMaxPort " +
                     std::to_string(settings.rtcMaxPort));
  }
  if (settings.dtlsCertificateFile.empty() != settings.dtlsPrivateKeyFile.empty()) {
    return settings.dtlsPrivateKeyFile.empty() ? TypeError("dtlsCertificateFile without dtlsPrivateKeyFile")
                                               : TypeError("dtlsPrivateKeyFile without dtlsCertificateFile");
  }
  return OkStatus();
}

}  // namespace

Result<Settings> ParseSettings(std::span<const std::string_view> arguments, const Variables& variables) {
  Settings settings;
  const struct {
    Option option;
    Status (*set)(Settings&, const Option&);
  } fromEnvironment[] = {
      {{"RINGCAST_DISABLE_LIBURING", variables.disableLiburing}, SetDisableLiburing},
      {{"RINGCAST_EVEN_SIZES", variables.evenSizes}, SetGsoPadding},  // former name of RINGCAST_GSO_PADDING
      {{"RINGCAST_GSO_PADDING", variables.gsoPadding}, SetGsoPadding},
      {{"RINGCAST_COALESCE_MS", variables.coalesceMs}, SetCoalesceMs},
      {{"RINGCAST_SANDBOX", variables.sandbox}, SetSwitch<&Settings::sandbox>},
      {{"RINGCAST_CORE_DUMPS", variables.coreDumps}, SetSwitch<&Settings::coreDumps>},
  };
  for (const auto& [option, set] : fromEnvironment) {
    if (option.value.empty()) continue;
    if (auto status = set(settings, option); !status) return status.Failure();
  }
  if (auto status = ApplyArguments<Settings>(settings, kRules, arguments); !status) return status.Failure();
  if (auto status = CheckTogether(settings); !status) return status.Failure();
  return settings;
}

Status UpdateLog(std::optional<std::string_view> level, const std::vector<std::string>& tags) {
  Settings settings;
  if (level) {
    if (auto status = SetLogLevel(settings, {"logLevel", *level}); !status) return status;
  }
  for (const auto& tag : tags) {
    if (auto status = AddLogTag(settings, {"logTags", tag}); !status) return status;
  }
  if (level) log::SetLevel(settings.logLevel);
  if (!tags.empty()) log::SetTags(settings.logTags);
  return OkStatus();
}

}  // namespace ringcast::worker
