#include "ringcast/rtc/transport/TransportTraffic.hpp"

#include "ringcast/base/Log.hpp"

namespace ringcast::rtc {

void LogFirstDrop(std::string_view transportId, net::DropReason reason) {
  log::Warn(net::TagOf(reason), "transport ", transportId, ": dropped a packet: ", net::Name(reason),
            " (further ones are only counted)");
}

}  // namespace ringcast::rtc
