// An attacker sends plaintext from the peer's address during the handshake, without seeing the datagrams that
// go to the peer.

#include <malloc.h>

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include "unit/dtls/DtlsSamples.hpp"
#include "unit/dtls/ReferencePeer.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the sanitizer's name
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Drain;
using samples::Fragment;
using samples::Handshake;
using samples::KeysMatch;
using samples::kStart;
using samples::Octets;
using samples::Pair;
using samples::Record;
using samples::ReferencePeer;

namespace {

// The peer sends no record with this number or a higher one: the replay window must ignore the number.
constexpr std::uint64_t kHighNumber = std::uint64_t{1} << 40;

struct Forgery {
  std::string name;
  std::vector<Octets> datagrams;
};

Octets Garbage(std::size_t size, std::uint64_t seed) {
  Octets bytes(size);
  SeededRandom random(seed);
  random.Fill(bytes);
  return bytes;
}

// The plaintext flights of client and server in another handshake of the same two endpoints, with the genuine
// certificates.
struct OtherHandshake {
  std::vector<Octets> fromClient, fromServer;

  OtherHandshake() {
    Pair pair;
    pair.Run([&](bool client, std::size_t, const Octets& datagram) {
      (client ? fromClient : fromServer).push_back(datagram);
      return std::vector<Octets>{datagram};
    });
    REQUIRE(pair.Connected());
  }
};

Octets HandshakeRecords(const Octets& datagram) {
  Octets plain;
  RecordReader reader(datagram);
  while (const auto record = reader.Next()) {
    if (record->epoch == 0 && record->type == kHandshakeRecord)
      plain.insert(plain.end(), record->whole.begin(), record->whole.end());
  }
  return plain;
}

std::vector<Forgery> CommonForgeries() {
  std::vector<Forgery> all;
  for (const auto level : std::initializer_list<std::uint8_t>{1, 2}) {
    for (const auto description : std::initializer_list<std::uint8_t>{0, 10, 20, 40, 42, 50, 80, 90, 100}) {
      all.push_back({"alert " + std::to_string(level) + " " + std::to_string(description),
                     {Record(21, 0, kHighNumber, Octets{level, description})}});
    }
  }
  all.push_back({"a fragment of an alert", {Record(21, 0, 3, Octets{2})}});
  all.push_back({"a change of ciphers", {Record(20, 0, kHighNumber, Octets{1})}});
  all.push_back({"a change of ciphers that is none", {Record(20, 0, 3, Octets{2, 2, 2})}});
  all.push_back({"encrypted garbage", {Record(22, 1, 0, Garbage(40, 1)), Record(21, 1, 1, Garbage(26, 2))}});
  for (int type = 0; type < 32; ++type) {
    for (std::uint16_t seq = 0; seq < 6; ++seq) {
      const Handshake message{static_cast<std::uint8_t>(type), seq,
                              Garbage(static_cast<std::size_t>(type) * 3 + seq, 7)};
      all.push_back({"message " + std::to_string(type) + " as number " + std::to_string(seq),
                     {Fragment(message, 0, message.body.size(), kHighNumber)}});
    }
  }
  // A message of 16 MB, and fragments past the end of their message.
  for (std::uint16_t seq = 0; seq < 6; ++seq) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{1, 2, 11, 12, 13, 15, 16}) {
      Octets body(20, 0xFF);
      body[0] = type;
      StoreU16(&body[4], seq);
      StoreU24(&body[9], 8);
      all.push_back({"lengths that lie", {Record(22, 0, seq, body)}});
      StoreU24(&body[6], 0);
      all.push_back({"a message of 16 MB", {Record(22, 0, seq, body)}});
    }
  }
  return all;
}

std::vector<Forgery> ForgeriesForServer() {
  static const OtherHandshake kOther;
  auto all = CommonForgeries();
  all.push_back({"a ClientHello without a common cipher",
                 ReferencePeer({.ciphers = "ECDHE-ECDSA-AES128-SHA256"}).Step()});
  all.push_back(
      {"a ClientHello of DTLS 1.0", ReferencePeer({.ciphers = "ALL", .version = DTLS1_VERSION}).Step()});
  all.push_back({"a ClientHello without use_srtp", ReferencePeer({.srtpProfiles = ""}).Step()});
  all.push_back({"somebody else's ClientHello", ReferencePeer({}).Step()});
  all.push_back({"a long ClientHello in fragments", ReferencePeer({.extensionSize = 2000}).Step()});
  auto half = ReferencePeer({.extensionSize = 2000}).Step();
  half.pop_back();
  all.push_back({"half a ClientHello", half});
  all.push_back({"the flights of another handshake", kOther.fromClient});
  all.push_back(
      {"the last flight of another handshake in the clear", {HandshakeRecords(kOther.fromClient[1])}});
  return all;
}

