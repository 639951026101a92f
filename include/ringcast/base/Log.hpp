#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringcast::log {

enum class Level : std::uint8_t { kNone, kError, kWarn, kDebug };

// The controller's tags; a debug or warning message that carries tags is sent only when one of them is
// switched on.
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

// Receives each message that passes the filter, with its first letter: D, W, E or X. The worker writes them
// to the channel; before that works they are lost on purpose (stdout and stderr stay silent).
using Sink = void (*)(void* context, std::string_view message);

void SetSink(Sink sink, void* context);
void SetLevel(Level level);
void SetTags(std::uint32_t bitmask);  // bit n: Tag n
[[nodiscard]] constexpr std::uint32_t Bit(Tag tag) { return 1U << static_cast<unsigned>(tag); }

[[nodiscard]] Level CurrentLevel();
[[nodiscard]] bool Enabled(Level level);
[[nodiscard]] bool Enabled(Level level, Tag tag);

// Never for each packet: the peer's faults are counted, not told.
void Error(std::string_view message);
void Warn(std::string_view message);
void Warn(Tag tag, std::string_view message);
void Debug(std::string_view message);
void Debug(Tag tag, std::string_view message);
// Goes out at every level but none: what the operator asked for (figures at exit).
void Dump(std::string_view message);

}  // namespace ringcast::log
