#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringcast/base/Result.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// A UDP socket and, once known, the remote address that it exchanges packets with. Open() must succeed before
// anything else is called.
class UdpEndpoint {
 public:
  // TypeError: not UDP, not an IP address, a port range upside down; Error: the socket cannot be bound.
  // `receiver` outlives the endpoint.
  Status Open(const ListenInfo& listen, const Environment& environment, net::DatagramReceiver& receiver);

  [[nodiscard]] net::SocketId Socket() const { return socket_->Id(); }
  [[nodiscard]] const std::optional<net::Address>& Remote() const { return remote_; }
  // Returns the address of a remote for this socket. TypeError: a part is missing (`portName` names the port
  // in the message), is no address, or is of the other family.
  [[nodiscard]] Result<net::Address> ParseRemote(const std::optional<std::string>& ip,
                                                 std::optional<std::uint16_t> port,
                                                 std::string_view portName) const;
  void SetRemote(const net::Address& remote) { remote_ = remote; }
  void ClearRemote() { remote_.reset(); }
  // The remote will not change: the kernel need not look up the route for each send, and drops datagrams from
  // other addresses. No effect on a socket that is bound to every address, or whose remote is a group.
  void ConnectSocket();

  [[nodiscard]] Tuple Describe() const;

 private:
  ListenInfo listen_;
  std::optional<net::UdpSocket> socket_;
  std::optional<net::Address> remote_;
};

}  // namespace ringcast::rtc
