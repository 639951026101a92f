#include <algorithm>
#include <optional>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace dtls;
using Octets = std::vector<std::uint8_t>;

constexpr Instant kStart{Seconds(1000)};

const Context& SharedContext() {
  static const Context kContext = [] {
    SeededRandom random(1);
    return Context::Create(Certificate::Generate(random, Seconds(1'767'225'600))).Value();
  }();
  return kContext;
}

Connection Make(Role role) {
  Connection connection(SharedContext());
  RC_ASSERT(
      connection.SetRemoteFingerprint(SharedContext().Own().FingerprintBy(HashAlgorithm::kSha256)).Ok());
  RC_ASSERT(connection.Start(role, kStart).Ok());
  return connection;
}

// Checks the invariants of a connection in any state, and empties its queues.
void Check(Connection& connection) {
  const State state = connection.CurrentState();
  const bool over = state == State::kFailed || state == State::kClosed;
  RC_ASSERT(connection.WhyFailed().has_value() == (state == State::kFailed));
  RC_ASSERT((connection.Negotiated() != nullptr) == (state == State::kConnected));
  if (over || state == State::kConnected) RC_ASSERT(!connection.NextTimeout());
  std::size_t datagrams = 0;
  while (const auto datagram = connection.NextDatagram()) {
    RC_ASSERT(datagram->size() <= kMaxHandshakeDatagram);
    RC_ASSERT(ParseRecords(*datagram));
    ++datagrams;
  }
  RC_ASSERT(datagrams <= kMaxQueuedDatagrams);
}

// Datagrams from the input, one per command: two bytes of length and the bytes, or a recorded datagram
// with a changed byte.
template <typename Receive>
void ForEachDatagram(ByteView input, const std::vector<Octets>& recorded, Receive receive) {
  constexpr std::uint16_t kRecorded = 0x8000;
  ByteReader reader(input);
  while (reader.Remaining() >= 2) {
    const std::uint16_t command = reader.U16();
    if ((command & kRecorded) == 0) {
      const std::size_t size =
          std::min<std::size_t>(command % (kMaxReceivedDatagram + 2), reader.Remaining());
      const ByteView bytes = reader.Bytes(size);
      receive(Octets(bytes.begin(), bytes.end()));
    } else if (!recorded.empty()) {
      Octets datagram = recorded[(command >> 11 & 15) % recorded.size()];
      const std::size_t at = command & 0x7FF;
      datagram[at % datagram.size()] ^= reader.U8();
      receive(datagram);
    }
  }
}

void FuzzRecords(ByteView datagram) {
  const auto records = ParseRecords(datagram);
  if (!records) return;
  RC_ASSERT(records->count > 0 && records->encrypted <= records->count);
  RC_ASSERT(records->count * (kRecordHeaderSize + 1) <= datagram.size());
  RC_ASSERT((records->shortest == 0) == (records->encrypted == 0));
  RC_ASSERT(!records->clientHello || datagram.size() >= kRecordHeaderSize + 12);
}

// Runs a handshake with the input as the peer, until it succeeds or times out.
void FuzzHandshake(ByteView input, Role role, const std::vector<Octets>& recorded) {
  Connection connection = Make(role);
  Check(connection);
  ForEachDatagram(input, recorded, [&](const Octets& datagram) {
    const auto update = connection.Receive(datagram, kStart);
    RC_ASSERT(!update.state || *update.state == connection.CurrentState());
    Check(connection);
    // The input contains no proof of the private key.
    RC_ASSERT(connection.CurrentState() != State::kConnected);
  });
  // Each attempt of a server retransmits its flights in turn.
  for (std::size_t i = 0; connection.NextTimeout(); ++i) {
    RC_ASSERT(i <= kMaxAttempts * (kMaxRetransmissions + 1));
    connection.OnTimeout(*connection.NextTimeout());
    Check(connection);
  }
}

struct Established {
  Connection client = Make(Role::kClient);
  Connection server = Make(Role::kServer);
  std::vector<Octets> toClient, toServer;

  Established() {
    for (int turn = 0; turn < 2; ++turn) {
      while (const auto datagram = client.NextDatagram()) {
        toServer.emplace_back(datagram->begin(), datagram->end());
        server.Receive(toServer.back(), kStart);
      }
      while (const auto datagram = server.NextDatagram()) {
        toClient.emplace_back(datagram->begin(), datagram->end());
        client.Receive(toClient.back(), kStart);
      }
    }
    RC_ASSERT(client.CurrentState() == State::kConnected && server.CurrentState() == State::kConnected);
  }
};

// Datagrams without the keys change nothing, and a genuine one is still received afterwards.
void FuzzEstablished(ByteView input, bool atServer) {
  Established pair;
  auto& target = atServer ? pair.server : pair.client;
  auto& peer = atServer ? pair.client : pair.server;
  ForEachDatagram(input, atServer ? pair.toServer : pair.toClient, [&](const Octets& datagram) {
    RC_ASSERT(!target.Receive(datagram, kStart).state);
    RC_ASSERT(!target.NextMessage());
    Check(target);
  });
  const Octets message{1, 2, 3};
  RC_ASSERT(peer.Send(message));
  const auto datagram = peer.NextDatagram();
  RC_ASSERT(datagram.has_value());
  RC_ASSERT(!target.Receive(*datagram, kStart).dropped);
  const auto received = target.NextMessage();
  RC_ASSERT(received && Octets(received->begin(), received->end()) == message);
}

Octets Copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// A genuine handshake in which datagrams of the input precede each datagram to the attacked side.
void FuzzHostile(ByteView input, bool atServer, const std::vector<Octets>& recorded) {
  std::vector<Octets> hostile;
  ForEachDatagram(input, recorded, [&](Octets datagram) { hostile.push_back(std::move(datagram)); });
  Connection client = Make(Role::kClient);
  Connection server = Make(Role::kServer);
  std::size_t used = 0;
  Instant now = kStart;
  const auto carry = [&](Connection& from, Connection& to, bool attacked) {
    bool carried = false;
    while (const auto next = from.NextDatagram()) {
      const Octets datagram = Copy(*next);
      for (int i = 0; attacked && i < 8 && used < hostile.size(); ++i) {
        to.Receive(hostile[used], now);
        // A server resists even an attacker who reads the path, because the client's flight is signed as a
        // whole. The ClientHello is not: the server's answer to a changed one makes the client fail.
        if (atServer && !hostile[used].empty() && !ParseRecords(datagram)->clientHello) {
          Octets changed = datagram;
          changed[hostile[used].size() % changed.size()] ^= hostile[used].back();
          to.Receive(changed, now);
        }
        ++used;
      }
      to.Receive(datagram, now);
      carried = true;
    }
    return carried;
  };
  while (true) {
    bool carried = true;
    while (carried) {
      carried = carry(client, server, atServer);
      carried = carry(server, client, !atServer) || carried;
    }
    const auto next = Earlier(client.NextTimeout(), server.NextTimeout());
    if (!next) break;
    now = *next;
    client.OnTimeout(now);
    server.OnTimeout(now);
  }
  RC_ASSERT(client.CurrentState() == State::kConnected && server.CurrentState() == State::kConnected);
  RC_ASSERT(Copy(client.Negotiated()->srtp.local.Bytes()) == Copy(server.Negotiated()->srtp.remote.Bytes()));
  RC_ASSERT(Copy(client.Negotiated()->srtp.remote.Bytes()) == Copy(server.Negotiated()->srtp.local.Bytes()));
}

}  // namespace

// First byte: record parsing only, or the attacked side and whether its handshake is complete or has a
// genuine peer.
void FuzzDtls(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const ByteView rest = input.subspan(1);
  // A recorded handshake as a source of messages: its ClientHello is valid for any server.
  static const Established kRecorded;
  switch (input[0] % 7) {
    case 0:
      return FuzzRecords(rest);
    case 1:
      return FuzzHandshake(rest, Role::kServer, kRecorded.toServer);
    case 2:
      return FuzzHandshake(rest, Role::kClient, kRecorded.toClient);
    case 3:
      return FuzzEstablished(rest, true);
    case 5:
      return FuzzHostile(rest, true, kRecorded.toServer);
    case 6:
      return FuzzHostile(rest, false, kRecorded.toClient);
    default:
      return FuzzEstablished(rest, false);
  }
}

}  // namespace ringcast::fuzz
