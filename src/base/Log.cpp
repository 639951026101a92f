#include "ringcast/base/Log.hpp"

#include <algorithm>
#include <array>

namespace ringcast::log {
namespace {

// One log for the process: it is single-threaded, and every module logs.
struct State {
  Sink sink = nullptr;
  void* context = nullptr;
  Level level = Level::kError;
  std::uint32_t tags = 0;
};

State& Current() {
  static State state;
  return state;
}

constexpr std::array<std::string_view, 4> kLevelNames = {"none", "error", "warn", "debug"};
// In the order of Tag.
constexpr std::array<std::string_view, kTagCount> kTagNames = {"info", "ice",  "dtls",   "rtp",   "srtp",
                                                               "rtcp", "rtx",  "bwe",    "score", "simulcast",
                                                               "svc",  "sctp", "message"};

template <typename Enum, std::size_t size>
std::optional<Enum> Parse(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

void Write(char letter, std::string_view message) {
  const State& state = Current();
  if (state.sink == nullptr) return;
  std::string text;
  text.reserve(message.size() + 1);
  text += letter;
  text += message;
  state.sink(state.context, text);
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view name) { return Parse<Level>(kLevelNames, name); }
std::optional<Tag> ParseTag(std::string_view name) { return Parse<Tag>(kTagNames, name); }
std::string_view Name(Level level) { return kLevelNames[static_cast<std::size_t>(level)]; }

void SetSink(Sink sink, void* context) {
  Current().sink = sink;
  Current().context = context;
}

void SetLevel(Level level) { Current().level = level; }
void SetTags(std::uint32_t bitmask) { Current().tags = bitmask; }

Level CurrentLevel() { return Current().level; }
bool Enabled(Level level) { return level != Level::kNone && level <= Current().level; }
bool Enabled(Level level, Tag tag) { return Enabled(level) && (Current().tags & Bit(tag)) != 0; }

void Error(std::string_view message) {
  if (Enabled(Level::kError)) Write('E', message);
}

void Warn(std::string_view message) {
  if (Enabled(Level::kWarn)) Write('W', message);
}

void WriteWarning(std::string_view message) { Write('W', message); }

void Debug(std::string_view message) {
  if (Enabled(Level::kDebug)) Write('D', message);
}

void WriteDebug(std::string_view message) { Write('D', message); }

}  // namespace ringcast::log
