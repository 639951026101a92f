#include "rtc/transport/SocketOptionsOf.hpp"

#include <string>

namespace ringcast::rtc {

Result<net::SocketOptions> SocketOptionsOf(const ListenInfo& listen, const Environment& environment) {
  const auto address = net::Address::Parse(listen.ip, listen.port);
  if (!address) return TypeError("\"" + listen.ip + "\" is not an IP address");
  if (listen.portMin > listen.portMax) {
    return TypeError("port range from " + std::to_string(listen.portMin) + " to " +
                     std::to_string(listen.portMax) + " is upside down");
  }
  net::SocketOptions options;
  options.local = *address;
  const bool ownRange = listen.portMin != 0 || listen.portMax != 0;
  options.portMin = ownRange ? listen.portMin : environment.rtcMinPort;
  options.portMax = ownRange ? listen.portMax : environment.rtcMaxPort;
  options.ipv6Only = listen.ipv6Only;
  options.reusePort = listen.udpReusePort;
  options.sendBufferSize = listen.sendBufferSize;
  options.receiveBufferSize = listen.recvBufferSize;
  return options;
}

}  // namespace ringcast::rtc
