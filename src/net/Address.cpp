#include "ringcast/net/Address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <array>
#include <charconv>
#include <cstring>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::net {
namespace {

// The longest literal with a percent sign and the longest interface name, and the terminating NUL.
constexpr std::size_t kMaxLiteral = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE;

using Literal = std::array<char, kMaxLiteral>;

// Returns false if the text is too long, or contains a NUL, which would hide the rest from the C library.
bool CopyLiteral(std::string_view text, Literal& out) {
  if (text.size() >= out.size() || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(out.data(), text.data(), text.size());
  out[text.size()] = '\0';
  return true;
}

bool TakesZone(const in6_addr& address) {
  return IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MC_LINKLOCAL(&address);
}

// Returns the interface's index, given its name or its decimal index (RFC 4007 section 11.2).
std::optional<std::uint32_t> ParseZone(std::string_view zone) {
  Literal name;
  if (zone.empty() || !CopyLiteral(zone, name)) return std::nullopt;
  if (const auto index = if_nametoindex(name.data()); index != 0) return index;
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
  if (error != std::errc() || end != zone.data() + zone.size() || index == 0) return std::nullopt;
  return index;
}

std::string ZoneName(std::uint32_t index) {
  char name[IF_NAMESIZE];
  return if_indextoname(index, name) != nullptr ? std::string(name) : std::to_string(index);
}

// The finalizer of SplitMix64: each bit of the input affects each bit of the result.
std::uint64_t Mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

}  // namespace

Address::Address() { std::memset(&sockaddr_, 0, sizeof sockaddr_); }

std::optional<Address> Address::Parse(std::string_view ip, std::uint16_t port) {
  const std::size_t percent = ip.find('%');
  Literal literal;
  if (!CopyLiteral(ip.substr(0, percent), literal)) return std::nullopt;

  Address address;
  if (percent == std::string_view::npos &&
      inet_pton(AF_INET, literal.data(), &address.sockaddr_.v4.sin_addr) == 1) {
    address.sockaddr_.v4.sin_family = AF_INET;
    address.SetPort(port);
    return address;
  }
  address = Address();
  auto& v6 = address.sockaddr_.v6;
  if (inet_pton(AF_INET6, literal.data(), &v6.sin6_addr) != 1) return std::nullopt;
  if (percent != std::string_view::npos) {
    const auto zone = ParseZone(ip.substr(percent + 1));
    if (!zone || !TakesZone(v6.sin6_addr)) return std::nullopt;
    v6.sin6_scope_id = *zone;
  }
  v6.sin6_family = AF_INET6;
  address.SetPort(port);
  return address;
}

std::optional<Address> Address::FromSockaddr(const sockaddr* address, std::size_t length) {
  constexpr std::size_t kFamilyEnd = offsetof(sockaddr, sa_family) + sizeof(sa_family_t);
  if (address == nullptr || length < kFamilyEnd) return std::nullopt;
  Address out;
  // Copied member by member: sin_zero and the flow label of a received address must not affect equality.
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    out.sockaddr_.v4.sin_family = AF_INET;
    out.sockaddr_.v4.sin_port = v4.sin_port;
    out.sockaddr_.v4.sin_addr = v4.sin_addr;
    return out;
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    out.sockaddr_.v6.sin6_family = AF_INET6;
    out.sockaddr_.v6.sin6_port = v6.sin6_port;
    out.sockaddr_.v6.sin6_addr = v6.sin6_addr;
    out.sockaddr_.v6.sin6_scope_id = v6.sin6_scope_id;
    return out;
  }
  return std::nullopt;
}

std::optional<Address> Address::FromIpBytes(ByteView ip, std::uint16_t port) {
  Address address;
  if (ip.size() == sizeof(in_addr)) {
    address.sockaddr_.v4.sin_family = AF_INET;
    std::memcpy(&address.sockaddr_.v4.sin_addr, ip.data(), ip.size());
  } else if (ip.size() == sizeof(in6_addr)) {
    address.sockaddr_.v6.sin6_family = AF_INET6;
    std::memcpy(&address.sockaddr_.v6.sin6_addr, ip.data(), ip.size());
  } else {
    return std::nullopt;
  }
  address.SetPort(port);
  return address;
}

bool Address::IsUnspecified() const {
  if (IsV6()) return IN6_IS_ADDR_UNSPECIFIED(&sockaddr_.v6.sin6_addr);
  return Valid() && sockaddr_.v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool Address::IsMulticast() const {
  if (IsV6()) return IN6_IS_ADDR_MULTICAST(&sockaddr_.v6.sin6_addr);
  return Valid() && IN_MULTICAST(ntohl(sockaddr_.v4.sin_addr.s_addr));
}

bool Address::SameHost(const Address& other) const {
  Address here = *this;
  here.SetPort(other.Port());
  return here == other;
}

std::uint16_t Address::Port() const { return ntohs(IsV6() ? sockaddr_.v6.sin6_port : sockaddr_.v4.sin_port); }

void Address::SetPort(std::uint16_t port) {
  (IsV6() ? sockaddr_.v6.sin6_port : sockaddr_.v4.sin_port) = htons(port);
}

ByteView Address::IpBytes() const {
  if (!Valid()) return {};
  if (IsV6()) return sockaddr_.v6.sin6_addr.s6_addr;
  return {reinterpret_cast<const std::uint8_t*>(&sockaddr_.v4.sin_addr), sizeof(in_addr)};
}

std::string Address::Ip() const {
  if (!Valid()) return {};
  char text[INET6_ADDRSTRLEN];
  const void* const from =
      IsV6() ? static_cast<const void*>(&sockaddr_.v6.sin6_addr) : &sockaddr_.v4.sin_addr;
  RC_ASSERT(inet_ntop(IsV6() ? AF_INET6 : AF_INET, from, text, sizeof text) != nullptr);
  std::string ip = text;
  if (IsV6() && sockaddr_.v6.sin6_scope_id != 0 && TakesZone(sockaddr_.v6.sin6_addr)) {
    ip += '%';
    ip += ZoneName(sockaddr_.v6.sin6_scope_id);
  }
  return ip;
}

std::string Address::ToString() const {
  if (!Valid()) return {};
  const std::string port = std::to_string(Port());
  return IsV6() ? "[" + Ip() + "]:" + port : Ip() + ":" + port;
}

std::size_t Address::Hash() const {
  if (!IsV6()) {
    const std::uint64_t ip = sockaddr_.v4.sin_addr.s_addr;
    return static_cast<std::size_t>(Mix((ip << 16) | sockaddr_.v4.sin_port));
  }
  const std::uint8_t* const ip = sockaddr_.v6.sin6_addr.s6_addr;
  const std::uint64_t rest = (std::uint64_t{sockaddr_.v6.sin6_scope_id} << 16) | sockaddr_.v6.sin6_port;
  return static_cast<std::size_t>(Mix(Mix(Mix(LoadU64(ip)) + LoadU64(ip + 8)) + rest));
}

bool operator==(const Address& a, const Address& b) {
  const auto& x = a.sockaddr_;
  const auto& y = b.sockaddr_;
  if (x.any.sa_family != y.any.sa_family) return false;
  if (!a.IsV6()) return x.v4.sin_addr.s_addr == y.v4.sin_addr.s_addr && x.v4.sin_port == y.v4.sin_port;
  return x.v6.sin6_port == y.v6.sin6_port && x.v6.sin6_scope_id == y.v6.sin6_scope_id &&
         std::memcmp(&x.v6.sin6_addr, &y.v6.sin6_addr, sizeof x.v6.sin6_addr) == 0;
}

}  // namespace ringcast::net
