#include "ringcast/rtp/Codec.hpp"

#include <algorithm>

#include "ringcast/rtp/PayloadDescriptor.hpp"

namespace ringcast::rtp {
namespace {

struct MimeType {
  std::string_view name;  // in lower case
  Codec codec;
};
constexpr MimeType kMimeTypes[] = {
    {"audio/opus", Codec::kOpus}, {"video/vp8", Codec::kVp8}, {"video/vp9", Codec::kVp9},
    {"video/h264", Codec::kH264}, {"video/av1", Codec::kAv1}, {"video/rtx", Codec::kRtx},
    {"audio/rtx", Codec::kRtx},
};

// Independent of the locale.
bool EqualsLowerCase(std::string_view text, std::string_view lowerCase) {
  return std::equal(text.begin(), text.end(), lowerCase.begin(), lowerCase.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

Codec ParseCodec(std::string_view mimeType) {
  for (const auto& known : kMimeTypes) {
    if (EqualsLowerCase(mimeType, known.name)) return known.codec;
  }
  return Codec::kOther;
}

bool CanDetectKeyFrame(Codec codec) {
  return codec == Codec::kVp8 || codec == Codec::kVp9 || codec == Codec::kH264 || codec == Codec::kAv1;
}

bool IsKeyFrame(Codec codec, ByteView payload) { return InspectPayload(codec, payload, false).keyFrame; }

}  // namespace ringcast::rtp
