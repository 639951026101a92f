#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"
#include "ringcast/rtc/egress/EgressBatch.hpp"
#include "ringcast/rtp/PacketCache.hpp"
#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"

namespace ringcast::rtc {

// Retransmits packets of one stream: by RTX (RFC 4588) where it was negotiated, else unchanged under their
// own sequence numbers.
class alignas(64) StreamRetransmitter {
 public:
  // `firstRtxSequenceNumber`: unused without RTX.
  StreamRetransmitter(const RtpStreamParams& params, std::int64_t firstRtxSequenceNumber)
      : enabled_(params.useNack),
        usesRtx_(params.rtxSsrc.has_value()),
        rtxPayloadType_(params.rtxPayloadType.value_or(PayloadType())),
        rtxSsrc_(params.rtxSsrc.value_or(Ssrc())),
        rtxSequenceNumber_(firstRtxSequenceNumber) {}

  // Returns true if retransmissions were negotiated.
  [[nodiscard]] bool Enabled() const { return enabled_; }
  [[nodiscard]] bool UsesRtx() const { return usesRtx_; }

  // Keeps the data needed to retransmit the packet. A packet that found no send slot can still be requested;
  // one whose SRTP index belongs to another packet must never be sent. Packets of padding alone are not
  // retransmitted.
  void Remember(const SentPacket& sent, Instant now) {
    const bool padding = sent.packet->packet->PayloadSize() == 0;
    if (enabled_ && !padding && sent.outcome != SendOutcome::kIndexUsed) Add(sent, now);
  }

  // What a retransmission is made of, beside the packet.
  struct Resources {
    rtp::PacketCache& cache;
    EgressBatch& batch;
    RetransmissionBudget& budget;
  };
  struct Stream {
    Ssrc ssrc;
    const rtp::OutgoingExtensions* extensions = nullptr;
    std::optional<Duration> roundTrip;
  };
  // Adds the packet to the batch if it is still kept. Returns the reason if it must not be sent again now.
  std::optional<net::DropReason> Resend(std::uint16_t sequenceNumber, const Stream& stream,
                                        const Resources& resources, Instant now);

  struct Totals {
    std::uint64_t requested = 0;      // packets
    std::uint64_t retransmitted = 0;  // packets, each time
    std::uint64_t repaired = 0;       // of those, each packet once
  };
  [[nodiscard]] const Totals& Counts() const { return totals_; }
  [[nodiscard]] rtp::ScoreKeeper::Repairs Repairs() const {
    return {.repaired = totals_.repaired, .retransmissions = totals_.retransmitted, .byRtx = UsesRtx()};
  }

 private:
  void Add(const SentPacket& sent, Instant now);

  // Remember() touches only the first cache line, and the entry that it writes.
  rtp::RetransmissionBuffer buffer_;
  bool enabled_;
  bool usesRtx_;
  PayloadType rtxPayloadType_;
  Ssrc rtxSsrc_;
  std::int64_t rtxSequenceNumber_;  // of the next packet of RTX
  Totals totals_;
};
static_assert(sizeof(rtp::RetransmissionBuffer) + 2 * sizeof(bool) <= 64);

}  // namespace ringcast::rtc
