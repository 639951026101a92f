#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/Extensions.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtp {

// What all packets of one consumer have in common on the way out: which extensions its peer takes, under
// which ids.
class OutgoingExtensions {
 public:
  OutgoingExtensions() = default;  // none
  // `mid`: value of kMid, if `ids` has it; at most kMaxTwoByteExtensionLength bytes.
  OutgoingExtensions(const ExtensionIds& ids, std::string mid);

  [[nodiscard]] bool Empty() const { return ids_.Empty(); }
  [[nodiscard]] const ExtensionIds& Ids() const { return ids_; }
  [[nodiscard]] const std::string& Mid() const { return mid_; }
  [[nodiscard]] bool HasTransportWideCc() const { return hasTransportWideCc_; }

  // The extension block of a packet that carries none of those that are passed on: it is the same for all
  // such packets but for the two values that are known only when they leave.
  struct OwnBlock {
    static constexpr std::size_t kCapacity = 44;  // a mid of up to 24 bytes with the other two
    std::array<std::uint8_t, kCapacity> bytes{};
    std::uint8_t size = 0;               // 0: no block
    std::uint8_t absSendTime = 0;        // offset of the value; 0: not there
    std::uint8_t transportSequence = 0;  // likewise
  };
  // nullptr: `packet` has something to pass on, or the block is longer than is kept.
  [[nodiscard]] const OwnBlock* OwnBlockFor(const Packet& packet) const {
    return ownBlockFits_ && (packet.Extensions() & passedOn_) == 0 ? &ownBlock_ : nullptr;
  }
  // Without anything to pass on; no block where it is longer than is kept.
  [[nodiscard]] const OwnBlock& OwnBlockAlone() const { return ownBlock_; }

 private:
  OwnBlock ownBlock_;
  ExtensionSet passedOn_ = 0;
  bool ownBlockFits_ = true;
  bool hasTransportWideCc_ = false;
  ExtensionIds ids_;
  std::string mid_;
};

// Values that are only known when the batch is built, in send order.
struct SendTimeValues {
  std::uint32_t absSendTime = 0;  // 24 bits: 6.18 fixed-point seconds
  std::uint16_t transportSequenceNumber = 0;
};

// What differs between the shared packet and the one that a consumer gets. Everything not named here is taken
// from the shared packet.
struct RtpRewrite {
  Ssrc ssrc{};
  std::uint32_t timestamp = 0;
  std::int64_t sequenceNumber = 0;  // unwrapped; the low 16 bits go out
  ringcast::PayloadType payloadType{};
  bool marker = false;
  bool padded = false;  // the shared packet's padding goes along
  bool empty = false;   // nothing of the payload goes along, nor what extensions say of it
  // RFC 4588 section 4: the payload goes behind the sequence number that it had in the original stream.
  bool retransmission = false;
  std::uint16_t originalSequenceNumber = 0;
  const OutgoingExtensions* extensions = nullptr;  // outlives the batch; nullptr: none
  PayloadPatch patch;
  // Of a packet that is retransmitted under its own sequence number: it must be the same in every byte (see
  // srtp::Outbound::ProtectRtp). nullopt: the packet gets the values of the time when it is sent.
  std::optional<SendTimeValues> sendTime;
  std::uint32_t activeTargets = 0;  // mask for the dependency descriptor; 0: it goes on as it is
  // In units of 10 ms, 12 bits: for the playout delay extension, where the shared packet has none.
  std::optional<std::uint16_t> minPlayoutDelay;

  // False: what follows the header is a part of the shared packet.
  [[nodiscard]] bool ChangesBody() const { return retransmission || patch.size != 0; }
};

// The size of what Serialize would write. An upper bound is not enough: runs are grouped by size.
[[nodiscard]] std::size_t SerializedSize(const Packet& packet, const RtpRewrite& rewrite);

// Writes the packet as the consumer gets it: header, extensions (one-byte form where ids and lengths allow,
// else two-byte form, RFC 8285), payload, padding only where the rewrite says so; CSRCs are kept. The mid is
// written from the rewrite, abs-send-time and the transport-wide sequence number from `values`; rid and
// repaired rid are passed on only where the consumer has ids for them. Returns the bytes written; 0: `out` is
// too short.
[[nodiscard]] std::size_t Serialize(const Packet& packet, const RtpRewrite& rewrite,
                                    const SendTimeValues& values, MutableBytes out);

// What follows the header, where the rewrite leaves it as it is.
[[nodiscard]] inline ByteView Body(const Packet& packet, const RtpRewrite& rewrite) {
  if (rewrite.empty) return {};
  return rewrite.padded ? packet.PayloadWithPadding() : packet.Payload();
}
[[nodiscard]] inline std::size_t BodySize(const Packet& packet, const RtpRewrite& rewrite) {
  return Body(packet, rewrite).size() + (rewrite.retransmission ? kOriginalSequenceNumberSize : 0);
}
// What follows the header, written to `out`, which has room for it. Returns its size.
std::size_t WriteBody(const Packet& packet, const RtpRewrite& rewrite, MutableBytes out);

// The same without the body, which then goes behind it.
[[nodiscard]] std::size_t SerializeHeader(const Packet& packet, const RtpRewrite& rewrite,
                                          const SendTimeValues& values, MutableBytes out);

// abs-send-time of an instant: 24 bits, 6 of seconds and 18 of fraction.
[[nodiscard]] std::uint32_t AbsSendTime(Instant now);

}  // namespace ringcast::rtp
