#include <algorithm>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include "support/WipeCheck.hpp"
#include "unit/dtls/DtlsSamples.hpp"
#include "unit/dtls/ReferencePeer.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Converse;
using samples::Drain;
using samples::KeysMatch;
using samples::kStart;
using samples::LocalContext;
using samples::Messages;
using samples::Octets;
using samples::Pair;
using samples::ReferencePeer;
using samples::RemoteContext;
using samples::Sha256;

namespace {

Octets Text(std::string_view text) { return {text.begin(), text.end()}; }

Context WithProfiles(std::initializer_list<SrtpProfile> profiles) {
  SeededRandom random(5);
  const std::vector<SrtpProfile> list(profiles);
  return Context::Create(Certificate::Generate(random, samples::kUnixTime), list).Value();
}

Connection Started(Role role) {
  Connection connection(LocalContext());
  REQUIRE(connection.SetRemoteFingerprint(Sha256(RemoteContext())).Ok());
  REQUIRE(connection.Start(role, kStart).Ok());
  return connection;
}

}  // namespace

//  client                              server
//    | --- ClientHello ----------------> |
//    | <-- ServerHello, Certificate, --- |
//    |     ServerKeyExchange, Certificate-
//    |     Request, ServerHelloDone      |
//    | --- Certificate, ClientKey- ----> |
//    |     Exchange, CertificateVerify,  |
//    |     ChangeCipherSpec, Finished    |
//    | <-- ChangeCipherSpec, Finished -- |
TEST_CASE("HandshakeTest: completes in four datagrams with the same keys", "[dtls]") {
  Pair pair;
  CHECK(pair.client.CurrentState() == State::kConnecting);
  CHECK(pair.server.CurrentState() == State::kConnecting);
  CHECK(pair.client.Negotiated() == nullptr);
  pair.Run();
  REQUIRE(pair.Connected());
  CHECK(pair.sent[0] == 2);
  CHECK(pair.sent[1] == 2);
  CHECK(KeysMatch(pair.client, pair.server));
  const Session& session = *pair.client.Negotiated();
  CHECK(session.srtp.profile == SrtpProfile::kAeadAes256Gcm);
  CHECK(session.srtp.local.Bytes().size() == 44);
  CHECK_FALSE(std::ranges::equal(session.srtp.local.Bytes(), session.srtp.remote.Bytes()));
  CHECK(session.remoteCertificate == LocalContext().Own().Pem());
  CHECK(pair.server.Negotiated()->remoteCertificate == RemoteContext().Own().Pem());
  CHECK_FALSE(pair.client.NextTimeout());
  CHECK_FALSE(pair.server.NextTimeout());
  CHECK_FALSE(pair.client.WhyFailed());
}

TEST_CASE("HandshakeTest: selects the SRTP profile by the server's order", "[dtls]") {
  using enum SrtpProfile;
  struct Case {
    std::initializer_list<SrtpProfile> client, server;
    SrtpProfile agreed;
  };
  const Case cases[] = {
      {{kAeadAes256Gcm}, {kAeadAes256Gcm}, kAeadAes256Gcm},
      {{kAeadAes128Gcm}, {kAeadAes256Gcm, kAeadAes128Gcm}, kAeadAes128Gcm},
      {{kAesCm128HmacSha1_80}, {kAeadAes256Gcm, kAesCm128HmacSha1_80}, kAesCm128HmacSha1_80},
      {{kAesCm128HmacSha1_32},
       {kAeadAes256Gcm, kAeadAes128Gcm, kAesCm128HmacSha1_80, kAesCm128HmacSha1_32},
       kAesCm128HmacSha1_32},
      {{kAesCm128HmacSha1_32, kAesCm128HmacSha1_80, kAeadAes128Gcm, kAeadAes256Gcm},
       {kAeadAes256Gcm, kAeadAes128Gcm, kAesCm128HmacSha1_80, kAesCm128HmacSha1_32},
       kAeadAes256Gcm},
      {{kAeadAes256Gcm, kAesCm128HmacSha1_80}, {kAesCm128HmacSha1_80, kAeadAes256Gcm}, kAesCm128HmacSha1_80},
  };
  for (const auto& c : cases) {
    INFO(Name(c.agreed));
    const auto client = WithProfiles(c.client);
    const auto server = WithProfiles(c.server);
    Pair pair({.client = &client, .server = &server});
    pair.Run();
    REQUIRE(pair.Connected());
    CHECK(pair.client.Negotiated()->srtp.profile == c.agreed);
    CHECK(KeysMatch(pair.client, pair.server));
    CHECK(pair.client.Negotiated()->srtp.local.Bytes().size() ==
          MasterKeySize(c.agreed) + MasterSaltSize(c.agreed));
  }
}

