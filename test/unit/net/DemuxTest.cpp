#include <catch2/catch.hpp>

#include "ringcast/net/Demux.hpp"

using namespace ringcast;
using net::Classify;
using net::PacketProtocol;

TEST_CASE("DemuxTest: classifies by the first byte (RFC 7983)", "[net]") {
  struct Row {
    int from;
    int to;
    PacketProtocol protocol;
  };
  // Section 7, figure 3; ZRTP, TURN channels and unassigned values count as unknown.
  const Row rows[] = {
      {0, 3, PacketProtocol::kStun},    {4, 19, PacketProtocol::kUnknown},
      {20, 63, PacketProtocol::kDtls},  {64, 127, PacketProtocol::kUnknown},
      {128, 191, PacketProtocol::kRtp}, {192, 255, PacketProtocol::kUnknown},
  };
  int next = 0;
  for (const auto& row : rows) {
    REQUIRE(row.from == next);
    next = row.to + 1;
    for (int first = row.from; first <= row.to; ++first) {
      CAPTURE(first);
      const std::uint8_t datagram[12] = {static_cast<std::uint8_t>(first), 96};
      CHECK(Classify(datagram) == row.protocol);
      CHECK(Classify(ByteView(datagram).first(1)) == row.protocol);
    }
  }
  CHECK(next == 256);
}

TEST_CASE("DemuxTest: separates RTCP from RTP by the second byte (RFC 5761)", "[net]") {
  for (int second = 0; second < 256; ++second) {
    CAPTURE(second);
    const bool isRtcp = second >= 192 && second <= 223;
    for (const int first : {128, 129, 144, 160, 191}) {
      const std::uint8_t datagram[] = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
      CHECK(Classify(datagram) == (isRtcp ? PacketProtocol::kRtcp : PacketProtocol::kRtp));
    }
    const std::uint8_t stun[] = {0, static_cast<std::uint8_t>(second)};
    CHECK(Classify(stun) == PacketProtocol::kStun);
  }
}

TEST_CASE("DemuxTest: classifies an empty datagram as unknown", "[net]") {
  CHECK(Classify({}) == PacketProtocol::kUnknown);
}
