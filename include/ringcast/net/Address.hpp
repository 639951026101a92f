#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::net {

// An IPv4 or IPv6 address with a port, stored as a sockaddr, so that the send path can pass a pointer to the
// kernel without conversion.
class Address {
 public:
  Address();  // no family: Valid() is false

  // `ip` is an IPv4 address in dotted notation or an IPv6 literal, with a zone ("%eth0") if it is link-local.
  // Host names are not resolved.
  [[nodiscard]] static std::optional<Address> Parse(std::string_view ip, std::uint16_t port);
  [[nodiscard]] static std::optional<Address> FromSockaddr(const sockaddr* address, std::size_t length);
  // `ip` is 4 or 16 bytes in network byte order. Returns nullopt for any other length.
  [[nodiscard]] static std::optional<Address> FromIpBytes(ByteView ip, std::uint16_t port);

  [[nodiscard]] bool Valid() const { return sockaddr_.v6.sin6_family != AF_UNSPEC; }
  [[nodiscard]] bool IsV6() const { return sockaddr_.v6.sin6_family == AF_INET6; }
  [[nodiscard]] bool IsUnspecified() const;  // 0.0.0.0 or ::
  [[nodiscard]] bool IsMulticast() const;
  // Returns true if the IP address, including its zone, is the same; the ports may differ.
  [[nodiscard]] bool SameHost(const Address& other) const;
  [[nodiscard]] std::uint16_t Port() const;
  void SetPort(std::uint16_t port);

  [[nodiscard]] ByteView IpBytes() const;  // 4 or 16 bytes in network byte order; empty if not Valid()
  [[nodiscard]] std::string Ip() const;    // "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; empty if not Valid()
  [[nodiscard]] std::string ToString() const;  // "192.0.2.1:4000", "[2001:db8::1]:4000"

  [[nodiscard]] const sockaddr* Sockaddr() const { return &sockaddr_.any; }
  [[nodiscard]] socklen_t SockaddrLength() const {
    return IsV6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }

  [[nodiscard]] std::size_t Hash() const;
  friend bool operator==(const Address& a, const Address& b);

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } sockaddr_;
};

}  // namespace ringcast::net

template <>
struct std::hash<ringcast::net::Address> {
  std::size_t operator()(const ringcast::net::Address& address) const noexcept { return address.Hash(); }
};
