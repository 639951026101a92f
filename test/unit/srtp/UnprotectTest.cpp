// Incoming packets: replays, forgeries, packets of other peers, and the memory that they take.

#include <malloc.h>

#include <algorithm>
#include <utility>

#include <catch2/catch.hpp>

#include "unit/srtp/SrtpSamples.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the sanitizer's name
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

using namespace ringcast;
using namespace ringcast::srtp;
using samples::kSuites;
using samples::Octets;
using samples::Pair;
using samples::Rtcp;
using samples::Rtp;

namespace {

constexpr auto kPassed = std::optional<Failure>();

std::size_t HeapBytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  return mallinfo2().uordblks;
}

Octets Flipped(Octets packet, std::size_t bit) {
  packet[bit / 8] = static_cast<std::uint8_t>(packet[bit / 8] ^ (0x80U >> bit % 8));
  return packet;
}

}  // namespace

TEST_CASE("UnprotectTest: accepts a packet once", "[srtp]") {
  SeededRandom random(21);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    const auto rtp = pair.ProtectRtp(Rtp(1, 1000));
    CHECK(pair.UnprotectRtp(rtp) == kPassed);
    CHECK(pair.UnprotectRtp(rtp) == Failure::kReplay);
    CHECK(pair.UnprotectRtp(pair.ProtectRtp(Rtp(1, 1001))) == kPassed);
    CHECK(pair.UnprotectRtp(rtp) == Failure::kReplay);

    const auto rtcp = pair.ProtectRtcp(Rtcp(1));
    CHECK(pair.UnprotectRtcp(rtcp) == kPassed);
    CHECK(pair.UnprotectRtcp(rtcp) == Failure::kReplay);
    CHECK(pair.UnprotectRtcp(pair.ProtectRtcp(Rtcp(1))) == kPassed);
  }
}

TEST_CASE("UnprotectTest: accepts late packets within the replay window only", "[srtp]") {
  SeededRandom random(22);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    constexpr std::uint16_t kNewest = 20'000;
    const auto tooLate = pair.ProtectRtp(Rtp(1, kNewest - (kReplayWindow + 1)));
    const auto late = pair.ProtectRtp(Rtp(1, kNewest - (kReplayWindow - 1)));
    const auto newest = pair.ProtectRtp(Rtp(1, kNewest));
    CHECK(pair.UnprotectRtp(newest) == kPassed);
    CHECK(pair.UnprotectRtp(late) == kPassed);
    CHECK(pair.UnprotectRtp(late) == Failure::kReplay);
    CHECK(pair.UnprotectRtp(tooLate) == Failure::kReplay);
  }
}

TEST_CASE("UnprotectTest: accepts packets around a rollover despite loss and reordering", "[srtp]") {
  SeededRandom random(23);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    std::vector<Octets> wire;
    for (std::uint32_t index = 65'400; index < 65'400 + 300; ++index) {
      wire.push_back(pair.ProtectRtp(Rtp(1, static_cast<std::uint16_t>(index))));
    }
    CHECK(pair.UnprotectRtp(wire[0]) == kPassed);
    CHECK(pair.UnprotectRtp(wire[130]) == kPassed);
    CHECK(pair.UnprotectRtp(wire[150]) == kPassed);  // 65535 and 0 are missing
    CHECK(pair.UnprotectRtp(wire[140]) == kPassed);  // late, from after the rollover
    CHECK(pair.UnprotectRtp(wire[135]) == kPassed);  // late, from before the rollover: 65535
    CHECK(pair.UnprotectRtp(wire[135]) == Failure::kReplay);
    CHECK(pair.UnprotectRtp(wire[299]) == kPassed);
  }
}

TEST_CASE("UnprotectTest: rejects RTP with any flipped bit", "[srtp]") {
  SeededRandom random(24);
  for (const auto suite : kSuites) {
    Pair pair(MasterKey::Generate(suite, random));
    const auto wire = pair.ProtectRtp(Rtp(7, 300, {.contributors = 1, .extensionWords = 1, .payload = 9}));
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
      INFO(Name(suite) << ", bit " << bit);
      const auto failure = pair.UnprotectRtp(Flipped(wire, bit));
      REQUIRE(failure);
      // A bit in the first byte or in the extension length may break the header format; any other bit breaks
      // the authentication.
      const bool shape = bit < 8 || (bit >= 18 * 8 && bit < 20 * 8);
      if (!shape) REQUIRE(*failure == Failure::kAuthentication);
    }
    CHECK(pair.UnprotectRtp(wire) == kPassed);  // rejected packets leave the state unchanged
  }
}

