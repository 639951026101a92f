// Flights are lost, duplicated and reordered; the test controls the clock.

#include <algorithm>

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include "unit/dtls/DtlsSamples.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::Drain;
using samples::KeysMatch;
using samples::Octets;
using samples::Pair;

namespace {

std::vector<Octets> Arrives(const Octets& datagram) { return {datagram}; }
std::vector<Octets> Lost() { return {}; }

std::uint64_t RecordNumber(const Octets& datagram) { return LoadU64(&datagram[3]); }

}  // namespace

TEST_CASE("RetransmissionTest: repeats a flight with doubled timeouts, then fails", "[dtls]") {
  Pair pair;
  const auto hello = Drain(pair.client);
  REQUIRE(hello.size() == 1);
  const std::int64_t deadlines[] = {100, 300, 700, 1500, 3100, 6300, 12700};
  static_assert(std::size(deadlines) == kMaxRetransmissions);
  std::uint64_t number = RecordNumber(hello[0]);
  for (const auto deadline : deadlines) {
    INFO(deadline << " ms");
    REQUIRE(pair.client.NextTimeout() == samples::kStart + Milliseconds(deadline));
    pair.client.OnTimeout(samples::kStart + Milliseconds(deadline) - Microseconds(1));
    CHECK_FALSE(pair.client.NextDatagram());
    CHECK_FALSE(pair.client.OnTimeout(samples::kStart + Milliseconds(deadline)).state);
    const auto again = Drain(pair.client);
    REQUIRE(again.size() == 1);
    // RFC 6347 section 4.2.4: the same message in a new record.
    CHECK(RecordNumber(again[0]) > number);
    number = RecordNumber(again[0]);
    CHECK(std::equal(again[0].begin() + kRecordHeaderSize, again[0].end(),
                     hello[0].begin() + kRecordHeaderSize, hello[0].end()));
  }
  REQUIRE(pair.client.NextTimeout() == samples::kStart + Milliseconds(25'500));
  CHECK(pair.client.OnTimeout(samples::kStart + Milliseconds(25'500)).state == State::kFailed);
  CHECK(pair.client.WhyFailed()->reason == FailureReason::kTimeout);
  CHECK_FALSE(pair.client.NextTimeout());
  CHECK_FALSE(pair.client.NextDatagram());
}

TEST_CASE("RetransmissionTest: repeats the server's flight, then fails", "[dtls]") {
  Pair pair;
  CHECK_FALSE(pair.server.NextTimeout());
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), pair.now);
  const auto flight = Drain(pair.server);
  std::size_t repeated = 0;
  while (const auto next = pair.server.NextTimeout()) {
    pair.server.OnTimeout(*next);
    for (const auto& datagram : Drain(pair.server)) {
      CHECK(datagram.size() <= kMaxHandshakeDatagram);
      ++repeated;
    }
  }
  CHECK(repeated == kMaxRetransmissions * flight.size());
  CHECK(pair.server.WhyFailed()->reason == FailureReason::kTimeout);
}

TEST_CASE("RetransmissionTest: gives up on half a ClientHello", "[dtls]") {
  Pair pair;
  const auto hello = samples::MessagesOf(Drain(pair.client)).at(0);
  pair.server.Receive(samples::Fragment(hello, 0, 20, 0), pair.now);
  CHECK_FALSE(pair.server.NextDatagram());
  REQUIRE(pair.server.NextTimeout() == pair.now + kHandshakeTimeout);
  CHECK(pair.server.OnTimeout(pair.now + kHandshakeTimeout).state == State::kFailed);
  CHECK(pair.server.WhyFailed()->reason == FailureReason::kTimeout);
}

TEST_CASE("RetransmissionTest: completes when any datagrams are lost", "[dtls]") {
  // Each bit is one lost datagram: the client's first four, then the server's first four.
  for (unsigned lost = 0; lost < 256; ++lost) {
    INFO("lost " << lost);
    Pair pair;
    pair.RunToTheEnd([&](bool fromClient, std::size_t number, const Octets& datagram) {
      const bool drop = number < 4 && (lost >> (number + (fromClient ? 0 : 4)) & 1) != 0;
      return drop ? Lost() : Arrives(datagram);
    });
    REQUIRE(pair.Connected());
    CHECK(KeysMatch(pair.client, pair.server));
  }
}

TEST_CASE("RetransmissionTest: repeats the server's last flight on the client's retransmission", "[dtls]") {
  Pair pair;
  pair.RunToTheEnd([&](bool fromClient, std::size_t number, const Octets& datagram) {
    const bool lastFlight = !fromClient && number > 0;
    return lastFlight && pair.now < samples::kStart + Seconds(3) ? Lost() : Arrives(datagram);
  });
  REQUIRE(pair.Connected());
  CHECK(KeysMatch(pair.client, pair.server));
  CHECK(pair.now == samples::kStart + Milliseconds(3100));
}

TEST_CASE("RetransmissionTest: repeats nothing before the timeout", "[dtls]") {
  Pair pair;
  pair.Run([](bool, std::size_t, const Octets& datagram) { return Arrives(datagram); });
  CHECK(pair.Connected());
  CHECK(pair.sent[0] == 2);
  CHECK(pair.sent[1] == 2);
}

TEST_CASE("RetransmissionTest: ignores repeated datagrams", "[dtls]") {
  for (const int times : {2, 3}) {
    Pair pair;
    pair.Run([&](bool, std::size_t, const Octets& datagram) {
      return std::vector<Octets>(static_cast<std::size_t>(times), datagram);
    });
    CHECK(pair.Connected());
    CHECK(KeysMatch(pair.client, pair.server));
    CHECK(pair.sent[0] == 2);
  }
}

TEST_CASE("RetransmissionTest: ignores a replay of the whole handshake", "[dtls]") {
  Pair pair;
  std::vector<Octets> toServer;
  std::vector<Octets> toClient;
  pair.Run([&](bool fromClient, std::size_t, const Octets& datagram) {
    (fromClient ? toServer : toClient).push_back(datagram);
    return Arrives(datagram);
  });
  REQUIRE(pair.Connected());
  for (int round = 0; round < 50; ++round) {
    for (const auto& datagram : toServer) pair.server.Receive(datagram, pair.now);
    for (const auto& datagram : toClient) pair.client.Receive(datagram, pair.now);
  }
  CHECK(pair.Connected());
  CHECK_FALSE(pair.client.NextDatagram());
  CHECK_FALSE(pair.server.NextDatagram());
}

TEST_CASE("RetransmissionTest: accepts the records of a flight in any order", "[dtls]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Pair pair;
    pair.RunToTheEnd([&](bool, std::size_t, const Octets& datagram) {
      std::vector<Octets> records;
      for (std::size_t at = 0; at < datagram.size();) {
        const std::size_t size = kRecordHeaderSize + LoadU16(&datagram[at + 11]);
        records.push_back(samples::Copy(ByteView(datagram).subspan(at, size)));
        at += size;
      }
      for (std::size_t i = records.size(); i > 1; --i) {
        std::swap(records[i - 1], records[random.U32() % i]);
      }
      return records;
    });
    REQUIRE(pair.Connected());
    CHECK(KeysMatch(pair.client, pair.server));
  }
}

TEST_CASE("RetransmissionTest: completes over a path with loss, duplicates and delay", "[dtls]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Pair pair;
    Octets held[2];
    pair.RunToTheEnd([&](bool fromClient, std::size_t, const Octets& datagram) {
      std::vector<Octets> out;
      Octets& late = held[fromClient ? 0 : 1];
      if (random.U32() % 3 != 0) out.push_back(datagram);
      if (random.U32() % 4 == 0) out.push_back(datagram);
      if (!late.empty()) out.push_back(std::exchange(late, {}));
      if (random.U32() % 3 == 0) late = datagram;
      return out;
    });
    REQUIRE(pair.Connected());
    CHECK(KeysMatch(pair.client, pair.server));
  }
}

TEST_CASE("RetransmissionTest: starts each flight with the first timeout", "[dtls]") {
  Pair pair;
  Drain(pair.client);
  pair.Wait();  // the second ClientHello
  Drain(pair.client);
  pair.Wait();  // the third ClientHello
  const auto hello = Drain(pair.client);
  pair.server.Receive(hello.at(0), pair.now);
  const auto serverHello = Drain(pair.server);
  pair.client.Receive(serverHello.at(0), pair.now);
  CHECK(pair.client.NextTimeout() == pair.now + kInitialTimeout);
}

TEST_CASE("RetransmissionTest: fragments a long certificate", "[dtls]") {
  // Many names of 64 characters, the maximum.
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), 1);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), 2);
  const std::vector<unsigned char> part(64, 'x');
  for (int i = 0; i < 60; ++i) {
    REQUIRE(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "OU", MBSTRING_ASC, part.data(), 64,
                                       -1, 0) == 1);
  }
  X509_set_pubkey(x509.get(), key.get());
  REQUIRE(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  const auto text = [&] {
    std::string out(BIO_ctrl_pending(memory.get()), '\0');
    BIO_read(memory.get(), out.data(), static_cast<int>(out.size()));
    return out;
  };
  PEM_write_bio_X509(memory.get(), x509.get());
  const auto certificatePem = text();
  PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const auto context = Context::Create(Certificate::FromPem(certificatePem, text()).Value()).Value();

  for (const unsigned lost : {0U, 1U, 2U, 4U, 6U}) {
    INFO("lost " << lost);
    Pair pair({.client = &context, .server = &context});
    pair.RunToTheEnd([&](bool, std::size_t number, const Octets& datagram) {
      CHECK(datagram.size() <= kMaxHandshakeDatagram);
      return number < 8 && (lost >> number & 1) != 0 ? Lost() : Arrives(datagram);
    });
    CHECK(pair.Connected());
    CHECK(pair.sent[0] > 5);
  }
}
