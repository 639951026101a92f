#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <flatbuffers/flatbuffers.h>

namespace ringcast::channel {

// Of routers, transports, producers and so on. The controller makes UUIDs, of 36 characters.
inline constexpr std::size_t kMaxIdLength = 256;

[[nodiscard]] inline std::string_view View(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : std::string_view(text->c_str(), text->size());
}

// A text of the controller's as a reason may repeat it: in quotes, and not at any length.
[[nodiscard]] inline std::string Quote(std::string_view text) {
  constexpr std::size_t kMaxQuoted = kMaxIdLength;
  std::string quoted = "\"";
  quoted += text.substr(0, kMaxQuoted);
  quoted += text.size() > kMaxQuoted ? "...\"" : "\"";
  return quoted;
}

}  // namespace ringcast::channel
