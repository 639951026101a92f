#pragma once

#include <string>

namespace ringcast::bench {

// As printf does; up to 511 characters.
[[gnu::format(printf, 1, 2)]] [[nodiscard]] std::string Format(const char* format, ...);

}  // namespace ringcast::bench
