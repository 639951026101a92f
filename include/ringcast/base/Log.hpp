#pragma once

#include <concepts>
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

// Receives each message that passes the filter, prefixed with a letter: D, W or E. The worker writes the
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

// The parts of a message: text and integers.
inline void Append(std::string& text, std::string_view part) { text += part; }
void Append(std::string& text, std::integral auto part) { text += std::to_string(part); }
template <typename... Parts>
[[nodiscard]] std::string Join(const Parts&... parts) {
  std::string text;
  (Append(text, parts), ...);
  return text;
}

// Do not log per packet: peers' faults are counted instead. A line names the object by its id, and says what
// happened to it and why.
void Error(std::string_view message);
void Warn(std::string_view message);
void Debug(std::string_view message);

// Write a message that passes the filter.
void WriteWarning(std::string_view message);
void WriteDebug(std::string_view message);

// The parts are joined only if the message passes the filter.
template <typename... Parts>
void Warn(Tag tag, const Parts&... parts) {
  if (Enabled(Level::kWarn, tag)) WriteWarning(Join(parts...));
}
template <typename... Parts>
void Debug(Tag tag, const Parts&... parts) {
  if (Enabled(Level::kDebug, tag)) WriteDebug(Join(parts...));
}

}  // namespace ringcast::log
