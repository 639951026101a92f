#include "rtc/Scalability.hpp"

#include <optional>

namespace ringcast::rtc {

namespace {

// One or two digits, not starting with 0, taken off the front.
std::optional<std::uint8_t> TakeCount(std::string_view& text) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 2 && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0 || text[0] == '0') return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint8_t>(value);
}

}  // namespace

Layers ParseScalabilityMode(std::string_view mode) {
  if (mode.empty() || (mode.front() != 'L' && mode.front() != 'S')) return {};
  mode.remove_prefix(1);
  const auto spatial = TakeCount(mode);
  if (!spatial || mode.empty() || mode.front() != 'T') return {};
  mode.remove_prefix(1);
  const auto temporal = TakeCount(mode);
  if (!temporal) return {};
  return {*spatial, *temporal};
}

}  // namespace ringcast::rtc
