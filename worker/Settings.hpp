#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Log.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// The settings from the arguments and environment variables.
struct Settings {
  log::Level logLevel = log::Level::kError;
  std::uint32_t logTags = 0;  // bit mask for log::SetTags()
  std::uint16_t rtcMinPort = 10000;
  std::uint16_t rtcMaxPort = 59999;
  std::string dtlsCertificateFile;  // both or neither
  std::string dtlsPrivateKeyFile;
  bool disableLiburing = false;
  std::uint8_t gsoPadding = 0;  // bytes, see rtc::Environment
  // Upper bound: a longer delay would be noticeable in a conversation.
  static constexpr std::uint8_t kMaxCoalesceMs = 10;
  std::uint8_t coalesceMs = 0;  // see rtc::ForwardingScheduler
  bool sandbox = true;          // see EnterSandbox
  bool coreDumps = false;       // see HideMemory
  // Messages for the log about options that were accepted but have no effect.
  std::vector<std::string> warnings;
};

// The environment variables that the worker reads; empty if not set.
struct Variables {
  std::string_view disableLiburing;  // RINGCAST_DISABLE_LIBURING
  std::string_view gsoPadding;       // RINGCAST_GSO_PADDING
  std::string_view evenSizes;        // RINGCAST_EVEN_SIZES, the former name of RINGCAST_GSO_PADDING
  std::string_view coalesceMs;       // RINGCAST_COALESCE_MS
  std::string_view sandbox;          // RINGCAST_SANDBOX
  std::string_view coreDumps;        // RINGCAST_CORE_DUMPS
};

// Parses the options: `arguments` without the program's name, as "--name=value" or "--name value". The error
// message names the argument and its value. Opens no file: see LoadDtlsFiles().
[[nodiscard]] Result<Settings> ParseSettings(std::span<const std::string_view> arguments,
                                             const Variables& variables);

// Applies log settings from the controller at run time, with the same values as at startup. Level and tags
// that are not given remain unchanged. After an error nothing is changed.
Status UpdateLog(std::optional<std::string_view> level, const std::vector<std::string>& tags);

}  // namespace ringcast::worker
