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
inline constexpr std::uint8_t kOriginalSequenceNumberSize = 2;  // of an RTX payload (RFC 4588 section 4)

// A received RTP packet (RFC 3550 section 5.1): the shared bytes, and the fields that one bounds-checked pass
// has parsed. Immutable once it is shared; the differences for a consumer are in an RtpRewrite.
class Packet {
 public:
  // Returns the packet, or nullopt if it is not RTP version 2 or if a length in it exceeds the packet.
  [[nodiscard]] static std::optional<Packet> Parse(net::PacketRef buffer);

  [[nodiscard]] Ssrc SenderSsrc() const { return ssrc_; }
  [[nodiscard]] std::uint16_t SequenceNumber() const { return sequenceNumber_; }
  [[nodiscard]] std::uint32_t Timestamp() const { return timestamp_; }
  [[nodiscard]] ringcast::PayloadType PayloadType() const { return payloadType_; }
  [[nodiscard]] bool Marker() const { return marker_; }
  [[nodiscard]] std::size_t Size() const { return buffer_.Size(); }
  // Returns true if the buffer has other references, so that its bytes must not be changed.
  [[nodiscard]] bool Shared() const { return !buffer_.Unique(); }
  [[nodiscard]] Instant Arrival() const { return buffer_.Arrival(); }

  [[nodiscard]] ByteView Payload() const { return buffer_.Bytes().subspan(payloadOffset_, payloadSize_); }
  [[nodiscard]] std::size_t PayloadSize() const { return payloadSize_; }
  [[nodiscard]] std::size_t PaddingSize() const { return paddingSize_; }
  // Replaces the sender's padding with `size` bytes of padding, or with none if the buffer has no room. Call
  // it only while the buffer has no other reference.
  void SetPadding(std::uint8_t size);
  [[nodiscard]] ByteView PayloadWithPadding() const {
    return buffer_.Bytes().subspan(payloadOffset_, std::size_t{payloadSize_} + paddingSize_);
  }
  [[nodiscard]] std::size_t HeaderSize() const { return payloadOffset_; }  // fixed header, csrcs, extension
  [[nodiscard]] std::uint8_t CsrcCount() const { return csrcCount_; }

  // Converts an RTX packet (RFC 4588 section 4) into the original packet. The payload starts with the
  // original sequence number; all header fields except ssrc and payload type are those of the original
  // packet. No byte is moved, so Buffer() remains as received. Returns false if the packet contains no
  // original packet (it is a bandwidth probe).
  [[nodiscard]] bool RestoreFromRtx(Ssrc media, ringcast::PayloadType payloadType);

  // Locates the extensions in `ids`, for later calls of ExtensionValue(). A malformed extension block ends
  // the search; the extensions found before remain valid (RFC 8285 section 4.2: an id of 15 ends the
  // processing).
  void LocateExtensions(const ExtensionIds& ids);
  // Returns nullopt if the packet does not have the extension; a present extension may have an empty value.
  [[nodiscard]] std::optional<ByteView> ExtensionValue(Extension extension) const {
    const auto& place = extensions_[static_cast<std::size_t>(extension)];
    if (place.offset == 0) return std::nullopt;
    return buffer_.Bytes().subspan(place.offset, place.length);
  }

  // Returns the extensions that were found.
  [[nodiscard]] ExtensionSet Extensions() const { return found_; }

  // Stores the position of the mask of active decode targets, for the consumers that forward the packet.
  void SetMaskPlace(const TargetMaskPlace& place) { maskPlace_ = place; }
  [[nodiscard]] const TargetMaskPlace& MaskPlace() const { return maskPlace_; }

  [[nodiscard]] const net::PacketRef& Buffer() const { return buffer_; }

 private:
  struct Place {
    std::uint16_t offset = 0;  // 0: not present
    std::uint16_t length = 0;
  };

  net::PacketRef buffer_;
  Ssrc ssrc_;
  std::uint32_t timestamp_ = 0;
  std::uint16_t sequenceNumber_ = 0;
  std::uint16_t payloadOffset_ = 0;
  std::uint16_t payloadSize_ = 0;
  std::uint16_t extensionOffset_ = 0;  // offset of the extension data; 0: none
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
