#pragma once

#include "ringcast/base/Result.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// Returns the options to open the controller's listen info with. TypeError: not an IP address, or a port
// range upside down.
[[nodiscard]] Result<net::SocketOptions> SocketOptionsOf(const ListenInfo& listen,
                                                         const Environment& environment);

}  // namespace ringcast::rtc
