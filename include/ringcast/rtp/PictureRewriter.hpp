#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtp {

// A number of so many bits that goes on where it was when its source changes. What the first source says
// goes out as it is.
template <unsigned kBits>
class ContinuedNumber {
  static_assert(kBits > 1 && kBits <= 16);

 public:
  // The next one is the highest that went out plus one, and later ones follow from it.
  void Resync() { synced_ = false; }

  [[nodiscard]] std::uint16_t Map(std::uint16_t input) {
    if (!synced_ && started_) offset_ = static_cast<std::uint16_t>(highest_ + 1 - input);
    synced_ = true;
    const auto output = static_cast<std::uint16_t>((input + offset_) & kMask);
    const bool newer = ((output - highest_) & kMask) <= kMask / 2;  // RFC 1982, for so many bits
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

// frame_number of the dependency descriptor over a change of source. Frames refer to others by their
// distance (appendix A.8.3), so the numbers of those left out are not closed up.
using FrameNumberRewriter = ContinuedNumber<16>;

// Keeps the numbers in VP8's and VP9's payload descriptors contiguous over pauses, switches of the source and
// frames left out: a receiver that finds a hole waits for what will never come. Other payloads pass.
class PictureRewriter {
 public:
  // The next frame mapped is the first of a new source, or of the same one after a pause: picture id,
  // TL0PICIDX and KEYIDX are the last ones plus one. What is older than it must not go out then.
  void Resync();

  // A picture is left out, in all of its spatial layers: later ones close up, unless they went out before it
  // came. For each of its packets, or for one.
  void Skip(const FrameInfo& info);

  // The patch for a packet's payload, the same for all packets of a frame; size 0: it goes out as it is.
  // nullopt: it is older than the switch or too old altogether, or its picture was skipped; it must not go
  // out.
  [[nodiscard]] std::optional<PayloadPatch> Map(const FrameInfo& info, ByteView payload);

 private:
  [[nodiscard]] std::int64_t Unwrap(const DescriptorFields& fields) const;
  [[nodiscard]] std::optional<std::uint16_t> MapPictureId(const FrameInfo& info);

  std::optional<SequenceRewriter> pictures_;  // of unwrapped ids, from the first one on
  std::int64_t highestPicture_ = 0;           // of the input, since the last synchronisation
  ContinuedNumber<8> tl0PicIdx_;
  ContinuedNumber<5> keyIdx_;
};

}  // namespace ringcast::rtp
