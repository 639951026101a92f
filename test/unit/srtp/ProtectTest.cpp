// Outgoing packets, compared with the reference byte for byte.

#include <algorithm>

#include <catch2/catch.hpp>

#include "ringcast/srtp/UsedIndices.hpp"
#include "unit/srtp/ReferenceSrtp.hpp"
#include "unit/srtp/SrtpSamples.hpp"

using namespace ringcast;
using namespace ringcast::srtp;
using reference::RtpProtocol;
using samples::kSuites;
using samples::Octets;
using samples::Pair;
using samples::Rtcp;
using samples::Rtp;
using samples::RtpShape;

TEST_CASE("ProtectTest: protects RTP of any shape like the reference", "[srtp]") {
  const RtpShape shapes[] = {
      {.payload = 0},
      {.payload = 1},
      {.payload = 15},
      {.payload = 16},
      {.payload = 17},
      {.payload = 1188},
      {.contributors = 1},
      {.contributors = 15, .payload = 3},
      {.extensionWords = 1},
      {.extensionWords = 5, .payload = 0},
      {.contributors = 2, .extensionWords = 3, .payload = 500},
  };
  SeededRandom random(11);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, RtpProtocol::kRtp);
    Pair pair(key);
    std::uint16_t sequenceNumber = 100;
    for (const auto& shape : shapes) {
      INFO("csrcs " << shape.contributors << ", extension words " << shape.extensionWords << ", payload "
                    << shape.payload);
      const auto packet = Rtp(0xCAFE0001, sequenceNumber++, shape);
      const auto wire = pair.ProtectRtp(packet);
      REQUIRE(wire.size() == packet.size() + RtpOverhead(suite));
      CHECK(wire == reference::ProtectRtp(suite, keys, packet, 0));
      Octets plain;
      CHECK_FALSE(pair.UnprotectRtp(wire, &plain));
      CHECK(plain == packet);
    }
  }
}

TEST_CASE("ProtectTest: protects several streams like the reference across rollovers", "[srtp]") {
  SeededRandom random(12);
  for (const auto suite : kSuites) {
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, RtpProtocol::kRtp);
    Pair pair(key);
    std::uint32_t ssrc = 0;
    for (const std::uint32_t start : {0U, 1U, 32767U, 32768U, 65534U, 65535U}) {
      for (const std::uint32_t mark : {0U, 0xFFFF0000U}) {
        ++ssrc;
        // Consecutive packets at first, then gaps up to the second rollover.
        std::uint32_t index = start;
        for (int i = 0; i < 40; ++i) {
          const auto packet = Rtp(mark + ssrc, static_cast<std::uint16_t>(index), {.payload = 20});
          const auto wire = pair.ProtectRtp(packet);
          INFO(Name(suite) << ", start " << start << ", index " << index);
          REQUIRE(wire == reference::ProtectRtp(suite, keys, packet, index >> 16));
          Octets plain;
          REQUIRE_FALSE(pair.UnprotectRtp(wire, &plain));
          REQUIRE(plain == packet);
          index += i < 8 ? 1U : 5000U;
        }
        REQUIRE(index >> 16 >= 2);
      }
    }
  }
}

TEST_CASE("ProtectTest: protects RTCP like the reference with increasing indices", "[srtp]") {
  SeededRandom random(13);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, RtpProtocol::kRtcp);
    Pair pair(key);
    // Position of the index in the trailer: before the tag with AES-CM, behind the tag with GCM (RFC 7714
    // section 9.2).
    const std::size_t fromEnd = RtcpOverhead(suite) == 20 ? 4 : 14;
    for (const std::uint32_t ssrc : {1U, 0xFFFFFFFFU}) {
      std::optional<std::uint32_t> last;
      for (const std::size_t blocks : {0U, 1U, 2U, 31U}) {
        const auto packet = Rtcp(ssrc, blocks);
        const auto wire = pair.ProtectRtcp(packet);
        REQUIRE(wire.size() == packet.size() + RtcpOverhead(suite));
        const auto trailer = LoadU32(wire.data() + wire.size() - fromEnd);
        CHECK((trailer & 0x80000000U) != 0);
        const auto index = trailer & 0x7FFFFFFFU;
        if (last) CHECK(index == *last + 1);
        last = index;
        CHECK(wire == reference::ProtectRtcp(suite, keys, packet, index));
        Octets plain;
        CHECK_FALSE(pair.UnprotectRtcp(wire, &plain));
        CHECK(plain == packet);
      }
    }
  }
}

