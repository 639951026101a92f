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

// The header extensions that all packets to one consumer have in common: the extensions that were negotiated,
// and their ids.
class OutgoingExtensions {
 public:
  OutgoingExtensions() = default;  // no extensions
  // `mid`: value of kMid, used if `ids` contains it; at most kMaxTwoByteExtensionLength bytes.
  OutgoingExtensions(const ExtensionIds& ids, std::string mid);

  [[nodiscard]] bool Empty() const { return ids_.Empty(); }
  [[nodiscard]] const ExtensionIds& Ids() const { return ids_; }
  [[nodiscard]] const std::string& Mid() const { return mid_; }
  [[nodiscard]] bool HasTransportWideCc() const { return hasTransportWideCc_; }

  // The extension block of a packet without extensions to forward. It is the same for all such packets,
  // except for the two values that are set when the packet is sent.
  struct OwnBlock {
    static constexpr std::size_t kCapacity = 44;  // enough for a mid of 28 bytes and the other two
    std::array<std::uint8_t, kCapacity> bytes{};
    std::uint8_t size = 0;               // 0: no block
    std::uint8_t absSendTime = 0;        // offset of the value; 0: not present
    std::uint8_t transportSequence = 0;  // offset of the value; 0: not present
  };
  // Returns nullptr if `packet` has an extension to forward, or if the block exceeds kCapacity.
  [[nodiscard]] const OwnBlock* OwnBlockFor(const Packet& packet) const {
    return ownBlockFits_ && (packet.Extensions() & passedOn_) == 0 ? &ownBlock_ : nullptr;
  }
  // Returns the block for a packet without extensions to forward, or an empty block if it exceeds kCapacity.
  [[nodiscard]] const OwnBlock& OwnBlockAlone() const { return ownBlock_; }

 private:
  OwnBlock ownBlock_;
  ExtensionSet passedOn_ = 0;
  bool ownBlockFits_ = true;
  bool hasTransportWideCc_ = false;
  ExtensionIds ids_;
  std::string mid_;
};

// Values that are only known when a packet is sent.
struct SendTimeValues {
  std::uint32_t absSendTime = 0;  // 24 bits: 6.18 fixed-point seconds
  std::uint16_t transportSequenceNumber = 0;
};

// The differences between the shared packet and the packet that a consumer sends. Everything else is copied
// from the shared packet.
struct RtpRewrite {
  Ssrc ssrc{};
  std::uint32_t timestamp = 0;
  std::int64_t sequenceNumber = 0;  // unwrapped; the low 16 bits are sent
  ringcast::PayloadType payloadType{};
  bool marker = false;
  bool padded = false;  // include the padding of the shared packet
  bool empty = false;   // omit the payload, and the extensions that describe it
  // RFC 4588 section 4: the payload is preceded by its original sequence number.
  bool retransmission = false;
  std::uint16_t originalSequenceNumber = 0;
  const OutgoingExtensions* extensions = nullptr;  // must outlive the batch; nullptr: none
  PayloadPatch patch;
  // For a packet that is retransmitted with its own sequence number: it must be identical (see
  // srtp::Outbound::ProtectRtp). nullopt: the packet gets the values of the time when it is sent.
  std::optional<SendTimeValues> sendTime;
  std::uint32_t activeTargets = 0;  // mask for the dependency descriptor; 0: the descriptor is unchanged
  // In units of 10 ms, 12 bits, for the playout delay extension, if the shared packet has none.
  std::optional<std::uint16_t> minPlayoutDelay;

  // Returns false if the bytes after the header are a contiguous part of the shared packet.
  [[nodiscard]] bool ChangesBody() const { return retransmission || patch.size != 0; }
};

// Returns the exact size of the result of Serialize(). An upper bound would not do, because GSO batches
// consist of packets of the same size.
[[nodiscard]] std::size_t SerializedSize(const Packet& packet, const RtpRewrite& rewrite);

// Writes the packet as the consumer sends it: header, extensions (one-byte header if ids and lengths allow
// it, otherwise two-byte header, RFC 8285), payload, and padding only if the rewrite includes it; csrcs are
// kept. The mid is from the rewrite, abs-send-time and the transport-wide sequence number are from `values`;
// rid and repaired rid are forwarded only if the consumer has ids for them. Returns the number of bytes
// written, or 0 if `out` is too small.
[[nodiscard]] std::size_t Serialize(const Packet& packet, const RtpRewrite& rewrite,
                                    const SendTimeValues& values, MutableBytes out);

// Returns the bytes after the header, for a rewrite that does not change them.
[[nodiscard]] inline ByteView Body(const Packet& packet, const RtpRewrite& rewrite) {
  if (rewrite.empty) return {};
  return rewrite.padded ? packet.PayloadWithPadding() : packet.Payload();
}
[[nodiscard]] inline std::size_t BodySize(const Packet& packet, const RtpRewrite& rewrite) {
  return Body(packet, rewrite).size() + (rewrite.retransmission ? kOriginalSequenceNumberSize : 0);
}
// Writes the bytes after the header to `out`, which must have enough room. Returns their number.
std::size_t WriteBody(const Packet& packet, const RtpRewrite& rewrite, MutableBytes out);

// Like Serialize(), but without the body.
[[nodiscard]] std::size_t SerializeHeader(const Packet& packet, const RtpRewrite& rewrite,
                                          const SendTimeValues& values, MutableBytes out);

// Returns the abs-send-time of an instant: 24 bits, 6 bits of seconds and 18 bits of fraction.
[[nodiscard]] std::uint32_t AbsSendTime(Instant now);

}  // namespace ringcast::rtp
