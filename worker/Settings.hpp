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

// What the worker is told at start: by its arguments and its environment.
struct Settings {
  log::Level logLevel = log::Level::kError;
  std::uint32_t logTags = 0;  // as log::SetTags takes them
  std::uint16_t rtcMinPort = 10000;
  std::uint16_t rtcMaxPort = 59999;
  std::string dtlsCertificateFile;  // both or none
  std::string dtlsPrivateKeyFile;
  bool disableLiburing = false;
  std::uint8_t gsoPadding = 0;  // bytes, see rtc::Environment
  // Longer would be felt in a conversation.
  static constexpr std::uint8_t kMaxCoalesceMs = 10;
  std::uint8_t coalesceMs = 0;  // see rtc::ForwardingScheduler
  bool sandbox = true;          // see EnterSandbox
  bool coreDumps = false;       // see HideMemory
  // What was accepted, but has no effect: sentences for the log.
  std::vector<std::string> warnings;
};

// The variables of the environment that count here; empty where they are not set.
struct Variables {
  std::string_view disableLiburing;  // RINGCAST_DISABLE_LIBURING
  std::string_view gsoPadding;       // RINGCAST_GSO_PADDING
  std::string_view evenSizes;        // RINGCAST_EVEN_SIZES, the same
  std::string_view coalesceMs;       // RINGCAST_COALESCE_MS
  std::string_view sandbox;          // RINGCAST_SANDBOX
  std::string_view coreDumps;        // RINGCAST_CORE_DUMPS
};

// `arguments` without the program's name; options as "--name=value" or "--name value". The failure is a
// sentence that names the argument and its value. Opens no file: see LoadDtlsFiles.
[[nodiscard]] Result<Settings> ParseSettings(std::span<const std::string_view> arguments,
                                             const Variables& variables);

// What the controller changes at run time, by the same rules; level and tags stay where nothing is said of
// them. A failure has changed nothing.
Status UpdateLog(std::optional<std::string_view> level, const std::vector<std::string>& tags);

}  // namespace ringcast::worker
