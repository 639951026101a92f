#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

// Returns the bytes of a hex dump as in RFCs and packet captures; spaces between digits are ignored.
inline std::vector<std::uint8_t> Hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
  std::vector<std::uint8_t> bytes;
  std::size_t digits = 0;
  std::size_t value = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    const auto digit = kDigits.find(c);
    RC_ASSERT(digit != std::string_view::npos);
    value = value << 4 | (digit & 0x0F);
    if (++digits % 2 == 0) bytes.push_back(static_cast<std::uint8_t>(value));
  }
  RC_ASSERT(digits % 2 == 0);
  return bytes;
}

}  // namespace ringcast::test