TEST_CASE("UnprotectTest: rejects RTCP with any flipped bit", "[srtp]") {
  SeededRandom random(25);
  for (const auto suite : kSuites) {
    Pair pair(MasterKey::Generate(suite, random));
    const auto wire = pair.ProtectRtcp(Rtcp(7));
    // A cleared E flag contradicts the AES-CM suites, so the packet is rejected before the tag is checked.
    const std::size_t encrypted = (wire.size() - (RtcpOverhead(suite) == 20 ? 4 : 14)) * 8;
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
      INFO(Name(suite) << ", bit " << bit);
      const auto failure = pair.UnprotectRtcp(Flipped(wire, bit));
      REQUIRE(failure);
      if (bit != encrypted) REQUIRE(*failure == Failure::kAuthentication);
    }
    CHECK(pair.UnprotectRtcp(wire) == kPassed);
  }
}

TEST_CASE("UnprotectTest: rejects truncated and extended packets", "[srtp]") {
  SeededRandom random(26);
  for (const auto suite : kSuites) {
    Pair pair(MasterKey::Generate(suite, random));
    const auto rtp = pair.ProtectRtp(Rtp(7, 300, {.contributors = 2, .extensionWords = 2, .payload = 40}));
    for (std::size_t size = 0; size < rtp.size(); ++size) {
      INFO(Name(suite) << ", " << size << " of " << rtp.size());
      const auto failure =
          pair.UnprotectRtp(Octets(rtp.begin(), rtp.begin() + static_cast<std::ptrdiff_t>(size)));
      REQUIRE(failure);
      if (size < 12 + RtpOverhead(suite)) REQUIRE(*failure == Failure::kMalformed);
    }
    const auto rtcp = pair.ProtectRtcp(Rtcp(7, 2));
    for (std::size_t size = 0; size < rtcp.size(); ++size) {
      INFO(Name(suite) << ", " << size << " of " << rtcp.size());
      const auto failure =
          pair.UnprotectRtcp(Octets(rtcp.begin(), rtcp.begin() + static_cast<std::ptrdiff_t>(size)));
      REQUIRE(failure);
      if (size < 8 + RtcpOverhead(suite)) REQUIRE(*failure == Failure::kMalformed);
    }
    auto longer = rtp;
    longer.push_back(0);
    CHECK(pair.UnprotectRtp(longer) == Failure::kAuthentication);
    CHECK(pair.UnprotectRtp(rtp) == kPassed);
    CHECK(pair.UnprotectRtcp(rtcp) == kPassed);
  }
}

TEST_CASE("UnprotectTest: rejects a header longer than the packet", "[srtp]") {
  SeededRandom random(27);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    auto contributors = Rtp(7, 1, {.payload = 20});
    contributors[0] = 0x8F;
    CHECK(pair.UnprotectRtp(contributors) == Failure::kMalformed);
    auto extension = Rtp(7, 1, {.extensionWords = 1, .payload = 20});
    StoreU16(extension.data() + 14, 0xFFFF);
    CHECK(pair.UnprotectRtp(extension) == Failure::kMalformed);
  }
}

TEST_CASE("UnprotectTest: rejects packets of another key or suite", "[srtp]") {
  SeededRandom random(28);
  for (const auto suite : kSuites) {
    Pair ours(MasterKey::Generate(suite, random));
    for (const auto other : kSuites) {
      INFO(Name(other) << " to " << Name(suite));
      Pair theirs(MasterKey::Generate(other, random));
      CHECK(ours.UnprotectRtp(theirs.ProtectRtp(Rtp(1, 1))) == Failure::kAuthentication);
      CHECK(ours.UnprotectRtcp(theirs.ProtectRtcp(Rtcp(1, 4))).has_value());
    }
    CHECK(ours.UnprotectRtp(Rtp(1, 1)) == Failure::kAuthentication);  // plaintext
  }
}

TEST_CASE("UnprotectTest: uses separate keys for RTP and RTCP", "[srtp]") {
  SeededRandom random(29);
  for (const auto suite : kSuites) {
    INFO(Name(suite));
    Pair pair(MasterKey::Generate(suite, random));
    CHECK(pair.UnprotectRtcp(pair.ProtectRtp(Rtp(1, 1))).has_value());
    CHECK(pair.UnprotectRtp(pair.ProtectRtcp(Rtcp(1))).has_value());
  }
}

