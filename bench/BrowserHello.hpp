#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/dtls/Context.hpp"

namespace ringcast::bench {

// A ClientHello as long as those of browsers with a post-quantum key share, in its two datagrams. Servers
// that know no more than DTLS 1.2 pass over what makes it long.
[[nodiscard]] Result<std::array<std::vector<std::uint8_t>, 2>> BrowserHello(const dtls::Context& context);

}  // namespace ringcast::bench