TEST_CASE("HandshakeTest: exports keys as in RFC 5764 section 4.2", "[dtls]") {
  struct Case {
    const char* openssl;
    SrtpProfile profile;
    std::size_t key, salt;
  };
  const Case cases[] = {{"SRTP_AEAD_AES_256_GCM", SrtpProfile::kAeadAes256Gcm, 32, 12},
                        {"SRTP_AEAD_AES_128_GCM", SrtpProfile::kAeadAes128Gcm, 16, 12},
                        {"SRTP_AES128_CM_SHA1_80", SrtpProfile::kAesCm128HmacSha1_80, 16, 14},
                        {"SRTP_AES128_CM_SHA1_32", SrtpProfile::kAesCm128HmacSha1_32, 16, 14}};
  for (const auto& c : cases) {
    for (const bool peerIsClient : {true, false}) {
      INFO(Name(c.profile) << ", peer is client: " << peerIsClient);
      ReferencePeer peer({.client = peerIsClient, .srtpProfiles = c.openssl});
      auto connection = Started(peerIsClient ? Role::kServer : Role::kClient);
      Converse(peer, connection, kStart);
      REQUIRE(connection.CurrentState() == State::kConnected);
      const auto& keys = connection.Negotiated()->srtp;
      CHECK(keys.profile == c.profile);
      const auto material = peer.Exported(2 * (c.key + c.salt));
      const auto master = [&](std::size_t which) {
        Octets out(material.begin() + static_cast<std::ptrdiff_t>(which * c.key),
                   material.begin() + static_cast<std::ptrdiff_t>((which + 1) * c.key));
        const auto salt = material.begin() + static_cast<std::ptrdiff_t>(2 * c.key + which * c.salt);
        out.insert(out.end(), salt, salt + static_cast<std::ptrdiff_t>(c.salt));
        return out;
      };
      CHECK(samples::Copy(keys.remote.Bytes()) == master(peerIsClient ? 0 : 1));
      CHECK(samples::Copy(keys.local.Bytes()) == master(peerIsClient ? 1 : 0));
    }
  }
}

TEST_CASE("HandshakeTest: ignores records before there is a role", "[dtls]") {
  Pair pair({.start = false});
  REQUIRE(pair.client.Start(Role::kClient, kStart).Ok());
  const auto hello = Drain(pair.client);
  REQUIRE(hello.size() == 1);
  CHECK(pair.server.Receive(hello[0], kStart).dropped == DropReason::kNotStarted);
  REQUIRE(pair.server.Start(Role::kAuto, kStart).Ok());
  CHECK(pair.server.CurrentState() == State::kNew);
  CHECK(pair.server.Receive(samples::Record(22, 1, 0, Octets(40)), kStart).dropped ==
        DropReason::kNotClientHello);
  CHECK(pair.server.Receive(Octets{22, 1, 2}, kStart).dropped == DropReason::kMalformed);
  CHECK(pair.server.Receive(Octets(kMaxReceivedDatagram + 1), kStart).dropped == DropReason::kTooLong);
  CHECK(pair.server.CurrentState() == State::kNew);
  CHECK_FALSE(pair.server.NextTimeout());
  CHECK_FALSE(pair.server.NextDatagram());
}

