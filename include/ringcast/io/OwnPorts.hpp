#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ringcast/net/Address.hpp"
#include "ringcast/net/TransportProtocol.hpp"

namespace ringcast::io {

// The ports that this worker's sockets hold, by protocol and address. A request that chooses from a range
// does not ask the kernel for them.
class OwnPorts {
 public:
  using Set = std::bitset<65536>;

  // A port in use; destroying the claim releases it. It must not outlive its OwnPorts.
  class Claim {
   public:
    Claim(OwnPorts& owner, net::TransportProtocol protocol, const net::Address& local)
        : owner_(&owner), protocol_(protocol), local_(local) {}
    Claim(Claim&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), protocol_(other.protocol_), local_(other.local_) {}
    Claim& operator=(Claim&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(protocol_, other.protocol_);
      std::swap(local_, other.local_);
      return *this;
    }
    ~Claim() {
      if (owner_ != nullptr) owner_->Remove(protocol_, local_);
    }

   private:
    OwnPorts* owner_;
    net::TransportProtocol protocol_;
    net::Address local_;
  };

  OwnPorts() = default;
  OwnPorts(const OwnPorts&) = delete;
  OwnPorts& operator=(const OwnPorts&) = delete;

  [[nodiscard]] Claim Add(net::TransportProtocol protocol, const net::Address& local);
  // Those on the address of `local`, whatever its port; nullptr: none.
  [[nodiscard]] const Set* Find(net::TransportProtocol protocol, const net::Address& local) const;

 private:
  struct Ports {
    Set taken;
    std::size_t count = 0;  // number of sockets
    // Ports shared by several sockets (SO_REUSEPORT): an entry for each socket after the first.
    std::vector<std::uint16_t> shared;
  };

  // The address, with the protocol in place of the port.
  [[nodiscard]] static net::Address KeyOf(net::TransportProtocol protocol, net::Address local);
  void Remove(net::TransportProtocol protocol, const net::Address& local);

  // One entry per address with bound sockets, 8 KiB each. There are only a few.
  std::unordered_map<net::Address, std::unique_ptr<Ports>> addresses_;
};

}  // namespace ringcast::io
