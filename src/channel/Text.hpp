#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <flatbuffers/flatbuffers.h>

namespace ringcast::channel {

// Limit on the ids of routers, transports, producers and so on. The controller generates UUIDs of 36
// characters.
inline constexpr std::size_t kMaxIdLength = 256;

[[nodiscard]] inline std::string_view View(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : std::string_view(text->c_str(), text->size());
}

// Returns a text from the controller in quotes for an error message, truncated if it is long.
[[nodiscard]] inline std::string Quote(std::string_view text) {
  constexpr std::size_t kMaxQuoted = kMaxIdLength;
  std::string quoted = "\"";
  quoted += text.substr(0, kMaxQuoted);
  quoted += text.size() > kMaxQuoted ? "...\"" : "\"";
  return quoted;
}

}  // namespace ringcast::channel