TEST_CASE("HandshakeTest: becomes the server on a ClientHello when the role is open", "[dtls]") {
  Pair pair({.start = false});
  REQUIRE(pair.server.Start(Role::kAuto, kStart).Ok());
  REQUIRE(pair.client.Start(Role::kClient, kStart).Ok());
  const auto hello = Drain(pair.client);
  const auto update = pair.server.Receive(hello.at(0), kStart);
  CHECK(update.state == State::kConnecting);
  CHECK_FALSE(update.dropped);
  CHECK(pair.server.CurrentRole() == Role::kServer);
  CHECK_FALSE(pair.server.Start(Role::kClient, kStart).Ok());
  CHECK(pair.server.Start(Role::kServer, kStart).Ok());
  pair.Run();
  CHECK(pair.Connected());
}

TEST_CASE("HandshakeTest: accepts a role once when it was open", "[dtls]") {
  Pair pair({.start = false});
  REQUIRE(pair.server.Start(Role::kServer, kStart)->state == State::kConnecting);
  REQUIRE(pair.client.Start(Role::kAuto, kStart).Ok());
  CHECK(pair.client.CurrentRole() == Role::kAuto);
  REQUIRE(pair.client.Start(Role::kClient, kStart)->state == State::kConnecting);
  const auto again = pair.client.Start(Role::kServer, kStart);
  REQUIRE_FALSE(again.Ok());
  CHECK(again.Failure().kind == ErrorKind::kError);
  CHECK_FALSE(pair.client.Start(Role::kClient, kStart)->state);
  pair.Run();
  CHECK(pair.Connected());
}

TEST_CASE("HandshakeTest: ignores the records of another client", "[dtls]") {
  auto first = Started(Role::kClient);
  auto second = Started(Role::kClient);
  for (const auto& hello : Drain(first)) {
    CHECK(second.Receive(hello, kStart).dropped == DropReason::kWrongRole);
  }
  CHECK(second.CurrentState() == State::kConnecting);
}

TEST_CASE("HandshakeTest: reports each state change once", "[dtls]") {
  Pair pair({.start = false});
  CHECK(pair.server.Start(Role::kServer, kStart)->state == State::kConnecting);
  CHECK_FALSE(pair.server.Start(Role::kServer, kStart)->state);
  CHECK(pair.client.Start(Role::kClient, kStart)->state == State::kConnecting);
  const auto hello = Drain(pair.client);
  CHECK_FALSE(pair.server.Receive(hello.at(0), kStart).state);
  const auto serverHello = Drain(pair.server);
  CHECK_FALSE(pair.client.Receive(serverHello.at(0), kStart).state);
  const auto finished = Drain(pair.client);
  CHECK(pair.server.Receive(finished.at(0), kStart).state == State::kConnected);
  const auto last = Drain(pair.server);
  CHECK(pair.client.Receive(last.at(0), kStart).state == State::kConnected);
  CHECK(pair.client.Close().state == State::kClosed);
  CHECK_FALSE(pair.client.Close().state);
  const auto notify = Drain(pair.client);
  CHECK(pair.server.Receive(notify.at(0), kStart).state == State::kClosed);
  CHECK(pair.server.Receive(notify.at(0), kStart).dropped == DropReason::kOver);
  CHECK_FALSE(pair.server.Close().state);
}