TEST_CASE("UnprotectTest: keeps its state when moved", "[srtp]") {
  SeededRandom random(30);
  const auto key = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  Pair pair(key);
  const auto first = pair.ProtectRtp(Rtp(1, 1));
  CHECK(pair.UnprotectRtp(first) == kPassed);

  Pair moved(std::move(pair));
  CHECK(moved.UnprotectRtp(first) == Failure::kReplay);
  CHECK(moved.UnprotectRtp(moved.ProtectRtp(Rtp(1, 2))) == kPassed);

  Pair fresh(MasterKey::Generate(CryptoSuite::kAesCm128HmacSha1_32, random));
  fresh = std::move(moved);
  CHECK(fresh.Sender().Suite() == CryptoSuite::kAeadAes128Gcm);
  CHECK(fresh.UnprotectRtp(first) == Failure::kReplay);
  CHECK(fresh.UnprotectRtp(fresh.ProtectRtp(Rtp(1, 3))) == kPassed);
}

TEST_CASE("UnprotectTest: allocates nothing for invalid packets of many ssrcs", "[srtp]") {
  SeededRandom random(31);
  for (const auto suite : kSuites) {
    Pair pair(MasterKey::Generate(suite, random));
    const auto garbage = [&](std::uint32_t first, std::uint32_t count) {
      for (std::uint32_t ssrc = first; ssrc < first + count; ++ssrc) {
        REQUIRE(pair.UnprotectRtp(Rtp(ssrc, static_cast<std::uint16_t>(ssrc))) == Failure::kAuthentication);
        REQUIRE(pair.UnprotectRtcp(Rtcp(ssrc, 2)).has_value());
      }
    };
    garbage(1'000'000, 10);  // memory that the ciphers allocate at first use
    const auto before = HeapBytes();
    garbage(2'000'000, 10'000);
    INFO(Name(suite));
    CHECK(HeapBytes() < before + 4096);  // 10,000 streams would take megabytes
  }
}

TEST_CASE("UnprotectTest: limits the streams of a peer and keeps those in use", "[srtp]") {
  SeededRandom random(32);
  const auto key = MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, random);
  Pair pair(key);
  // One sender for each group of ssrcs, because the outbound side keeps all of its streams.
  const auto visit = [&](std::uint32_t first, std::size_t count) {
    auto sender = Outbound::Create(key).Value();
    for (std::uint32_t ssrc = first; ssrc < first + count; ++ssrc) {
      auto packet = Rtp(ssrc, 1, {.payload = 8});
      packet.resize(packet.size() + kMaxOverhead);
      packet.resize(sender.ProtectRtp(packet, packet.size() - kMaxOverhead).value_or(0));
      const auto failure = pair.UnprotectRtp(std::move(packet));
      REQUIRE_FALSE(failure);
    }
  };
  std::uint16_t next = 65'000;
  Octets newest;
  const auto useFavourite = [&] {
    newest = pair.ProtectRtp(Rtp(1, next++));
    REQUIRE(pair.UnprotectRtp(newest) == kPassed);
  };

  useFavourite();
  const auto idle = pair.ProtectRtp(Rtp(2, 1));
  CHECK(pair.UnprotectRtp(idle) == kPassed);
  std::uint32_t ssrc = 1000;
  const auto flood = [&](std::size_t streams) {
    constexpr std::size_t kStep = 256;
    for (std::size_t done = 0; done < streams; done += kStep, ssrc += kStep) {
      visit(ssrc, kStep);
      for (int i = 0; i < 50; ++i) useFavourite();  // reaches the rollover during the flood
    }
  };
  flood(kMaxInboundStreams + 256);
  const auto full = HeapBytes();
  flood(2 * kMaxInboundStreams);
  CHECK(HeapBytes() < full + 64 * 1024);  // that many additional streams would take over 2 MB

  CHECK(pair.UnprotectRtp(newest) ==
        Failure::kReplay);  // the active stream keeps its state, including the rollover
  CHECK(next < 1000);
  CHECK(pair.UnprotectRtp(idle) == kPassed);  // the idle stream was removed and starts again
  CHECK(pair.UnprotectRtp(idle) == Failure::kReplay);
}

TEST_CASE("UnprotectTest: counts RTCP as use of a stream", "[srtp]") {
  SeededRandom random(33);
  const auto key = MasterKey::Generate(CryptoSuite::kAesCm128HmacSha1_80, random);
  Pair pair(key);
  Octets report;
  for (std::uint32_t ssrc = 10; ssrc < 10 + 2 * kMaxInboundStreams; ++ssrc) {
    if (ssrc % 1024 == 10) {
      report = pair.ProtectRtcp(Rtcp(1));
      REQUIRE(pair.UnprotectRtcp(report) == kPassed);
    }
    REQUIRE(pair.UnprotectRtp(pair.ProtectRtp(Rtp(ssrc, 1, {.payload = 1}))) == kPassed);
  }
  CHECK(pair.UnprotectRtcp(report) == Failure::kReplay);
}
