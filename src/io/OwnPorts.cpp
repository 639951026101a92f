#include "ringcast/io/OwnPorts.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::io {

net::Address OwnPorts::KeyOf(net::TransportProtocol protocol, net::Address local) {
  local.SetPort(static_cast<std::uint16_t>(protocol));
  return local;
}

OwnPorts::Claim OwnPorts::Add(net::TransportProtocol protocol, const net::Address& local) {
  auto& ports = addresses_[KeyOf(protocol, local)];
  if (!ports) ports = std::make_unique<Ports>();
  if (ports->taken.test(local.Port())) {
    ports->shared.push_back(local.Port());
  } else {
    ports->taken.set(local.Port());
  }
  ++ports->count;
  return {*this, protocol, local};
}

const OwnPorts::Set* OwnPorts::Find(net::TransportProtocol protocol, const net::Address& local) const {
  const auto found = addresses_.find(KeyOf(protocol, local));
  return found == addresses_.end() ? nullptr : &found->second->taken;
}

void OwnPorts::Remove(net::TransportProtocol protocol, const net::Address& local) {
  const auto found = addresses_.find(KeyOf(protocol, local));
  RC_ASSERT(found != addresses_.end());
  auto& ports = *found->second;
  const auto again = std::ranges::find(ports.shared, local.Port());
  if (again == ports.shared.end()) {
    ports.taken.reset(local.Port());
  } else {
    ports.shared.erase(again);
  }
  if (--ports.count == 0) addresses_.erase(found);
}

}  // namespace ringcast::io