TEST_CASE("HandshakeTest: fails with a certificate other than the announced one", "[dtls]") {
  for (const bool clientsIsWrong : {true, false}) {
    INFO("the client's: " << clientsIsWrong);
    Pair pair({.fingerprints = false});
    const auto wrong = Sha256(clientsIsWrong ? LocalContext() : RemoteContext());
    REQUIRE(pair.server.SetRemoteFingerprint(clientsIsWrong ? wrong : Sha256(RemoteContext())).Ok());
    REQUIRE(pair.client.SetRemoteFingerprint(clientsIsWrong ? Sha256(LocalContext()) : wrong).Ok());
    pair.RunToTheEnd([](bool, std::size_t, const Octets& datagram) { return std::vector<Octets>{datagram}; });
    const auto& checker = clientsIsWrong ? pair.server : pair.client;
    const auto& other = clientsIsWrong ? pair.client : pair.server;
    CHECK(checker.CurrentState() == State::kFailed);
    REQUIRE(checker.WhyFailed());
    CHECK(checker.WhyFailed()->reason == FailureReason::kFingerprintMismatch);
    CHECK(Name(checker.WhyFailed()->reason) == "fingerprintMismatch");
    CHECK(checker.Negotiated() == nullptr);
    CHECK(other.CurrentState() == State::kFailed);
    REQUIRE(other.WhyFailed());
    CHECK(other.WhyFailed()->reason == FailureReason::kTimeout);
    CHECK(Name(other.WhyFailed()->reason) == "timeout");
    CHECK(pair.now >= kStart + Seconds(25));
    CHECK(pair.now <= kStart + kHandshakeTimeout);
  }
}

TEST_CASE("HandshakeTest: verifies every fingerprint algorithm", "[dtls]") {
  for (const auto algorithm : kHashAlgorithms) {
    INFO(Name(algorithm));
    Pair pair({.fingerprints = false});
    REQUIRE(pair.client.SetRemoteFingerprint(LocalContext().Own().FingerprintBy(algorithm)).Ok());
    REQUIRE(pair.server.SetRemoteFingerprint(RemoteContext().Own().FingerprintBy(algorithm)).Ok());
    pair.Run();
    CHECK(pair.Connected());
  }
}

TEST_CASE("HandshakeTest: waits for the fingerprint", "[dtls]") {
  for (const bool serverWaits : {true, false}) {
    INFO("the server waits: " << serverWaits);
    Pair pair({.fingerprints = false});
    auto& waiting = serverWaits ? pair.server : pair.client;
    auto& other = serverWaits ? pair.client : pair.server;
    const auto& theirs = serverWaits ? RemoteContext() : LocalContext();
    const auto& ours = serverWaits ? LocalContext() : RemoteContext();
    REQUIRE(other.SetRemoteFingerprint(Sha256(ours)).Ok());
    pair.Run();
    CHECK(waiting.CurrentState() == State::kConnecting);
    CHECK(other.CurrentState() == State::kConnecting);
    CHECK(waiting.Negotiated() == nullptr);
    CHECK_FALSE(waiting.Send(Text("too early")));
    // The peer retransmits its flight.
    REQUIRE(waiting.SetRemoteFingerprint(Sha256(theirs)).Ok());
    REQUIRE(pair.Wait());
    pair.Run();
    CHECK(pair.Connected());
    CHECK(KeysMatch(pair.client, pair.server));
  }
}

TEST_CASE("HandshakeTest: verifies a fingerprint that arrives during the handshake", "[dtls]") {
  Pair pair({.fingerprints = false});
  REQUIRE(pair.client.SetRemoteFingerprint(Sha256(LocalContext())).Ok());
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), pair.now);
  REQUIRE(pair.server.SetRemoteFingerprint(Sha256(LocalContext())).Ok());
  pair.Run();
  CHECK(pair.server.CurrentState() == State::kConnecting);
  samples::Expire(pair.server);
  CHECK(pair.server.WhyFailed()->reason == FailureReason::kFingerprintMismatch);
}

TEST_CASE("HandshakeTest: keeps a verified fingerprint", "[dtls]") {
  Pair pair;
  pair.Run();
  CHECK(pair.server.SetRemoteFingerprint(Sha256(RemoteContext())).Ok());
  CHECK_FALSE(pair.server.SetRemoteFingerprint(Sha256(LocalContext())).Ok());
  CHECK(pair.Connected());
}

