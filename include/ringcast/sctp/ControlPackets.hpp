#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/Cookie.hpp"
#include "ringcast/sctp/Types.hpp"

namespace ringcast::sctp {

// The packets of setup and teardown, which have one chunk each, until they are sent.
class ControlPackets {
 public:
  // Limit on the packets that wait; further ones are dropped, as a network may do.
  static constexpr std::size_t kMaxPackets = 16;

  // `settings` outlives it.
  explicit ControlPackets(const Settings& settings) : settings_(settings), remotePort_(settings.remotePort) {}

  [[nodiscard]] std::uint16_t RemotePort() const { return remotePort_; }
  void SetRemotePort(std::uint16_t port) { remotePort_ = port; }
  [[nodiscard]] CommonHeader HeaderFor(std::uint32_t tag) const;

  // With our tag and initial TSN.
  void AddInit(std::uint32_t tag, std::uint32_t initialTsn);
  // To a peer with the tag `to`.
  void AddInitAck(std::uint32_t to, const Cookie& cookie, const SipHashKey& key);
  // `cause`: 0 for none.
  void AddAbort(std::uint32_t to, std::uint16_t cause);

  // Moves the next packet to `buffer`. Returns false if none is waiting.
  [[nodiscard]] bool Take(std::vector<std::uint8_t>& buffer);

 private:
  void BeginInit(PacketWriter& writer, ChunkType type, std::uint32_t tag, std::uint32_t initialTsn) const;
  void Add(std::vector<std::uint8_t> packet);

  const Settings& settings_;
  std::uint16_t remotePort_;
  std::deque<std::vector<std::uint8_t>> packets_;
};

// Returns what a peer announces.
[[nodiscard]] Peer PeerOf(const InitChunk& init);

}  // namespace ringcast::sctp