std::vector<Forgery> ForgeriesForClient() {
  static const OtherHandshake kOther;
  auto all = CommonForgeries();
  const Octets cookie{0xFE, 0xFF, 4, 1, 2, 3, 4};
  Octets cut = cookie;
  cut[2] = 9;
  all.push_back({"a HelloVerifyRequest that is none", {Fragment({3, 0, cut}, 0, cut.size(), 0)}});
  all.push_back({"a HelloVerifyRequest", {Fragment({3, 0, cookie}, 0, cookie.size(), 0)}});
  all.push_back({"the flights of another handshake", kOther.fromServer});
  ReferencePeer refusing({.client = false, .ciphers = "ECDHE-ECDSA-AES128-SHA256"});
  all.push_back({"the alert of a server without a common cipher", refusing.Step(kOther.fromClient[0])});
  return all;
}

// Runs a handshake in which the forgery arrives before or behind datagram `at` to the attacked side.
void CheckConnects(const Forgery& forgery, bool attacksServer, std::size_t at, bool behind) {
  INFO(forgery.name << (behind ? ", behind " : ", before ") << at << " to the "
                    << (attacksServer ? "server" : "client"));
  Pair pair;
  pair.RunToTheEnd([&](bool fromClient, std::size_t number, const Octets& datagram) {
    std::vector<Octets> out{datagram};
    if (fromClient == attacksServer && number == at) {
      out.insert(behind ? out.end() : out.begin(), forgery.datagrams.begin(), forgery.datagrams.end());
    }
    return out;
  });
  REQUIRE(pair.Connected());
  REQUIRE(KeysMatch(pair.client, pair.server));
  REQUIRE(pair.now < kStart + Seconds(2));
  REQUIRE(ERR_peek_error() == 0);
}

void Carry(const std::vector<Octets>& datagrams, ReferencePeer& peer, Connection& connection) {
  std::vector<Octets> toConnection;
  for (const auto& datagram : datagrams) {
    for (auto& answer : peer.Step(datagram)) toConnection.push_back(std::move(answer));
  }
  for (const auto& datagram : toConnection) connection.Receive(datagram, kStart);
}

Connection Started(Role role) {
  Connection connection(samples::LocalContext());
  REQUIRE(connection.SetRemoteFingerprint(samples::Sha256(samples::RemoteContext())).Ok());
  REQUIRE(connection.Start(role, kStart).Ok());
  return connection;
}

std::size_t HeapBytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  return mallinfo2().uordblks;
}

}  // namespace

TEST_CASE("SpoofedPeerTest: connects a server despite any forgery in the client's name", "[dtls]") {
  for (const auto& forgery : ForgeriesForServer()) {
    for (const std::size_t at : {0U, 1U}) {
      CheckConnects(forgery, true, at, false);
      CheckConnects(forgery, true, at, true);
    }
  }
}

TEST_CASE("SpoofedPeerTest: connects a client despite any forgery in the server's name", "[dtls]") {
  for (const auto& forgery : ForgeriesForClient()) {
    for (const std::size_t at : {0U, 1U}) {
      CheckConnects(forgery, false, at, false);
      CheckConnects(forgery, false, at, true);
    }
  }
}

TEST_CASE("SpoofedPeerTest: connects when forgeries surround every record of a flight", "[dtls]") {
  const auto forServer = ForgeriesForServer();
  const auto forClient = ForgeriesForClient();
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Pair pair;
    std::size_t forged = 0;
    pair.RunToTheEnd([&](bool fromClient, std::size_t, const Octets& datagram) {
      const auto& forgeries = fromClient ? forServer : forClient;
      std::vector<Octets> out;
      RecordReader reader(datagram);
      while (const auto record = reader.Next()) out.push_back(samples::Copy(record->whole));
      // The records also arrive out of order.
      for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random.U32() % i]);
      for (std::size_t i = 0; i <= out.size() && forged < 12; ++i) {
        const auto& datagrams = forgeries[random.U32() % forgeries.size()].datagrams;
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(i), datagrams.begin(), datagrams.end());
        i += datagrams.size();
        ++forged;
      }
      return out;
    });
    REQUIRE(pair.Connected());
    REQUIRE(KeysMatch(pair.client, pair.server));
  }
}

