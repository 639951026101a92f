// Datagrams of unrelated senders, and damage on the path to the datagrams of the peers.

#include <algorithm>

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include "unit/dtls/DtlsSamples.hpp"
#include "unit/dtls/ReferencePeer.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Converse;
using samples::Drain;
using samples::KeysMatch;
using samples::kStart;
using samples::Messages;
using samples::Octets;
using samples::Pair;
using samples::Record;
using samples::ReferencePeer;

namespace {

Octets Text(std::string_view text) { return {text.begin(), text.end()}; }

// Checks that messages arrive in both directions.
void CheckTalks(Pair& pair) {
  REQUIRE(pair.Connected());
  REQUIRE(pair.client.Send(Text("to the server")));
  REQUIRE(pair.server.Send(Text("to the client")));
  pair.Run();
  CHECK(Messages(pair.server) == std::vector<Octets>{Text("to the server")});
  CHECK(Messages(pair.client) == std::vector<Octets>{Text("to the client")});
}

// A datagram of a handshake and its sender.
struct Recorded {
  bool fromClient;
  Octets datagram;
};
std::vector<Recorded> Recording(Pair& pair) {
  std::vector<Recorded> all;
  pair.Run([&](bool fromClient, std::size_t, const Octets& datagram) {
    all.push_back({fromClient, datagram});
    return std::vector<Octets>{datagram};
  });
  REQUIRE(pair.Connected());
  REQUIRE(all.size() == 4);
  return all;
}

}  // namespace

TEST_CASE("HostileTest: survives any changed byte of the handshake", "[dtls]") {
  std::size_t sizes[2][2];
  {
    Pair pair;
    pair.Run([&](bool fromClient, std::size_t number, const Octets& datagram) {
      sizes[fromClient ? 0 : 1][number] = datagram.size();
      return std::vector<Octets>{datagram};
    });
  }
  std::size_t connected = 0;
  std::size_t tried = 0;
  for (const bool flipsClient : {true, false}) {
    for (std::size_t which = 0; which < 2; ++which) {
      // Signatures differ in length by a byte or two, so the last positions are modulo the real length.
      for (std::size_t at = 0; at < sizes[flipsClient ? 0 : 1][which]; ++at) {
        INFO((flipsClient ? "client's " : "server's ") << which << ", byte " << at);
        Pair pair;
        pair.Run([&](bool fromClient, std::size_t number, Octets datagram) {
          if (fromClient == flipsClient && number == which) {
            datagram[at % datagram.size()] ^= static_cast<std::uint8_t>(1U << (at % 8));
          }
          return std::vector<Octets>{datagram};
        });
        // The sender retransmits the dropped flight.
        for (int i = 0; i < 3 && !pair.Connected() && pair.Wait(); ++i) pair.Run();
        ++tried;
        if (pair.Connected()) {
          ++connected;
          REQUIRE(KeysMatch(pair.client, pair.server));
        }
        REQUIRE(ERR_peek_error() == 0);
      }
    }
  }
  // At least the changes in record headers leave the handshake intact.
  CHECK(connected > tried / 50);
  CHECK(connected < tried);
}

TEST_CASE("HostileTest: survives a replayed handshake with changed bytes", "[dtls]") {
  Pair pair;
  const auto all = Recording(pair);
  for (const auto& recorded : all) {
    auto& receiver = recorded.fromClient ? pair.server : pair.client;
    for (std::size_t at = 0; at < recorded.datagram.size(); ++at) {
      for (const auto mask : std::initializer_list<std::uint8_t>{0x01, 0x80, 0xFF}) {
        auto changed = recorded.datagram;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ mask);
        receiver.Receive(changed, pair.now);
        if (receiver.CurrentState() != State::kConnected) FAIL("byte " << at << ", mask " << int{mask});
      }
    }
  }
  CheckTalks(pair);
}

TEST_CASE("HostileTest: survives changed application data", "[dtls]") {
  Pair pair;
  Recording(pair);
  REQUIRE(pair.client.Send(Text("secret")));
  const auto datagram = Drain(pair.client).at(0);
  for (std::size_t at = 0; at < datagram.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto changed = datagram;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1U << bit);
      pair.server.Receive(changed, pair.now);
      CHECK_FALSE(pair.server.NextMessage());
    }
  }
  pair.server.Receive(datagram, pair.now);
  CHECK(Messages(pair.server) == std::vector<Octets>{Text("secret")});
  pair.server.Receive(datagram, pair.now);  // a replay
  CHECK_FALSE(pair.server.NextMessage());
  CheckTalks(pair);
}

