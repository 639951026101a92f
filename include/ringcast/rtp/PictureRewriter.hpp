#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtp {

// A number of kBits bits that remains contiguous when its source changes. The numbers of the first source are
// unchanged.
template <unsigned kBits>
class ContinuedNumber {
  static_assert(kBits > 1 && kBits <= 16);

 public:
  // The next number is mapped to the highest forwarded number plus one; later ones follow from it.
  void Resync() { synced_ = false; }

  [[nodiscard]] std::uint16_t Map(std::uint16_t input) {
    if (!synced_ && started_) offset_ = static_cast<std::uint16_t>(highest_ + 1 - input);
    synced_ = true;
    const auto output = static_cast<std::uint16_t>((input + offset_) & kMask);
    const bool newer = ((output - highest_) & kMask) <= kMask / 2;  // RFC 1982 for kBits bits
    if (!started_ || newer) highest_ = output;
    started_ = true;
    return output;
  }

 private:
  static constexpr int kMask = (1 << kBits) - 1;

  std::uint16_t offset_ = 0;
  std::uint16_t highest_ = 0;
  bool synced_ = false;
  bool started_ = false;
};

// Rewrites the frame_number of the dependency descriptor across changes of the source. Frames refer to others
// by the difference of their numbers (appendix A.8.3), so dropped frames leave gaps in the numbers.
using FrameNumberRewriter = ContinuedNumber<16>;

// Keeps the numbers in the payload descriptors of VP8 and VP9 contiguous across pauses, source switches and
// dropped frames: a receiver that detects a gap would wait for a frame that never arrives. Other payloads are
// unchanged.
class PictureRewriter {
 public:
  // Call when the next frame is the first one of a new source, or of the same source after a pause. Its
  // picture id, TL0PICIDX and KEYIDX are mapped to the last ones plus one. Older frames must not be forwarded
  // from then on.
  void Resync();

  // Call when a picture is dropped in all its spatial layers, for one or for each of its packets. The numbers
  // of later pictures close the gap, unless they were forwarded before this call.
  void Skip(const FrameInfo& info);

  // Returns the patch for a packet's payload, which is the same for all packets of a frame; a patch of size 0
  // leaves the payload unchanged. Returns nullopt if the packet must be dropped: it is older than the last
  // Resync(), it is too old, or its picture was skipped.
  [[nodiscard]] std::optional<PayloadPatch> Map(const FrameInfo& info, ByteView payload);

 private:
  [[nodiscard]] std::int64_t Unwrap(const DescriptorFields& fields) const;
  [[nodiscard]] std::optional<std::uint16_t> MapPictureId(const FrameInfo& info);

  std::optional<SequenceRewriter> pictures_;  // maps unwrapped picture ids, from the first one on
  std::int64_t highestPicture_ = 0;  // highest unwrapped picture id of the source since the last Resync()
  ContinuedNumber<8> tl0PicIdx_;
  ContinuedNumber<5> keyIdx_;
};

}  // namespace ringcast::rtp
