#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/dtls/Context.hpp"

namespace ringcast::bench {

// Returns a ClientHello as long as those of browsers with a post-quantum key share, in two datagrams. A
// server that supports only DTLS 1.2 ignores the extension that makes it long.
[[nodiscard]] Result<std::array<std::vector<std::uint8_t>, 2>> BrowserHello(const dtls::Context& context);

}  // namespace ringcast::bench
