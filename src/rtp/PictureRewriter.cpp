#include "ringcast/rtp/PictureRewriter.hpp"

#include <algorithm>

#include "ringcast/rtp/PayloadDescriptor.hpp"

namespace ringcast::rtp {

void PictureRewriter::Resync() {
  if (pictures_) pictures_->Resync();
  tl0PicIdx_.Resync();
  keyIdx_.Resync();
}

void PictureRewriter::Skip(const FrameInfo& info) {
  if (info.fields.pictureIdBits == 0 || !pictures_ || pictures_->NeedsSync()) return;
  const std::int64_t picture = Unwrap(info.fields);
  highestPicture_ = std::max(highestPicture_, picture);
  pictures_->Skip(picture);
}

std::optional<PayloadPatch> PictureRewriter::Map(const FrameInfo& info, ByteView payload) {
  const DescriptorFields& fields = info.fields;
  std::uint16_t pictureId = 0;
  if (fields.pictureIdBits != 0) {
    const auto mapped = MapPictureId(info);
    if (!mapped) return std::nullopt;
    pictureId = *mapped;
  }
  std::uint8_t tl0PicIdx = 0;
  std::uint8_t keyIdx = 0;
  if (fields.tl0PicIdxOffset != 0) tl0PicIdx = static_cast<std::uint8_t>(tl0PicIdx_.Map(fields.tl0PicIdx));
  if (fields.keyIdxOffset != 0) keyIdx = static_cast<std::uint8_t>(keyIdx_.Map(fields.keyIdx));
  if (pictureId == fields.pictureId && tl0PicIdx == fields.tl0PicIdx && keyIdx == fields.keyIdx)
    return PayloadPatch{};
  return MakePatch(payload, fields, pictureId, tl0PicIdx, keyIdx);
}

// RFC 7741 section 4.2 allows a sender to change between 7 and 15 bits. The unwrapped id is the one closest
// to the highest among those with these low bits.
std::int64_t PictureRewriter::Unwrap(const DescriptorFields& fields) const {
  const std::int64_t range = std::int64_t{1} << fields.pictureIdBits;
  const std::int64_t ahead = (fields.pictureId - highestPicture_) & (range - 1);
  return highestPicture_ + (ahead < range / 2 ? ahead : ahead - range);
}

std::optional<std::uint16_t> PictureRewriter::MapPictureId(const FrameInfo& info) {
  const DescriptorFields& fields = info.fields;
  if (!pictures_) pictures_.emplace(fields.pictureId);
  std::int64_t picture = pictures_->NeedsSync() ? fields.pictureId : Unwrap(fields);
  // A key frame with an id this much lower is not a late one: the encoder has restarted, and its ids would
  // not exceed the old ones for thousands of frames.
  if (!pictures_->NeedsSync() && info.keyFrame && picture <= highestPicture_ - SequenceRewriter::kWindow) {
    Resync();
    picture = fields.pictureId;
  }
  highestPicture_ = pictures_->NeedsSync() ? picture : std::max(highestPicture_, picture);
  const auto output = pictures_->Map(picture);
  if (!output) return std::nullopt;
  return static_cast<std::uint16_t>(*output & ((1 << fields.pictureIdBits) - 1));
}

}  // namespace ringcast::rtp