TEST_CASE("HandshakeTest: reports why a handshake fails", "[dtls]") {
  struct Case {
    const char* what;
    ReferencePeer::Options peer;
    FailureReason reason;
  };
  const Case cases[] = {
      {"no certificate", {.certificate = false}, FailureReason::kNoCertificate},
      {"no use_srtp", {.srtpProfiles = ""}, FailureReason::kNoSrtpProfile},
      {"a server without use_srtp", {.client = false, .srtpProfiles = ""}, FailureReason::kNoSrtpProfile},
      {"DTLS 1.0", {.ciphers = "ALL", .version = DTLS1_VERSION}, FailureReason::kProtocol},
      {"no forward secrecy", {.ciphers = "AES128-GCM-SHA256"}, FailureReason::kProtocol},
      {"no AEAD", {.ciphers = "ECDHE-ECDSA-AES128-SHA256"}, FailureReason::kProtocol},
      {"a server with a weak cipher",
       {.client = false, .ciphers = "ECDHE-ECDSA-AES128-SHA256"},
       FailureReason::kAlert},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    ReferencePeer peer(c.peer);
    auto connection = Started(c.peer.client ? Role::kServer : Role::kClient);
    Converse(peer, connection, kStart);
    // Until the peer proves the announced certificate, the unacceptable peer may be an attacker.
    if (c.reason != FailureReason::kNoSrtpProfile) CHECK(connection.CurrentState() == State::kConnecting);
    samples::Expire(connection);
    CHECK(connection.CurrentState() == State::kFailed);
    REQUIRE(connection.WhyFailed());
    CHECK(Name(connection.WhyFailed()->reason) == Name(c.reason));
    CHECK(connection.Negotiated() == nullptr);
    CHECK_FALSE(connection.NextTimeout());
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("HandshakeTest: answers a HelloVerifyRequest", "[dtls]") {
  ReferencePeer peer({.client = false, .cookies = true});
  auto connection = Started(Role::kClient);
  Converse(peer, connection, kStart);
  REQUIRE(connection.NextTimeout() == kStart + kInitialTimeout);
  connection.OnTimeout(kStart + kInitialTimeout);
  std::vector<Octets> toConnection;
  for (const auto& datagram : Drain(connection)) toConnection = peer.Step(datagram);
  for (const auto& datagram : toConnection) connection.Receive(datagram, kStart + kInitialTimeout);
  for (const auto& datagram : Drain(connection)) toConnection = peer.Step(datagram);
  for (const auto& datagram : toConnection) connection.Receive(datagram, kStart + kInitialTimeout);
  CHECK(connection.CurrentState() == State::kConnected);
}

TEST_CASE("HandshakeTest: carries application data both ways", "[dtls]") {
  Pair pair;
  pair.Run();
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, kMaxMessage}) {
    const Octets message(size, 0x5A);
    for (const bool fromClient : {true, false}) {
      auto& sender = fromClient ? pair.client : pair.server;
      auto& receiver = fromClient ? pair.server : pair.client;
      REQUIRE(sender.Send(message));
      const auto datagrams = Drain(sender);
      REQUIRE(datagrams.size() == 1);
      CHECK(datagrams[0].size() == size + 13 + 8 + 16);
      CHECK_FALSE(receiver.Receive(datagrams[0], pair.now).dropped);
      CHECK(Messages(receiver) == std::vector<Octets>{message});
    }
  }
  CHECK_FALSE(pair.client.Send({}));
  CHECK_FALSE(pair.client.Send(Octets(kMaxMessage + 1)));
  CHECK(pair.Connected());
}

TEST_CASE("HandshakeTest: receives several messages of one datagram", "[dtls]") {
  Pair pair;
  pair.Run();
  Octets together;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(pair.client.Send(Octets(1, static_cast<std::uint8_t>(i))));
    for (const auto& datagram : Drain(pair.client)) {
      together.insert(together.end(), datagram.begin(), datagram.end());
    }
  }
  CHECK_FALSE(pair.server.Receive(together, pair.now).dropped);
  const auto messages = Messages(pair.server);
  REQUIRE(messages.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) CHECK(messages[i] == Octets(1, static_cast<std::uint8_t>(i)));
}

