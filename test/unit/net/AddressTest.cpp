#include <cstring>
#include <unordered_set>

#include <catch2/catch.hpp>

#include "ringcast/net/Address.hpp"

using ringcast::net::Address;

namespace {

Address Parsed(std::string_view ip, std::uint16_t port = 4000) {
  const auto address = Address::Parse(ip, port);
  REQUIRE(address);
  return *address;
}

}  // namespace

TEST_CASE("AddressTest: parses literals of both families and prints their canonical form", "[net]") {
  struct Row {
    const char* text;
    const char* ip;
    const char* withPort;
    bool v6;
  };
  const Row rows[] = {
      {"192.0.2.1", "192.0.2.1", "192.0.2.1:4000", false},
      {"0.0.0.0", "0.0.0.0", "0.0.0.0:4000", false},
      {"255.255.255.255", "255.255.255.255", "255.255.255.255:4000", false},
      {"::", "::", "[::]:4000", true},
      {"::1", "::1", "[::1]:4000", true},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", "[2001:db8::1]:4000", true},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:4000", true},
      {"fe80::1", "fe80::1", "[fe80::1]:4000", true},
      {"fe80::1%lo", "fe80::1%lo", "[fe80::1%lo]:4000", true},
      {"fe80::1%1", "fe80::1%lo", "[fe80::1%lo]:4000", true},
      {"ff02::1%lo", "ff02::1%lo", "[ff02::1%lo]:4000", true},
      {"fe80::1%4000000000", "fe80::1%4000000000", "[fe80::1%4000000000]:4000", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Address address = Parsed(row.text);
    CHECK(address.Valid());
    CHECK(address.IsV6() == row.v6);
    CHECK(address.Ip() == row.ip);
    CHECK(address.ToString() == row.withPort);
    CHECK(address.Port() == 4000);
    CHECK(Parsed(address.Ip()) == address);
  }
}