// The genuine client is OpenSSL without our protection: it trusts every datagram.
TEST_CASE("SpoofedPeerTest: connects an unprotected client after another ClientHello", "[dtls]") {
  auto server = Started(Role::kServer);
  for (int i = 0; i < 3; ++i) {
    for (const auto& datagram : ReferencePeer({}).Step()) server.Receive(datagram, kStart);
  }
  Drain(server);  // the client has not started and receives nothing
  ReferencePeer peer({});
  samples::Converse(peer, server, kStart);
  CHECK(server.CurrentState() == State::kConnected);
  CHECK(peer.Finished());
}

TEST_CASE("SpoofedPeerTest: connects an unprotected client before another ClientHello", "[dtls]") {
  auto server = Started(Role::kServer);
  ReferencePeer peer({});
  for (const auto& datagram : peer.Step()) server.Receive(datagram, kStart);
  const auto flight = Drain(server);
  for (const auto& datagram : ReferencePeer({}).Step()) server.Receive(datagram, kStart);
  for (const auto& datagram : ReferencePeer({.ciphers = "ECDHE-ECDSA-AES128-SHA256"}).Step())
    server.Receive(datagram, kStart);
  Carry(flight, peer, server);
  Carry(Drain(server), peer, server);
  CHECK(server.CurrentState() == State::kConnected);
  CHECK(peer.Finished());
}

TEST_CASE("SpoofedPeerTest: connects to an unprotected server after another server's answer", "[dtls]") {
  const OtherHandshake other;
  auto client = Started(Role::kClient);
  ReferencePeer peer({.client = false});
  const auto hello = Drain(client);
  for (const auto& datagram : other.fromServer) client.Receive(datagram, kStart);
  client.Receive(Record(21, 0, 9, Octets{2, 40}), kStart);
  Carry(hello, peer, client);
  for (const auto& datagram : other.fromServer) client.Receive(datagram, kStart);
  Carry(Drain(client), peer, client);
  CHECK(client.CurrentState() == State::kConnected);
  CHECK(peer.Finished());
}

TEST_CASE("SpoofedPeerTest: sends no alert before the peer proves its certificate", "[dtls]") {
  auto server = Started(Role::kServer);
  for (const auto& datagram : ReferencePeer({.ciphers = "ECDHE-ECDSA-AES128-SHA256"}).Step()) {
    CHECK(server.Receive(datagram, kStart).dropped == DropReason::kUnexpected);
  }
  CHECK_FALSE(server.NextDatagram());
  CHECK(server.CurrentState() == State::kConnecting);
}

TEST_CASE("SpoofedPeerTest: connects the peer after a whole handshake with another certificate", "[dtls]") {
  // This holds even if the attacker sees the datagrams that go to the peer.
  const auto strangers = [] {
    SeededRandom random(77);
    return Context::Create(Certificate::Generate(random, samples::kUnixTime)).Value();
  }();
  Pair pair({.client = &samples::RemoteContext()});
  const auto hello = Drain(pair.client);
  Connection stranger(strangers);
  REQUIRE(stranger.SetRemoteFingerprint(samples::Sha256(samples::LocalContext())).Ok());
  REQUIRE(stranger.Start(Role::kClient, kStart).Ok());
  for (int turn = 0; turn < 3; ++turn) {
    for (const auto& datagram : Drain(stranger)) pair.server.Receive(datagram, kStart);
    for (const auto& datagram : Drain(pair.server)) stranger.Receive(datagram, kStart);
  }
  CHECK(stranger.CurrentState() == State::kConnecting);
  CHECK(pair.server.CurrentState() == State::kConnecting);
  pair.server.Receive(hello.at(0), kStart);
  pair.Run();
  CHECK(pair.Connected());
}

