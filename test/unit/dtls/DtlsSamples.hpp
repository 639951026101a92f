#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls::samples {

using Octets = std::vector<std::uint8_t>;

// 2026-01-01, since 1970.
inline constexpr Duration kUnixTime = Seconds(1'767'225'600);
inline constexpr Instant kStart{Seconds(1000)};

// Made once: two certificates, so that the peers differ.
[[nodiscard]] const Context& LocalContext();
[[nodiscard]] const Context& RemoteContext();
[[nodiscard]] Fingerprint Sha256(const Context& context);

[[nodiscard]] Octets Copy(ByteView bytes);
std::vector<Octets> Drain(Connection& connection);
// Lets time pass, and all that is sent be lost, until there is no deadline any more.
void Expire(Connection& connection);
[[nodiscard]] std::vector<Octets> Messages(Connection& connection);

// Two connections and the wire between them. `client` has RemoteContext, `server` LocalContext.
struct Pair {
  struct Options {
    const Context* client = &RemoteContext();
    const Context* server = &LocalContext();
    bool fingerprints = true;
    bool start = true;
  };
  Pair() : Pair(Options()) {}
  explicit Pair(const Options& options);

  // Carries datagrams to and fro until none is left.
  void Run();
  // The same; what `wire` gives for a datagram arrives, in its place. `number` counts the datagrams of one
  // direction.
  using Wire =
      std::function<std::vector<Octets>(bool fromClient, std::size_t number, const Octets& datagram)>;
  void Run(const Wire& wire);
  // Time goes on to the next deadline of either; false: there is none.
  bool Wait();
  // Until both are connected, or one is over, or nothing happens any more.
  void RunToTheEnd(const Wire& wire);

  [[nodiscard]] bool Connected() const;

  Connection client;
  Connection server;
  Instant now = kStart;
  std::size_t sent[2] = {0, 0};
};

// Both have the same profile and each other's keys.
[[nodiscard]] bool KeysMatch(const Connection& a, const Connection& b);

// A real ClientHello's datagram, taken apart and put together again otherwise.
struct Handshake {
  std::uint8_t type = 0;
  std::uint16_t messageSeq = 0;
  Octets body;
};
// The handshake messages of plain datagrams, whole ones.
[[nodiscard]] std::vector<Handshake> MessagesOf(const std::vector<Octets>& datagrams);
// One record with a fragment of the message. The record's sequence number is the caller's.
[[nodiscard]] Octets Fragment(const Handshake& message, std::size_t offset, std::size_t length,
                              std::uint64_t recordNumber);
[[nodiscard]] Octets Record(std::uint8_t type, std::uint16_t epoch, std::uint64_t number, ByteView body,
                            std::uint16_t version = 0xFEFD);

}  // namespace ringcast::dtls::samples
