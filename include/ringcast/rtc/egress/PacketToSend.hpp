#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ringcast/rtp/PacketCache.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtc {

// An outgoing stream of one transport. The transport assigns it; ids of closed streams are reused.
enum class StreamId : std::uint32_t {};

// A packet for one receiver: a reference to the shared packet, and what differs from it.
struct PacketToSend {
  rtp::PacketCache::Ref packet;
  rtp::RtpRewrite rewrite;
  std::uint32_t stream = 0;  // index into EgressBatch::Streams()
  std::uint32_t size = 0;    // serialized, without SRTP
};

enum class SendOutcome : std::uint8_t {
  kSent,
  kNoSlot,            // the sink had no free slot: never sent under its sequence number, but may be
  kEncryptionFailed,  // likewise
  kIndexUsed,         // another packet was encrypted under its SRTP index: it must never be sent
};

// What became of one packet of a batch.
struct SentPacket {
  const PacketToSend* packet = nullptr;  // valid until the batch is cleared
  rtp::SendTimeValues sendTime;          // as written into the packet, where its extensions have room for it
  SendOutcome outcome = SendOutcome::kSent;
};

// What Egress::Send() did with a batch. Valid until the batch is cleared.
struct SendReport {
  std::span<const SentPacket> packets;  // in send order, in the order of sequence numbers within a stream
  std::size_t bytes = 0;                // sent, on the wire
  std::size_t noSlot = 0;               // packets, by outcome
  std::size_t encryptionFailed = 0;
  std::size_t indexUsed = 0;
  std::size_t paddedPackets = 0;
  std::size_t paddingBytes = 0;
};

}  // namespace ringcast::rtc
