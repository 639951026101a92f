#pragma once

#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// Returns the CPU time of this process.
[[nodiscard]] Duration ProcessCpu();
// Returns the anonymous memory in KiB. It is counted page by page, because the kernel's own counters are per
// CPU and lag behind.
[[nodiscard]] std::uint64_t AnonymousKib();
[[nodiscard]] std::uint64_t OpenDescriptors();
// Returns the datagrams dropped because the UDP socket on this port of 127.0.0.1 was full, since it was
// opened.
[[nodiscard]] std::uint64_t UdpOverflows(std::uint16_t port);

}  // namespace ringcast::bench
