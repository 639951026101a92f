#pragma once

#include <string>

namespace ringcast::bench {

// Formats as printf does; the result is limited to 511 characters.
[[gnu::format(printf, 1, 2)]] [[nodiscard]] std::string Format(const char* format, ...);

}  // namespace ringcast::bench
