#pragma once

#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// CPU time of this process.
[[nodiscard]] Duration ProcessCpu();
// Memory that no file is behind, in KiB: page by page, as counters of the kernel are kept for each CPU and
// tell it late.
[[nodiscard]] std::uint64_t AnonymousKib();
[[nodiscard]] std::uint64_t OpenDescriptors();
// Datagrams that found the UDP socket on this port of 127.0.0.1 full, since it was opened.
[[nodiscard]] std::uint64_t UdpOverflows(std::uint16_t port);

}  // namespace ringcast::bench