TEST_CASE("ProtectTest: protects a retransmission identically across the rollover", "[srtp]") {
  SeededRandom random(14);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    const auto key = MasterKey::Generate(suite, random);
    const auto keys = reference::Derive(key, RtpProtocol::kRtp);
    Pair pair(key);
    const auto before = Rtp(5, 65530);
    const auto wire = pair.ProtectRtp(before);
    for (std::uint32_t index = 65531; index < 65531 + 2000; ++index) {
      REQUIRE_FALSE(pair.ProtectRtp(Rtp(5, static_cast<std::uint16_t>(index), {.payload = 4})).empty());
    }
    CHECK(pair.ProtectRtp(before) == wire);
    CHECK(wire == reference::ProtectRtp(suite, keys, before, 0));
    const auto after = Rtp(5, 100);
    CHECK(pair.ProtectRtp(after) == reference::ProtectRtp(suite, keys, after, 1));
  }
}

TEST_CASE("ProtectTest: allows retransmissions within the window only", "[srtp]") {
  SeededRandom random(15);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    constexpr std::uint16_t kNewest = 10'000;
    const auto sequenceNumber = [](std::size_t behind) {
      return static_cast<std::uint16_t>(kNewest - behind);
    };
    // Without libsrtp2, the window is the one of UsedIndices, in words of 64 bits.
    const bool library = IsBuiltIn(Engine::kLibsrtp2);
    const std::size_t window = library ? kReplayWindow : std::size_t{UsedIndices::kWindow};
    const std::size_t beyond = window + (library ? 1 : 64);
    REQUIRE_FALSE(pair.ProtectRtp(Rtp(5, kNewest)).empty());
    CHECK_FALSE(pair.ProtectRtp(Rtp(5, sequenceNumber(window - 1))).empty());
    CHECK(pair.ProtectRtp(Rtp(5, sequenceNumber(beyond))).empty());
    CHECK_FALSE(pair.ProtectRtp(Rtp(5, kNewest + 1)).empty());
  }
}

TEST_CASE("ProtectTest: leaves a packet unchanged when it has no room for the overhead", "[srtp]") {
  SeededRandom random(16);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    const auto rtp = Rtp(9, 1);
    const auto rtcp = Rtcp(9);
    for (std::size_t room = 0; room < RtpOverhead(suite); ++room) {
      Octets buffer = rtp;
      buffer.resize(rtp.size() + room);
      CHECK_FALSE(pair.Sender().ProtectRtp(buffer, rtp.size()));
      CHECK(std::equal(rtp.begin(), rtp.end(), buffer.begin()));
    }
    for (std::size_t room = 0; room < RtcpOverhead(suite); ++room) {
      Octets buffer = rtcp;
      buffer.resize(rtcp.size() + room);
      CHECK_FALSE(pair.Sender().ProtectRtcp(buffer, rtcp.size()));
      CHECK(std::equal(rtcp.begin(), rtcp.end(), buffer.begin()));
    }
    // A size beyond the buffer, or close to SIZE_MAX.
    Octets buffer = rtp;
    CHECK_FALSE(pair.Sender().ProtectRtp(buffer, buffer.size() + 1));
    CHECK_FALSE(pair.Sender().ProtectRtp(buffer, SIZE_MAX - 4));
    CHECK_FALSE(pair.Sender().ProtectRtcp(buffer, SIZE_MAX - 4));
  }
}

TEST_CASE("ProtectTest: rejects packets without a valid header", "[srtp]") {
  SeededRandom random(17);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    const auto whole = Rtp(9, 1, {.contributors = 3, .extensionWords = 2, .payload = 0});
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK(
          pair.ProtectRtp(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).empty());
    }
    CHECK_FALSE(pair.ProtectRtp(whole).empty());
    for (std::size_t size = 0; size < 8; ++size) CHECK(pair.ProtectRtcp(Octets(size, 0x80)).empty());
  }
}
