#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Extensions.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

inline constexpr std::size_t kFixedHeaderSize = 12;             // RFC 3550 section 5.1
inline constexpr std::uint8_t kOriginalSequenceNumberSize = 2;  // of packets of RTX, RFC 4588 section 4

// A received RTP packet (RFC 3550 section 5.1): the shared bytes, and the facts about them that one
// bounds-checked pass found. Const once parsed; what differs for a consumer is an RtpRewrite.
class Packet {
 public:
  // nullopt: not RTP version 2, or a length inside it does not fit.
  [[nodiscard]] static std::optional<Packet> Parse(net::PacketRef buffer);

  [[nodiscard]] Ssrc SenderSsrc() const { return ssrc_; }
  [[nodiscard]] std::uint16_t SequenceNumber() const { return sequenceNumber_; }
  [[nodiscard]] std::uint32_t Timestamp() const { return timestamp_; }
  [[nodiscard]] ringcast::PayloadType PayloadType() const { return payloadType_; }
  [[nodiscard]] bool Marker() const { return marker_; }
  [[nodiscard]] std::size_t Size() const { return buffer_.Size(); }
  // Others refer to its bytes, too: they cannot be changed.
  [[nodiscard]] bool Shared() const { return !buffer_.Unique(); }
  [[nodiscard]] Instant Arrival() const { return buffer_.Arrival(); }

  [[nodiscard]] ByteView Payload() const { return buffer_.Bytes().subspan(payloadOffset_, payloadSize_); }
  [[nodiscard]] std::size_t PayloadSize() const { return payloadSize_; }
  [[nodiscard]] std::size_t PaddingSize() const { return paddingSize_; }
  // Replaces the sender's padding by so many bytes of it; none where the buffer has no room. Only before
  // anybody else refers to the buffer.
  void SetPadding(std::uint8_t size);
  [[nodiscard]] ByteView PayloadWithPadding() const {
    return buffer_.Bytes().subspan(payloadOffset_, std::size_t{payloadSize_} + paddingSize_);
  }
  [[nodiscard]] std::size_t HeaderSize() const { return payloadOffset_; }  // fixed header, CSRCs, extension
  [[nodiscard]] std::uint8_t CsrcCount() const { return csrcCount_; }

  // Of an RTX packet (RFC 4588 section 4) makes the packet that it repeats: the original sequence number
  // stands in front of its payload, all else in the header but ssrc and payload type is the same. No byte
  // moves, so Buffer() stays as it was received. False: nothing is repeated, a sender only probes how much it
  // may send.
  [[nodiscard]] bool RestoreFromRtx(Ssrc media, ringcast::PayloadType payloadType);

  // Finds the values of the extensions that `ids` names, once, for all later calls of ExtensionValue. A
  // malformed extension block ends the search; what was found before stands (RFC 8285 section 4.2: an id of
  // 15 stops it).
  void LocateExtensions(const ExtensionIds& ids);
  // Empty and nullopt differ: an extension may be there with no bytes.
  [[nodiscard]] std::optional<ByteView> ExtensionValue(Extension extension) const {
    const auto& place = extensions_[static_cast<std::size_t>(extension)];
    if (place.offset == 0) return std::nullopt;
    return buffer_.Bytes().subspan(place.offset, place.length);
  }

  // Those that were found.
  [[nodiscard]] ExtensionSet Extensions() const { return found_; }

  // Kept with the packet for those who send it on.
  void SetMaskPlace(const TargetMaskPlace& place) { maskPlace_ = place; }
  [[nodiscard]] const TargetMaskPlace& MaskPlace() const { return maskPlace_; }

  [[nodiscard]] const net::PacketRef& Buffer() const { return buffer_; }

 private:
  struct Place {
    std::uint16_t offset = 0;  // 0: not there
    std::uint16_t length = 0;
  };

  net::PacketRef buffer_;
  Ssrc ssrc_;
  std::uint32_t timestamp_ = 0;
  std::uint16_t sequenceNumber_ = 0;
  std::uint16_t payloadOffset_ = 0;
  std::uint16_t payloadSize_ = 0;
  std::uint16_t extensionOffset_ = 0;  // of the extension's data; 0: none
  std::uint16_t extensionSize_ = 0;
  std::uint16_t extensionProfile_ = 0;
  ExtensionSet found_ = 0;
  std::uint8_t paddingSize_ = 0;
  std::uint8_t csrcCount_ = 0;
  ringcast::PayloadType payloadType_;
  bool marker_ = false;
  TargetMaskPlace maskPlace_;
  std::array<Place, kExtensionCount> extensions_{};
};

}  // namespace ringcast::rtp
