#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringcast::log {

enum class Level : std::uint8_t { kNone, kError, kWarn, kDebug };

// The controller's log tags. A debug or warning message with a tag is sent only if that tag is enabled.
enum class Tag : std::uint8_t {
  kInfo,
  kIce,
  kDtls,
  kRtp,
  kSrtp,
  kRtcp,
  kRtx,
  kBwe,
  kScore,
  kSimulcast,
  kSvc,
  kSctp,
  kMessage
};
inline constexpr std::size_t kTagCount = 13;

[[nodiscard]] std::optional<Level> ParseLevel(std::string_view name);
[[nodiscard]] std::optional<Tag> ParseTag(std::string_view name);
[[nodiscard]] std::string_view Name(Level level);

// Receives each message that passes the filter, prefixed with a letter: D, W, E or X. The worker writes the
// messages to the channel. Messages logged before a sink is set are discarded intentionally (stdout and
// stderr stay silent).
using Sink = void (*)(void* context, std::string_view message);

void SetSink(Sink sink, void* context);
void SetLevel(Level level);
void SetTags(std::uint32_t bitmask);  // bit n enables Tag n
[[nodiscard]] constexpr std::uint32_t Bit(Tag tag) { return 1U << static_cast<unsigned>(tag); }

[[nodiscard]] Level CurrentLevel();
[[nodiscard]] bool Enabled(Level level);
[[nodiscard]] bool Enabled(Level level, Tag tag);

// Do not log per packet: peers' faults are counted instead.
void Error(std::string_view message);
void Warn(std::string_view message);
void Warn(Tag tag, std::string_view message);
void Debug(std::string_view message);
void Debug(Tag tag, std::string_view message);
// Logs at every level except none. For output that the operator requested (statistics at exit).
void Dump(std::string_view message);

}  // namespace ringcast::log
