#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/CongestionWindow.hpp"
#include "ringcast/sctp/Cookie.hpp"
#include "ringcast/sctp/Outstanding.hpp"
#include "ringcast/sctp/Reassembly.hpp"
#include "ringcast/sctp/ReceivedTsns.hpp"
#include "ringcast/sctp/RetransmissionTimeout.hpp"
#include "ringcast/sctp/SendQueue.hpp"
#include "ringcast/sctp/StreamResets.hpp"
#include "ringcast/sctp/Types.hpp"

namespace ringcast::sctp {

// The data transfer of an association whose peer is known: sends from the queue, receives messages,
// acknowledges, retransmits, and finds out whether the peer is still there.
class Transfer {
 public:
  // RFC 9260 section 16.
  static constexpr unsigned kMaxRetransmissions = 10;
  static constexpr Duration kHeartbeatInterval = Seconds(30);
  static constexpr Duration kSackDelay = Milliseconds(200);
  // Limit on the control chunks that wait to be sent; further ones are dropped, as a network may do.
  static constexpr std::size_t kMaxChunks = 16;
  // A fragment smaller than this is not worth a chunk at the end of a packet.
  static constexpr std::size_t kLeastFragment = 128;

  // `settings` and `queue` outlive it. `roundTrip`: of the handshake, if it was measured.
  Transfer(const Settings& settings, const Peer& peer, std::uint32_t localInitialTsn, SendQueue& queue,
           Random& random, std::optional<Duration> roundTrip, Instant now);

  [[nodiscard]] const Peer& Remote() const { return peer_; }
  // Returns the bytes that are in flight, or wait for missing ones.
  [[nodiscard]] std::size_t Held() const {
    return outstanding_.BytesInFlight() + reassembly_.Held() + reassembly_.StreamBytes();
  }
  // Limits the receive window further than the settings do.
  void LimitReceiveWindow(std::size_t bytes) { receiveLimit_ = bytes; }
  // Returns true if all data was sent and acknowledged.
  [[nodiscard]] bool Done() const { return queue_.Empty() && outstanding_.Empty(); }

  // --- Chunks from the peer ---

  // kAccepted also for a chunk that is dropped, which `drops` counts.
  [[nodiscard]] Reassembly::Outcome OnData(const ChunkView& chunk, Counters<DropReason>& drops);
  void OnSack(const ChunkView& chunk, Counters<DropReason>& drops, Instant now);
  // The cumulative TSN of SHUTDOWN: a SACK without gaps.
  void OnCumulativeTsn(std::uint32_t tsn, Counters<DropReason>& drops, Instant now);
  void OnForwardTsn(const ChunkView& chunk, Counters<DropReason>& drops);
  void OnReConfig(const ChunkView& chunk);
  void OnHeartbeat(const ChunkView& chunk);
  void OnHeartbeatAck(const ChunkView& chunk, Instant now);
  // A packet of the peer is complete: decides when its data is acknowledged.
  void OnPacketEnd(Instant now);

  // --- Packets to the peer ---

  void ResetStream(std::uint16_t stream) { resets_.Want(stream, queue_); }
  // Adds a chunk that consists of its header only.
  void QueueChunk(ChunkType type);
  // Writes the chunks that are due and fit. `data`: user data may be sent.
  void Write(PacketWriter& writer, bool data, Instant now);

  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  // Returns false if the peer does not answer any more.
  [[nodiscard]] bool OnTimeout(Instant now);

  // Moves events to the end of the list.
  void TakeEvents(std::deque<Event>& events);

 private:
  void Apply(const SackChunk& sack, Counters<DropReason>& drops, Instant now);
  // Abandons what partial reliability allows. FORWARD TSN is due if that was something or, with `again`, as
  // long as the peer has not acknowledged it.
  void Abandon(bool again, Instant now);
  void WriteChunks(PacketWriter& writer);
  void WriteForwardTsn(PacketWriter& writer);
  void WriteData(PacketWriter& writer, Instant now);
  void WriteFragment(PacketWriter& writer, std::uint32_t tsn, const Fragment& fragment, bool immediate);
  void WriteHeartbeat(PacketWriter& writer, Instant now);
  [[nodiscard]] std::uint32_t ReceiveWindow() const;
  // Data was sent: the timers of its acknowledgement run.
  void StartTimers(Instant now);

  const Settings& settings_;
  Random& random_;
  Peer peer_;
  SendQueue& queue_;
  ReceivedTsns received_;
  Reassembly reassembly_;
  Outstanding outstanding_;
  CongestionWindow window_;
  RetransmissionTimeout timeout_;
  StreamResets resets_;
  std::size_t peerWindow_;
  std::size_t receiveLimit_;

  std::vector<std::vector<std::uint8_t>> chunks_;  // control chunks to send, padded
  std::deque<Event> events_;

  // Acknowledgement of received data.
  bool dataInPacket_ = false;
  bool sackNow_ = false;
  unsigned packetsSinceSack_ = 0;
  std::optional<Instant> sackDue_;

  std::optional<Instant> retransmitDue_;  // T3-rtx
  std::optional<Instant> probeDue_;       // tail loss probe
  bool probed_ = false;                   // since the last acknowledgement
  bool resendNow_ = false;                // one packet of a fast retransmission ignores the window
  bool forwardTsnDue_ = false;
  unsigned errors_ = 0;  // consecutive timeouts

  Instant heartbeatDue_;
  bool sendHeartbeat_ = false;
  std::optional<std::uint32_t> heartbeatNonce_;  // of the one that is not answered
  Instant heartbeatSent_{};
};

}  // namespace ringcast::sctp
