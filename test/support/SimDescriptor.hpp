#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::test {

// A VP8 payload descriptor (RFC 7741 section 4.2) of a simulcast sender, with a picture id of 15
// bits, TL0PICIDX, TID, Y and KEYIDX.
struct Vp8Descriptor {
  bool start = false;  // of partition 0: the first packet of the frame
  std::uint16_t pictureId = 0;
  std::uint8_t tl0PicIdx = 0;
  std::uint8_t temporal = 0;
  bool layerSync = false;
  std::uint8_t keyIdx = 0;

  void Append(std::vector<std::uint8_t>& out) const;
  struct Parsed;
  [[nodiscard]] static std::optional<Parsed> Parse(ByteView payload);
};
struct Vp8Descriptor::Parsed {
  Vp8Descriptor descriptor;
  std::size_t size = 0;
};

// A VP9 payload descriptor (RFC 9628 section 4.2) with a picture id of 15 bits and layer indices; with
// `flexible`, it has references instead of TL0PICIDX.
struct Vp9Descriptor {
  static constexpr std::size_t kMaxDifferences = 3;
  struct GroupPicture {
    std::uint8_t temporal = 0;
    bool switchUp = false;
    std::vector<std::uint8_t> differences;
  };

  bool interPicture = false;   // P
  bool flexible = false;       // F
  bool beginsFrame = false;    // B
  bool endsFrame = false;      // E
  bool notReferenced = false;  // Z: not by upper spatial layers of the picture
  std::uint16_t pictureId = 0;
  std::uint8_t temporal = 0;
  bool switchUp = false;  // U
  std::uint8_t spatial = 0;
  bool interLayer = false;  // D
  std::uint8_t tl0PicIdx = 0;
  std::uint8_t differenceCount = 0;
  std::array<std::uint8_t, kMaxDifferences> differences{};
  // V: the scalability structure, with a picture group if it is not empty.
  std::uint8_t spatialLayers = 0;  // 0: no structure
  std::vector<GroupPicture> group;

  void Append(std::vector<std::uint8_t>& out) const;
  struct Parsed;
  // Skips the pictures of a group.
  [[nodiscard]] static std::optional<Parsed> Parse(ByteView payload);

 private:
  void AppendStructure(std::vector<std::uint8_t>& out) const;
};
struct Vp9Descriptor::Parsed {
  Vp9Descriptor descriptor;
  std::size_t size = 0;
};

}  // namespace ringcast::test
