#include "unit/dtls/DtlsSamples.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace ringcast::dtls::samples {

namespace {

Context MakeContext(std::uint64_t seed) {
  SeededRandom random(seed);
  return Context::Create(Certificate::Generate(random, kUnixTime)).Value();
}

// More turns than any handshake takes, including one of six flights with every retransmission.
constexpr int kMaxTurns = 100;

bool Same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

const Context& LocalContext() {
  static const Context kContext = MakeContext(1);
  return kContext;
}

const Context& RemoteContext() {
  static const Context kContext = MakeContext(2);
  return kContext;
}

Fingerprint Sha256(const Context& context) { return context.Own().FingerprintBy(HashAlgorithm::kSha256); }

Octets Copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<Octets> Drain(Connection& connection) {
  std::vector<Octets> datagrams;
  while (const auto datagram = connection.NextDatagram()) datagrams.push_back(Copy(*datagram));
  return datagrams;
}

void Expire(Connection& connection) {
  while (const auto due = connection.NextTimeout()) {
    connection.OnTimeout(*due);
    Drain(connection);
  }
}

std::vector<Octets> Messages(Connection& connection) {
  std::vector<Octets> messages;
  while (const auto message = connection.NextMessage()) messages.push_back(Copy(*message));
  return messages;
}

Pair::Pair(const Options& options) : client(*options.client), server(*options.server) {
  if (options.fingerprints) {
    REQUIRE(client.SetRemoteFingerprint(Sha256(*options.server)).Ok());
    REQUIRE(server.SetRemoteFingerprint(Sha256(*options.client)).Ok());
  }
  if (!options.start) return;
  REQUIRE(server.Start(Role::kServer, now).Ok());
  REQUIRE(client.Start(Role::kClient, now).Ok());
}

void Pair::Run() {
  Run([](bool, std::size_t, const Octets& datagram) { return std::vector<Octets>{datagram}; });
}

void Pair::Run(const Wire& wire) {
  for (int turn = 0; turn < kMaxTurns; ++turn) {
    bool idle = true;
    for (const bool fromClient : {true, false}) {
      auto& receiver = fromClient ? server : client;
      for (const auto& datagram : Drain(fromClient ? client : server)) {
        idle = false;
        for (const auto& arrived : wire(fromClient, sent[fromClient ? 0 : 1]++, datagram)) {
          receiver.Receive(arrived, now);
        }
      }
    }
    if (idle) return;
  }
  FAIL("they go on for ever");
}

bool Pair::Wait() {
  const auto a = client.NextTimeout();
  const auto b = server.NextTimeout();
  if (!a && !b) return false;
  const Instant next = std::min(a.value_or(Instant::max()), b.value_or(Instant::max()));
  REQUIRE(next > now);
  now = next;
  client.OnTimeout(now);
  server.OnTimeout(now);
  return true;
}

void Pair::RunToTheEnd(const Wire& wire) {
  for (int turn = 0; turn < kMaxTurns; ++turn) {
    Run(wire);
    if (!Wait()) return;
  }
  FAIL("they go on for ever");
}

bool Pair::Connected() const {
  return client.CurrentState() == State::kConnected && server.CurrentState() == State::kConnected;
}

bool KeysMatch(const Connection& a, const Connection& b) {
  const Session* const left = a.Negotiated();
  const Session* const right = b.Negotiated();
  if (left == nullptr || right == nullptr) return false;
  return left->srtp.profile == right->srtp.profile &&
         Same(left->srtp.local.Bytes(), right->srtp.remote.Bytes()) &&
         Same(left->srtp.remote.Bytes(), right->srtp.local.Bytes());
}

std::vector<Handshake> MessagesOf(const std::vector<Octets>& datagrams) {
  std::vector<Handshake> messages;
  for (const auto& datagram : datagrams) {
    ByteReader records(datagram);
    while (records.Remaining() > 0) {
      REQUIRE(records.U8() == 22);
      records.Skip(10);
      ByteReader body(records.Bytes(records.U16()));
      Handshake message;
      message.type = body.U8();
      const auto length = body.U24();
      message.messageSeq = body.U16();
      const auto offset = body.U24();
      const auto fragment = body.U24();
      message.body = Copy(body.Bytes(fragment));
      REQUIRE(body.Ok());
      if (offset > 0) {
        auto& whole = messages.back().body;
        REQUIRE(offset == whole.size());
        whole.insert(whole.end(), message.body.begin(), message.body.end());
      } else {
        messages.push_back(message);
      }
      REQUIRE(messages.back().body.size() <= length);
    }
  }
  return messages;
}

Octets Fragment(const Handshake& message, std::size_t offset, std::size_t length,
                std::uint64_t recordNumber) {
  Octets body(12 + length);
  ByteWriter writer(body);
  writer.U8(message.type);
  writer.U24(static_cast<std::uint32_t>(message.body.size()));
  writer.U16(message.messageSeq);
  writer.U24(static_cast<std::uint32_t>(offset));
  writer.U24(static_cast<std::uint32_t>(length));
  writer.Bytes(ByteView(message.body).subspan(offset, length));
  REQUIRE(writer.Ok());
  return Record(22, 0, recordNumber, body);
}

Octets Record(std::uint8_t type, std::uint16_t epoch, std::uint64_t number, ByteView body,
              std::uint16_t version) {
  Octets record(kRecordHeaderSize + body.size());
  ByteWriter writer(record);
  writer.U8(type);
  writer.U16(version);
  writer.U64(static_cast<std::uint64_t>(epoch) << 48 | number);
  writer.U16(static_cast<std::uint16_t>(body.size()));
  writer.Bytes(body);
  REQUIRE(writer.Ok());
  return record;
}

}  // namespace ringcast::dtls::samples