TEST_CASE("SpoofedPeerTest: bounds attempts and memory for 10,000 ClientHellos", "[dtls]") {
  auto server = Started(Role::kServer);
  const auto hello = samples::MessagesOf(ReferencePeer({}).Step()).at(0);
  std::size_t before = 0;
  std::size_t flights = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    if (i == 100) before = HeapBytes();
    auto other = hello;
    StoreU64(&other.body[2], i);  // the client random
    server.Receive(Fragment(other, 0, other.body.size(), i), kStart);
    flights += Drain(server).size();
  }
  CHECK(flights >= 1);
  CHECK(flights <= kMaxAttempts * 2);  // a flight is one or two datagrams
  CHECK(HeapBytes() < before + 10'000);
  CHECK(server.CurrentState() == State::kConnecting);

  // The server accepts the genuine client's repeated ClientHello.
  Connection client(samples::RemoteContext());
  REQUIRE(client.SetRemoteFingerprint(samples::Sha256(samples::LocalContext())).Ok());
  REQUIRE(client.Start(Role::kClient, kStart).Ok());
  Instant now = kStart;
  while (client.CurrentState() == State::kConnecting && now < kStart + Seconds(10)) {
    for (const auto& datagram : Drain(client)) server.Receive(datagram, now);
    for (const auto& datagram : Drain(server)) client.Receive(datagram, now);
    if (client.NextTimeout()) now = *client.NextTimeout();
    server.OnTimeout(now);
    client.OnTimeout(now);
  }
  CHECK(client.CurrentState() == State::kConnected);
  CHECK(now < kStart + Seconds(4));
}

TEST_CASE("SpoofedPeerTest: limits the memory of unfinished handshakes to 400 KB each", "[dtls]") {
  const auto hello = samples::MessagesOf(ReferencePeer({}).Step()).at(0);
  constexpr std::size_t kConnections = 50;
  std::vector<Connection> servers;
  const std::size_t before = HeapBytes();
  for (std::size_t i = 0; i < kConnections; ++i) servers.push_back(Started(Role::kServer));
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto other = hello;
    StoreU64(&other.body[2], i);
    for (auto& server : servers) {
      server.Receive(Fragment(other, 0, other.body.size(), i), kStart);
      // The longest certificate that the server accepts, without its last byte.
      const Handshake certificate{11, 1, Octets(16'372)};
      for (std::size_t at = 0; at < 16'000; at += 1'000) {
        server.Receive(Fragment(certificate, at, 1'000, at), kStart);
      }
      server.Receive(Record(23, 1, i, Octets(1'900)), kStart);
    }
  }
  CHECK((HeapBytes() - before) / kConnections < 400'000);
  // All handshakes time out.
  for (auto& server : servers) {
    samples::Expire(server);
    CHECK(server.CurrentState() == State::kFailed);
  }
  CHECK((HeapBytes() - before) / kConnections < 10'000);
}

TEST_CASE("SpoofedPeerTest: does not collect a certificate that is too long", "[dtls]") {
  Pair pair;
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), kStart);
  const auto flight = Drain(pair.server);
  const Handshake huge{11, 1, Octets(17'000)};
  CHECK(pair.server.Receive(Fragment(huge, 0, 1'000, 5), kStart).dropped == DropReason::kUnexpected);
  for (const auto& datagram : flight) pair.client.Receive(datagram, kStart);
  pair.Run();
  CHECK(pair.Connected());
}

TEST_CASE("SpoofedPeerTest: limits the number of verified signatures", "[dtls]") {
  const OtherHandshake other;
  Pair pair;
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), kStart);
  const auto flight = Drain(pair.server);
  // The genuine certificate with invalid signatures.
  auto messages = samples::MessagesOf({HandshakeRecords(other.fromClient.at(1))});
  REQUIRE(messages.size() == 3);
  std::size_t verified = 0;
  for (int i = 0; i < 1000; ++i) {
    messages[2].body.back() = static_cast<std::uint8_t>(i);
    std::optional<DropReason> dropped;
    for (const auto& message : messages) {
      const auto fragment = Fragment(message, 0, message.body.size(), 0);
      if (const auto reason = pair.server.Receive(fragment, kStart).dropped) dropped = reason;
    }
    CHECK((dropped == DropReason::kUnproven || dropped == DropReason::kProofLimit));
    if (dropped == DropReason::kUnproven) ++verified;
  }
  CHECK(verified == kProofsBurst);
  for (const auto& datagram : flight) pair.client.Receive(datagram, kStart);
  pair.RunToTheEnd([](bool, std::size_t, const Octets& datagram) { return std::vector<Octets>{datagram}; });
  CHECK(pair.Connected());
}
