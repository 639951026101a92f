#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

// Returns bits as in the syntax tables of specifications, field by field; spaces are ignored, and zeros pad
// the last byte.
inline std::vector<std::uint8_t> Bits(std::initializer_list<std::string_view> fields) {
  std::vector<std::uint8_t> bytes;
  std::size_t count = 0;
  for (const auto field : fields) {
    for (const char c : field) {
      if (c == ' ') continue;
      RC_ASSERT(c == '0' || c == '1');
      if (count % 8 == 0) bytes.push_back(0);
      if (c == '1') bytes.back() = static_cast<std::uint8_t>(bytes.back() | 0x80U >> (count % 8));
      ++count;
    }
  }
  return bytes;
}

}  // namespace ringcast::test
