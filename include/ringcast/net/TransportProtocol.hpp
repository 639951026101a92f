#pragma once

#include <cstdint>

namespace ringcast::net {

enum class TransportProtocol : std::uint8_t { kUdp, kTcp };

}  // namespace ringcast::net
