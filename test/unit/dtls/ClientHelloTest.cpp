// A browser's ClientHello with a post-quantum key share is longer than a datagram.

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include "unit/dtls/DtlsSamples.hpp"
#include "unit/dtls/ReferencePeer.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Drain;
using samples::Fragment;
using samples::Handshake;
using samples::kStart;
using samples::LocalContext;
using samples::MessagesOf;
using samples::Octets;
using samples::ReferencePeer;
using samples::RemoteContext;

namespace {

// The size that X25519MLKEM768's key share of 1,216 bytes and a browser's many extensions add.
constexpr std::size_t kKeyShare = 1600;

// A browser that has just sent its ClientHello, and a server that expects it.
struct Scene {
  Scene() : server(LocalContext()) {
    REQUIRE(server.SetRemoteFingerprint(samples::Sha256(RemoteContext())).Ok());
    REQUIRE(server.Start(Role::kServer, kStart).Ok());
    const auto datagrams = browser.Step();
    REQUIRE(datagrams.size() >= 2);
    hello = MessagesOf(datagrams).at(0);
    REQUIRE(hello.body.size() > 1400);
  }

  void Receive(const Octets& datagram) { CHECK_FALSE(server.Receive(datagram, kStart).dropped); }

  // Completes the handshake and returns true if both sides are connected.
  [[nodiscard]] bool Connects() {
    for (auto flight = Drain(server); !flight.empty(); flight = Drain(server)) Answer(flight);
    return browser.Finished() && server.CurrentState() == State::kConnected;
  }
  void Answer(const std::vector<Octets>& flight) {
    for (const auto& datagram : flight) {
      for (const auto& answer : browser.Step(datagram)) server.Receive(answer, kStart);
    }
  }

  ReferencePeer browser{{.extensionSize = kKeyShare}};
  Connection server;
  Handshake hello;
};

struct Piece {
  std::size_t offset, length;
};

std::vector<Piece> Cut(std::size_t size, std::size_t count) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = size * i / count;
    pieces.push_back({begin, size * (i + 1) / count - begin});
  }
  return pieces;
}

}  // namespace

TEST_CASE("ClientHelloTest: connects with a ClientHello of two datagrams", "[dtls]") {
  Scene scene;
  std::uint64_t number = 0;
  for (const auto& piece : Cut(scene.hello.body.size(), 2)) {
    CHECK_FALSE(scene.server.NextDatagram());
    scene.Receive(Fragment(scene.hello, piece.offset, piece.length, number++));
  }
  CHECK(scene.Connects());
}

TEST_CASE("ClientHelloTest: accepts fragments in any order", "[dtls]") {
  for (const std::size_t count : {2U, 3U, 4U, 5U}) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    do {
      Scene scene;
      const auto pieces = Cut(scene.hello.body.size(), count);
      for (const auto i : order) {
        INFO("fragment " << i << " of " << count);
        scene.Receive(Fragment(scene.hello, pieces[i].offset, pieces[i].length, i));
      }
      REQUIRE(scene.Connects());
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_CASE("ClientHelloTest: assembles fragments of one byte in any order", "[dtls]") {
  for (const int order : {0, 1, 2}) {
    Scene scene;
    std::vector<std::size_t> offsets(scene.hello.body.size());
    std::iota(offsets.begin(), offsets.end(), 0);
    SeededRandom random(9);
    if (order == 1) std::reverse(offsets.begin(), offsets.end());
    if (order == 2) {
      for (std::size_t i = offsets.size(); i > 1; --i) std::swap(offsets[i - 1], offsets[random.U32() % i]);
    }
    // Records are numbered in order of arrival, because the replay window is only 64 wide.
    std::uint64_t number = 0;
    for (const auto offset : offsets) {
      CHECK_FALSE(scene.server.NextDatagram());
      scene.Receive(Fragment(scene.hello, offset, 1, number++));
    }
    CHECK(scene.Connects());
  }
}

TEST_CASE("ClientHelloTest: accepts repeated, overlapping and combined fragments", "[dtls]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Scene scene;
    const std::size_t size = scene.hello.body.size();
    std::uint64_t number = 0;
    std::vector<Octets> datagrams;
    // Every byte is covered at least once, some bytes more often.
    for (std::size_t offset = 0; offset < size;) {
      const std::size_t length = std::min<std::size_t>(random.U32() % 200 + 1, size - offset);
      datagrams.push_back(Fragment(scene.hello, offset, length, number++));
      offset += length - (length > 20 ? random.U32() % 20 : 0);
      if (random.U32() % 3 == 0) datagrams.push_back(datagrams.back());
    }
    for (std::size_t i = datagrams.size(); i > 1; --i) {
      std::swap(datagrams[i - 1], datagrams[random.U32() % i]);
    }
    Octets together;
    for (const auto& datagram : datagrams) {
      together.insert(together.end(), datagram.begin(), datagram.end());
      if (together.size() > 1000 || random.U32() % 2 == 0) scene.Receive(std::exchange(together, {}));
    }
    if (!together.empty()) scene.Receive(together);
    REQUIRE(scene.Connects());
  }
}

TEST_CASE("ClientHelloTest: accepts a ClientHello repeated in other fragments", "[dtls]") {
  Scene scene;
  std::uint64_t number = 0;
  // Half of the message, then all of it in fewer fragments, then the other half.
  const auto small = Cut(scene.hello.body.size(), 8);
  for (std::size_t i = 0; i < 4; ++i) {
    scene.Receive(Fragment(scene.hello, small[i].offset, small[i].length, number++));
  }
  for (const auto& piece : Cut(scene.hello.body.size(), 2)) {
    scene.Receive(Fragment(scene.hello, piece.offset, piece.length, number++));
  }
  const auto flight = Drain(scene.server);
  CHECK_FALSE(flight.empty());
  for (std::size_t i = 4; i < 8; ++i) {
    scene.Receive(Fragment(scene.hello, small[i].offset, small[i].length, number++));
  }
  // The browser's own timer may also have repeated the message.
  for (int i = 0; i < 20; ++i) {
    for (const auto& piece : Cut(scene.hello.body.size(), 2)) {
      scene.Receive(Fragment(scene.hello, piece.offset, piece.length, number++));
    }
  }
  CHECK_FALSE(scene.server.NextDatagram());
  CHECK(scene.server.CurrentState() == State::kConnecting);
  scene.Answer(flight);
  CHECK(scene.Connects());
}

TEST_CASE("ClientHelloTest: fills a missing fragment from a retransmission", "[dtls]") {
  for (std::size_t missing = 0; missing < 3; ++missing) {
    Scene scene;
    const auto pieces = Cut(scene.hello.body.size(), 3);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      if (i != missing) scene.Receive(Fragment(scene.hello, pieces[i].offset, pieces[i].length, number++));
    }
    CHECK_FALSE(scene.server.NextDatagram());
    scene.Receive(Fragment(scene.hello, pieces[missing].offset, pieces[missing].length, number++));
    CHECK(scene.Connects());
  }
}

TEST_CASE("ClientHelloTest: bounds its memory for any number of fragments", "[dtls]") {
  Scene scene;
  for (std::size_t i = 0; i < 20'000; ++i) scene.Receive(Fragment(scene.hello, 0, 1, i));
  CHECK(scene.server.NextTimeout() == kStart + kHandshakeTimeout);
  scene.Receive(Fragment(scene.hello, 0, 700, 1));
  scene.Receive(Fragment(scene.hello, 700, scene.hello.body.size() - 700, 2));
  CHECK(scene.Connects());
}