TEST_CASE("HostileTest: survives garbage", "[dtls]") {
  Pair pair;
  Recording(pair);
  SeededRandom random(11);
  for (int i = 0; i < 20'000; ++i) {
    Octets datagram(random.U32() % 100 + 1);
    random.Fill(datagram);
    if (i % 2 == 0) {
      // As similar to a record as possible without the keys.
      Octets body(random.U32() % 60 + 1);
      random.Fill(body);
      datagram = Record(static_cast<std::uint8_t>(20 + random.U32() % 4),
                        static_cast<std::uint16_t>(random.U32() % 3), random.U32() % 1000, body);
    }
    pair.server.Receive(datagram, pair.now);
    pair.client.Receive(datagram, pair.now);
  }
  CHECK_FALSE(pair.server.NextDatagram());
  CHECK_FALSE(pair.client.NextDatagram());
  CHECK(ERR_peek_error() == 0);
  CheckTalks(pair);
}

TEST_CASE("HostileTest: ignores plaintext alerts", "[dtls]") {
  for (const auto level : std::initializer_list<std::uint8_t>{1, 2}) {
    for (int description = 0; description < 256; ++description) {
      Pair pair({.start = false});
      REQUIRE(pair.server.Start(Role::kAuto, kStart).Ok());
      const auto alert = Record(21, 0, 9, Octets{level, static_cast<std::uint8_t>(description)});
      CHECK(pair.server.Receive(alert, kStart).dropped == DropReason::kNotClientHello);
      CHECK(pair.server.CurrentState() == State::kNew);
    }
  }
  Pair pair;
  Recording(pair);
  for (const auto level : std::initializer_list<std::uint8_t>{1, 2}) {
    for (int description = 0; description < 256; ++description) {
      for (const auto epoch : std::initializer_list<std::uint16_t>{0, 1, 2}) {
        const auto alert = Record(21, epoch, 1000, Octets{level, static_cast<std::uint8_t>(description)});
        for (auto* const connection : {&pair.client, &pair.server}) {
          const auto update = connection->Receive(alert, pair.now);
          CHECK((update.dropped == DropReason::kPlaintext) == (epoch == 0));
          CHECK_FALSE(update.state);
        }
      }
    }
  }
  CheckTalks(pair);
}

// OpenSSL 3.0 treats these not as bad records but as internal errors that end the association.
TEST_CASE("HostileTest: ignores encrypted records that are too short", "[dtls]") {
  for (const auto& [ciphers, overhead] : {std::pair{"ECDHE-ECDSA-AES128-GCM-SHA256", std::size_t{24}},
                                          std::pair{"ECDHE-ECDSA-AES256-GCM-SHA384", std::size_t{24}},
                                          std::pair{"ECDHE-ECDSA-CHACHA20-POLY1305", std::size_t{16}}}) {
    for (const bool peerIsClient : {true, false}) {
      INFO(ciphers << ", peer is client: " << peerIsClient);
      ReferencePeer peer({.client = peerIsClient, .ciphers = ciphers});
      Connection connection(samples::LocalContext());
      REQUIRE(connection.SetRemoteFingerprint(samples::Sha256(samples::RemoteContext())).Ok());
      REQUIRE(connection.Start(peerIsClient ? Role::kServer : Role::kClient, kStart).Ok());
      Converse(peer, connection, kStart);
      REQUIRE(connection.CurrentState() == State::kConnected);
      for (std::uint8_t type = 20; type <= 23; ++type) {
        for (const auto epoch : std::initializer_list<std::uint16_t>{1, 2}) {
          for (std::size_t size = 1; size < 60; ++size) {
            const auto dropped =
                connection.Receive(Record(type, epoch, 1000 + size, Octets(size)), kStart).dropped;
            CHECK((dropped == DropReason::kTooShort) == (size < overhead));
          }
        }
      }
      CHECK(connection.CurrentState() == State::kConnected);
      // The shortest valid record.
      for (const auto& datagram : peer.Write("x")) CHECK_FALSE(connection.Receive(datagram, kStart).dropped);
      CHECK(Messages(connection) == std::vector<Octets>{Text("x")});
    }
  }
}

TEST_CASE("HostileTest: ignores encrypted records before the handshake ends", "[dtls]") {
  Pair pair;
  pair.Run([&](bool, std::size_t number, const Octets& datagram) {
    std::vector<Octets> out;
    for (std::size_t size = 1; size < 30; ++size) {
      const auto type = static_cast<std::uint8_t>(20 + (size + number) % 4);
      out.push_back(Record(type, 1, 500 + size, Octets(size)));
    }
    out.push_back(datagram);
    return out;
  });
  CheckTalks(pair);
}

