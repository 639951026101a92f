#pragma once

#include "ringcast/base/Result.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// How the controller's listen info is opened. TypeError: not an IP address, a port range upside down.
[[nodiscard]] Result<net::SocketOptions> SocketOptionsOf(const ListenInfo& listen,
                                                         const Environment& environment);

}  // namespace ringcast::rtc
