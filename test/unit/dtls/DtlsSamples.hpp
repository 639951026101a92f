#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls::samples {

using Octets = std::vector<std::uint8_t>;

// 2026-01-01 as time since 1970.
inline constexpr Duration kUnixTime = Seconds(1'767'225'600);
inline constexpr Instant kStart{Seconds(1000)};

// Two contexts with distinct certificates, each created once.
[[nodiscard]] const Context& LocalContext();
[[nodiscard]] const Context& RemoteContext();
[[nodiscard]] Fingerprint Sha256(const Context& context);

[[nodiscard]] Octets Copy(ByteView bytes);
std::vector<Octets> Drain(Connection& connection);
// Advances time without delivering datagrams until no deadline is left.
void Expire(Connection& connection);
[[nodiscard]] std::vector<Octets> Messages(Connection& connection);

// Two connections and the path between them. `client` has RemoteContext, `server` LocalContext.
struct Pair {
  struct Options {
    const Context* client = &RemoteContext();
    const Context* server = &LocalContext();
    bool fingerprints = true;
    bool start = true;
  };
  Pair() : Pair(Options()) {}
  explicit Pair(const Options& options);

  // Delivers datagrams in both directions until none is left.
  void Run();
  // Like Run(), but delivers the datagrams that `wire` returns instead of each datagram. `number` counts the
  // datagrams of one direction.
  using Wire =
      std::function<std::vector<Octets>(bool fromClient, std::size_t number, const Octets& datagram)>;
  void Run(const Wire& wire);
  // Advances time to the next deadline of either side. Returns false if there is no deadline.
  bool Wait();
  // Runs until both are connected, one has ended, or no deadline is left.
  void RunToTheEnd(const Wire& wire);

  [[nodiscard]] bool Connected() const;

  Connection client;
  Connection server;
  Instant now = kStart;
  std::size_t sent[2] = {0, 0};
};

// Returns true if both have the same profile and matching keys.
[[nodiscard]] bool KeysMatch(const Connection& a, const Connection& b);

// A handshake message, to be split and sent in other ways.
struct Handshake {
  std::uint8_t type = 0;
  std::uint16_t messageSeq = 0;
  Octets body;
};
// Returns the whole handshake messages of plaintext datagrams.
[[nodiscard]] std::vector<Handshake> MessagesOf(const std::vector<Octets>& datagrams);
// Returns one record with a fragment of the message and the given record sequence number.
[[nodiscard]] Octets Fragment(const Handshake& message, std::size_t offset, std::size_t length,
                              std::uint64_t recordNumber);
[[nodiscard]] Octets Record(std::uint8_t type, std::uint16_t epoch, std::uint64_t number, ByteView body,
                            std::uint16_t version = 0xFEFD);

}  // namespace ringcast::dtls::samples