TEST_CASE("HostileTest: ignores plaintext records beside encrypted ones", "[dtls]") {
  Pair pair;
  Recording(pair);
  const auto plain = Record(21, 0, 1000, Octets{2, 40});
  REQUIRE(pair.client.Send(Text("between")));
  auto datagram = plain;
  for (const auto& part : {Drain(pair.client).at(0), plain}) {
    datagram.insert(datagram.end(), part.begin(), part.end());
  }
  pair.server.Receive(datagram, pair.now);
  CHECK(Messages(pair.server) == std::vector<Octets>{Text("between")});
  CheckTalks(pair);
}

TEST_CASE("HostileTest: keeps an association on a new ClientHello", "[dtls]") {
  Pair pair;
  Recording(pair);
  for (int i = 0; i < 100; ++i) {
    ReferencePeer stranger({});
    for (const auto& datagram : stranger.Step()) {
      CHECK(pair.server.Receive(datagram, pair.now).dropped == DropReason::kPlaintext);
      CHECK(pair.client.Receive(datagram, pair.now).dropped == DropReason::kWrongRole);
    }
  }
  CHECK_FALSE(pair.server.NextDatagram());
  CheckTalks(pair);
}

TEST_CASE("HostileTest: completes the handshake despite garbage", "[dtls]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Pair pair;
    pair.Run([&](bool, std::size_t, const Octets& datagram) {
      std::vector<Octets> out;
      for (std::uint32_t n = random.U32() % 20; n > 0; --n) {
        Octets garbage(random.U32() % 200 + 1);
        random.Fill(garbage);
        if (random.U32() % 2 == 0) garbage[0] = static_cast<std::uint8_t>(20 + random.U32() % 4);
        out.push_back(garbage);
        // An encrypted record of an unknown epoch.
        if (random.U32() % 4 == 0) out.push_back(Record(23, 7, n, garbage));
      }
      out.push_back(datagram);
      return out;
    });
    REQUIRE(pair.Connected());
    CheckTalks(pair);
  }
}

TEST_CASE("HostileTest: connects after any number of forged encrypted records", "[dtls]") {
  Pair pair;
  pair.Run([&](bool fromClient, std::size_t, const Octets& datagram) {
    auto& receiver = fromClient ? pair.server : pair.client;
    for (std::size_t i = 0; i < 1000; ++i) receiver.Receive(Record(23, 1, i, Octets(40)), pair.now);
    return std::vector<Octets>{datagram};
  });
  CheckTalks(pair);
}

TEST_CASE("HostileTest: delivers early application data after the handshake", "[dtls]") {
  // The server connects first, and its data overtakes its Finished.
  Pair pair;
  const auto hello = Drain(pair.client).at(0);
  pair.server.Receive(hello, kStart);
  const auto flight = Drain(pair.server).at(0);
  pair.client.Receive(flight, kStart);
  const auto finished = Drain(pair.client).at(0);
  pair.server.Receive(finished, kStart);
  const auto last = Drain(pair.server).at(0);
  REQUIRE(pair.server.Send(Text("early")));
  const auto early = Drain(pair.server).at(0);
  CHECK_FALSE(pair.client.Receive(early, kStart).dropped);
  CHECK_FALSE(pair.client.NextMessage());
  CHECK(pair.client.Receive(last, kStart).state == State::kConnected);
  CHECK(Messages(pair.client) == std::vector<Octets>{Text("early")});
  CheckTalks(pair);
}

TEST_CASE("HostileTest: refuses renegotiation", "[dtls]") {
  ReferencePeer peer({.client = true});
  Connection server(samples::LocalContext());
  REQUIRE(server.SetRemoteFingerprint(samples::Sha256(samples::RemoteContext())).Ok());
  REQUIRE(server.Start(Role::kServer, kStart).Ok());
  Converse(peer, server, kStart);
  REQUIRE(server.CurrentState() == State::kConnected);
  SSL_set_options(peer.Handle(), SSL_OP_LEGACY_SERVER_CONNECT);
  REQUIRE(SSL_renegotiate(peer.Handle()) == 1);
  for (const auto& datagram : peer.Step()) server.Receive(datagram, kStart);
  CHECK(server.CurrentState() == State::kConnected);
  CHECK(Drain(server).size() == 1);  // a no_renegotiation alert
}

TEST_CASE("HostileTest: isolates the errors of associations", "[dtls]") {
  Pair good;
  Recording(good);
  for (int i = 0; i < 20; ++i) {
    ReferencePeer peer({.certificate = false});
    Connection bad(samples::LocalContext());
    REQUIRE(bad.SetRemoteFingerprint(samples::Sha256(samples::RemoteContext())).Ok());
    REQUIRE(bad.Start(Role::kServer, kStart).Ok());
    Converse(peer, bad, kStart);
    samples::Expire(bad);
    CHECK(bad.CurrentState() == State::kFailed);
    CHECK(ERR_peek_error() == 0);
    CheckTalks(good);
  }
}
