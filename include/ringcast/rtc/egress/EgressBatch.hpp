#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/rtc/egress/GsoPlanner.hpp"
#include "ringcast/rtc/egress/PacketToSend.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::rtc {

// The packets that one transport is about to send, stream by stream. All transports of a worker fill and send
// the same batch in turn, so its memory stays in the processor's cache.
class EgressBatch {
 public:
  // The packets [first, last) of one stream, and the sums of those that were sent.
  struct Stream {
    StreamId id{};
    bool video = false;
    bool retransmissions = false;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t sent = 0;
    std::uint32_t sentBytes = 0;         // without SRTP
    std::uint32_t sentPayloadBytes = 0;  // without headers and padding
    std::uint32_t timestamp = 0;         // of the last packet sent
  };

  // Many times what one receive batch fans out to one transport. More packets are dropped and counted, so
  // that the subscriptions of one transport cannot use up the memory of all.
  static constexpr std::size_t kMaxPackets = 16384;

  void Clear();
  // Packets pushed from here on belong to this stream.
  void BeginStream(StreamId id, bool video, bool retransmissions = false);
  // True if Push() would drop a packet. Ask before the packet gets its sequence number.
  [[nodiscard]] bool Full() const { return packets_.size() >= kMaxPackets; }
  // Returns false if the packet is dropped because the batch is full.
  bool Push(rtp::PacketCache::Ref packet, const rtp::RtpRewrite& rewrite);

  [[nodiscard]] bool Empty() const { return packets_.empty(); }
  [[nodiscard]] const std::vector<PacketToSend>& Packets() const { return packets_; }
  [[nodiscard]] const std::vector<Stream>& Streams() const { return streams_; }

  // --- For the sender of the batch ---

  // Notes what became of a packet, and adds it to the sums of its stream if it was sent. Each packet once.
  void NoteOutcome(const SentPacket& sent);
  [[nodiscard]] const std::vector<SentPacket>& Outcomes() const { return outcomes_; }

  // Memory of the sender between two batches; its contents mean nothing there.
  struct Scratch {
    std::vector<std::uint32_t> sizes;  // of the packets on the wire
    std::vector<GsoPlanner::Stream> streams;
    GsoPlanner planner;
    // Of one GSO batch:
    std::vector<SentPacket> packets;
    std::vector<srtp::RtpEncryptor::Job> jobs;
    std::vector<std::uint8_t> bodies;  // those that are not part of a shared packet
  };
  [[nodiscard]] Scratch& SenderScratch() { return scratch_; }

 private:
  std::vector<PacketToSend> packets_;
  std::vector<Stream> streams_;
  std::vector<SentPacket> outcomes_;
  Scratch scratch_;
};

}  // namespace ringcast::rtc