TEST_CASE("HandshakeTest: bounds its queues", "[dtls]") {
  Pair pair;
  pair.Run();
  std::size_t accepted = 0;
  while (pair.client.Send(Octets(10))) ++accepted;
  CHECK(accepted == kMaxQueuedDatagrams);
  std::size_t kept = 0;
  std::optional<DropReason> dropped;
  while (!dropped && kept < 1000) {
    for (const auto& datagram : Drain(pair.client)) {
      dropped = pair.server.Receive(datagram, pair.now).dropped;
      if (dropped) break;
      ++kept;
    }
    while (pair.client.Send(Octets(10))) continue;
  }
  CHECK(dropped == DropReason::kQueueFull);
  CHECK(kept == kMaxQueuedMessages);
  CHECK(pair.Connected());
}

TEST_CASE("HandshakeTest: closes an unused connection silently", "[dtls]") {
  Connection connection(LocalContext());
  CHECK(connection.Close().state == State::kClosed);
  CHECK_FALSE(connection.NextDatagram());
  CHECK_FALSE(connection.NextMessage());
  CHECK_FALSE(connection.Send(Octets(1)));
  CHECK(connection.OnTimeout(kStart + Seconds(100)).state == std::nullopt);
  REQUIRE(connection.Start(Role::kClient, kStart).Ok());
  CHECK(connection.CurrentState() == State::kClosed);
  CHECK(connection.SetRemoteFingerprint(Sha256(RemoteContext())).Ok());
}

TEST_CASE("HandshakeTest: closes during the handshake", "[dtls]") {
  Pair pair;
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), pair.now);
  CHECK(pair.server.Close().state == State::kClosed);
  CHECK_FALSE(pair.server.NextTimeout());
  CHECK(pair.server.Negotiated() == nullptr);
}

TEST_CASE("HandshakeTest: exchanges close_notify with OpenSSL", "[dtls]") {
  for (const bool weClose : {true, false}) {
    ReferencePeer peer({});
    auto connection = Started(Role::kServer);
    Converse(peer, connection, kStart);
    REQUIRE(connection.CurrentState() == State::kConnected);
    if (weClose) {
      connection.Close();
      for (const auto& datagram : Drain(connection)) peer.Step(datagram);
      CHECK((SSL_get_shutdown(peer.Handle()) & SSL_RECEIVED_SHUTDOWN) != 0);
    } else {
      for (const auto& datagram : peer.Shutdown()) connection.Receive(datagram, kStart);
      CHECK(connection.CurrentState() == State::kClosed);
      CHECK(Drain(connection).size() == 1);  // RFC 5246 section 7.2.1: the answer is one close_notify
    }
  }
}

TEST_CASE("HandshakeTest: neither reads nor leaves errors in OpenSSL's queue", "[dtls]") {
  Pair pair;
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
  pair.Run();
  CHECK(pair.Connected());
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("HandshakeTest: stays valid when moved at any time", "[dtls]") {
  Pair pair;
  const auto move = [](Connection& connection) {
    Connection elsewhere(std::move(connection));
    connection = Connection(LocalContext());
    connection = std::move(elsewhere);
  };
  pair.Run([&](bool, std::size_t, const Octets& datagram) {
    move(pair.client);
    move(pair.server);
    return std::vector<Octets>{datagram};
  });
  CHECK(pair.Connected());
  CHECK(KeysMatch(pair.client, pair.server));
}

TEST_CASE("HandshakeTest: wipes an SRTP master key when it ends", "[dtls]") {
  Pair pair;
  pair.Run();
  REQUIRE(pair.Connected());
  const auto& keys = pair.client.Negotiated()->srtp;
  CHECK_FALSE(test::LeavesTrace(keys.local, keys.local.Bytes()));
  CHECK_FALSE(test::LeavesTrace(keys, keys.remote.Bytes()));
}