TEST_CASE("AddressTest: rejects text that is not an address literal", "[net]") {
  using namespace std::string_view_literals;
  const std::string_view rows[] = {
      ""sv,
      "localhost"sv,
      "192.0.2"sv,
      "192.0.2.256"sv,
      "192.0.2.1.1"sv,
      "192.0.2.1 "sv,
      " 1.2.3.4"sv,
      "01.2.3.4"sv,
      "1.2.3.4%lo"sv,
      ":::"sv,
      "1:2:3:4:5:6:7:8:9"sv,
      "[::1]"sv,
      "::1%lo"sv,
      "fe80::1%"sv,
      "fe80::1%none"sv,
      "fe80::1%0"sv,
      "fe80::1%1x"sv,
      "fe80::1%-1"sv,
      "%lo"sv,
      "1.2.3.4\0"sv,
      "1.2.3.4\0x"sv,
      "fe80::1%lo\0x"sv,
      "fe80::1%99999999999"sv,
  };
  for (const auto row : rows) {
    CAPTURE(row);
    CHECK_FALSE(Address::Parse(row, 1));
  }
  CHECK_FALSE(Address::Parse(std::string(100'000, '1'), 1));
  CHECK_FALSE(Address::Parse("fe80::1%" + std::string(100'000, 'e'), 1));
}

TEST_CASE("AddressTest: is invalid and has no text by default", "[net]") {
  const Address address;
  CHECK_FALSE(address.Valid());
  CHECK_FALSE(address.IsV6());
  CHECK_FALSE(address.IsUnspecified());
  CHECK_FALSE(address.IsMulticast());
  CHECK(address.Port() == 0);
  CHECK(address.Ip().empty());
  CHECK(address.ToString().empty());
  CHECK(address == Address());
  CHECK_FALSE(address == Parsed("0.0.0.0", 0));
}

TEST_CASE("AddressTest: recognizes unspecified and multicast addresses", "[net]") {
  struct Row {
    const char* ip;
    bool unspecified;
    bool multicast;
  };
  const Row rows[] = {
      {"0.0.0.0", true, false},          {"::", true, false},
      {"0.0.0.1", false, false},         {"::1", false, false},
      {"223.255.255.255", false, false}, {"224.0.0.0", false, true},
      {"239.255.255.255", false, true},  {"240.0.0.0", false, false},
      {"ff02::1", false, true},          {"fe80::1", false, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.ip);
    CHECK(Parsed(row.ip).IsUnspecified() == row.unspecified);
    CHECK(Parsed(row.ip).IsMulticast() == row.multicast);
  }
}

TEST_CASE("AddressTest: fills a sockaddr in network byte order", "[net]") {
  const Address v4 = Parsed("192.0.2.1", 0x1234);
  REQUIRE(v4.SockaddrLength() == sizeof(sockaddr_in));
  sockaddr_in in{};
  std::memcpy(&in, v4.Sockaddr(), sizeof in);
  CHECK(in.sin_family == AF_INET);
  CHECK(std::memcmp(&in.sin_port, "\x12\x34", 2) == 0);
  CHECK(std::memcmp(&in.sin_addr, "\xC0\x00\x02\x01", 4) == 0);

  const Address v6 = Parsed("fe80::1%1", 0x1234);
  REQUIRE(v6.SockaddrLength() == sizeof(sockaddr_in6));
  sockaddr_in6 in6{};
  std::memcpy(&in6, v6.Sockaddr(), sizeof in6);
  CHECK(in6.sin6_family == AF_INET6);
  CHECK(std::memcmp(&in6.sin6_port, "\x12\x34", 2) == 0);
  CHECK(in6.sin6_scope_id == 1);
}

TEST_CASE("AddressTest: reads an address from a sockaddr", "[net]") {
  for (const char* ip : {"192.0.2.1", "2001:db8::1", "fe80::1%lo"}) {
    const Address address = Parsed(ip, 65535);
    const auto back = Address::FromSockaddr(address.Sockaddr(), address.SockaddrLength());
    REQUIRE(back);
    CHECK(*back == address);
    CHECK(back->Hash() == address.Hash());
    CHECK(back->ToString() == address.ToString());
    CHECK_FALSE(Address::FromSockaddr(address.Sockaddr(), address.SockaddrLength() - 1U));
    CHECK_FALSE(Address::FromSockaddr(address.Sockaddr(), 0));
  }
  CHECK_FALSE(Address::FromSockaddr(nullptr, sizeof(sockaddr_in)));
  sockaddr_in6 other{};
  other.sin6_family = AF_UNIX;
  sockaddr any{};
  std::memcpy(&any, &other, sizeof any);
  CHECK_FALSE(Address::FromSockaddr(&any, sizeof any));
}

TEST_CASE("AddressTest: ignores flow label and padding of a sockaddr", "[net]") {
  sockaddr_storage storage{};
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_flowinfo = 0x12345;
  v6->sin6_addr.s6_addr[15] = 1;
  CHECK(Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof *v6) == Parsed("::1", 0));

  std::memset(&storage, 0xEE, sizeof storage);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_port = 0;
  v4->sin_addr.s_addr = 0;
  const auto address = Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof *v4);
  REQUIRE(address);
  CHECK(std::memcmp(address->Sockaddr(), Parsed("0.0.0.0", 0).Sockaddr(), sizeof *v4) == 0);
}

TEST_CASE("AddressTest: compares and hashes family, address, port and zone", "[net]") {
  const Address rows[] = {Parsed("192.0.2.1", 1),   Parsed("192.0.2.1", 2),   Parsed("192.0.2.2", 1),
                          Parsed("2001:db8::1", 1), Parsed("2001:db8::1", 2), Parsed("2001:db8::2", 1),
                          Parsed("2001:db9::1", 1), Parsed("fe80::1", 1),     Parsed("fe80::1%1", 1),
                          Parsed("fe80::1%2", 1),   Parsed("::192.0.2.1", 1), Parsed("::ffff:192.0.2.1", 1)};
  std::unordered_set<Address> set;
  std::unordered_set<std::size_t> hashes;
  for (const auto& row : rows) {
    set.insert(row);
    set.insert(row);
    hashes.insert(row.Hash());
    for (const auto& other : rows) CHECK((row == other) == (&row == &other));
  }
  CHECK(set.size() == std::size(rows));
  CHECK(hashes.size() == std::size(rows));
}

TEST_CASE("AddressTest: converts to the bytes in packets and back", "[net]") {
  for (const char* ip : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::ffff:192.0.2.1", "::"}) {
    const Address address = Parsed(ip, 5000);
    CHECK(address.IpBytes().size() == (address.IsV6() ? 16 : 4));
    CHECK(Address::FromIpBytes(address.IpBytes(), 5000) == address);
  }
  CHECK(Parsed("192.0.2.1").IpBytes()[3] == 1);
  CHECK(Parsed("2001:db8::2").IpBytes()[15] == 2);
  CHECK(Address().IpBytes().empty());
  const std::uint8_t bytes[17]{};
  for (const std::size_t size : {0U, 3U, 5U, 15U, 17U}) {
    CHECK_FALSE(Address::FromIpBytes(ringcast::ByteView(bytes, size), 1));
  }
}

TEST_CASE("AddressTest: returns the same address with another port", "[net]") {
  for (const char* ip : {"192.0.2.1", "2001:db8::1"}) {
    Address address = Parsed(ip, 1);
    address.SetPort(40'000);
    CHECK(address == Parsed(ip, 40'000));
  }
}

TEST_CASE("AddressTest: compares hosts without their ports", "[net]") {
  CHECK(Parsed("192.0.2.1", 1).SameHost(Parsed("192.0.2.1", 2)));
  CHECK(Parsed("2001:db8::1", 1).SameHost(Parsed("2001:db8::1", 2)));
  CHECK_FALSE(Parsed("192.0.2.1", 1).SameHost(Parsed("192.0.2.2", 1)));
  CHECK_FALSE(Parsed("2001:db8::1", 1).SameHost(Parsed("2001:db8::2", 1)));
  CHECK_FALSE(Parsed("::ffff:192.0.2.1", 1).SameHost(Parsed("192.0.2.1", 1)));
}

TEST_CASE("AddressTest: spreads neighbouring addresses and ports over a small table", "[net]") {
  // 4096 peers that differ in a few bits, in 4096 buckets: a random hash leaves about 1507 buckets empty.
  for (const char* ip : {"192.0.2.1", "2001:db8::1"}) {
    std::unordered_set<std::size_t> places;
    for (std::uint16_t port = 40'000; port < 44'096; ++port) places.insert(Parsed(ip, port).Hash() % 4096);
    CHECK(places.size() > 2400);
  }
}
