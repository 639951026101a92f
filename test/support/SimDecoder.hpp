#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "support/SimPacket.hpp"

namespace ringcast::test {

// A decoder without pictures: it assembles frames from the packets of a stream, in order, and decides by
// their tags whether a real decoder could decode them. It checks in a stretch without gaps that each frame is
// whole and in its picture, that the marker ends the picture, that its references were decoded, and that
// descriptor numbers and timestamps are continuous.
class SimDecoder {
 public:
  explicit SimDecoder(SimCodec codec) : codec_(codec) {}

  // `gap` is true if packets before this one never arrived.
  void OnPacket(const SimPacket& packet, bool gap, Instant now);
  // The next sequence number carries no media.
  void OnEmpty() { ++empty_; }
  // The stream pauses on request; `nextPicture` is the number of the source's next picture, which it has not
  // sent yet.
  void OnPause(std::uint32_t nextPicture) {
    lastDecoded_.reset();
    pausedBefore_ = nextPicture;
  }
  void OnResume() { lastDecoded_.reset(); }

  // Returns true if it can decode nothing before the next key frame.
  [[nodiscard]] bool WaitsForKeyFrame() const { return waitsForKeyFrame_; }

  struct Counters {
    std::uint64_t pictures = 0;
    std::uint64_t keyPictures = 0;
    std::uint64_t gaps = 0;
    std::uint64_t ignoredPackets = 0;   // while waiting for a key frame
    std::uint64_t encodingChanges = 0;  // from one picture to the next
    std::uint64_t layerChanges = 0;     // between two pictures, of the highest spatial layer
    std::uint64_t freezes = 0;          // freezeCount of W3C webrtc-stats
    Duration frozen{};
    Duration longestPause{};  // between two pictures
    Duration played{};
    std::uint64_t cutPictures = 0;  // incomplete at a change of encoding or at a pause
    // Maximum offset of later stretches of the stream to the capture time of the first.
    Duration largestSkew{};
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }
  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  // Returns the encoding or the highest spatial layer of the last picture.
  [[nodiscard]] std::optional<std::uint8_t> Layer() const;
  [[nodiscard]] std::optional<std::uint8_t> Temporal() const;

 private:
  static constexpr std::uint32_t kHistory = 64;  // pictures; references reach back 4
  static constexpr std::uint8_t kMaxSpatial = 4;
  static constexpr std::uint32_t kSettling = 10;  // pictures

  void BeginPicture(const SimPacket& packet);
  void BeginFrame(const SimPacket& packet);
  void EndPicture(const SimPacket& packet, Instant now);
  void CheckTimestamp(const SimPacket& packet);
  void CheckDescriptor(const SimPacket& packet);
  void CheckPictureNumbers(const SimPacket& packet);
  void CheckReferences(const SimTag& tag);
  void NoteDecoded(const SimPacket& packet, Instant now);
  // The key frame may arrive before the current picture is complete: late packets of that picture belong to a
  // stream that the output has left.
  [[nodiscard]] bool MayCut(const SimTag& key) const;
  // Records a fault, and waits for the next key frame.
  void Fail(const SimPacket& packet, const std::string& what);

  SimCodec codec_;
  bool waitsForKeyFrame_ = true;
  bool fresh_ = true;                 // no previous picture to compare with
  bool afterGap_ = false;             // since the last key picture
  std::optional<SimPacket> current_;  // the last packet of the current picture
  std::optional<SimPacket> last_;     // the last packet of the last decoded picture
  std::optional<Instant> lastDecoded_;
  int empty_ = 0;                   // sequence numbers without media since the last picture began
  std::uint32_t pausedBefore_ = 0;  // number of the first picture after the last pause
  Duration usualPause_{};
  // Encoding and number of the picture, + 1, at its number modulo kHistory; for each spatial layer.
  std::array<std::array<std::uint64_t, kHistory>, kMaxSpatial> decoded_{};
  std::uint32_t sinceChange_ = 0;        // pictures since a gap or a change of encoding
  std::optional<std::uint32_t> offset_;  // first offset of the timestamps to the capture time
  std::uint32_t settledOffset_ = 0;      // offset since the last change
  Counters counted_;
  SimFaults faults_;
};

}  // namespace ringcast::test
