#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "support/SimDescriptor.hpp"
#include "support/SimRtpSender.hpp"
#include "support/SimTag.hpp"

namespace ringcast::test {

// The reference structure of the frames.
enum class SimStructure : std::uint8_t {
  kVp8Simulcast,  // each encoding is a separate stream, L1T3
  kVp9Full,       // L3T3: upper spatial layers are predicted from the one below in every picture
  kVp9Key,        // L3T3_KEY: upper spatial layers are predicted from the one below in key pictures only
};

struct SimVideoSettings {
  SimStructure structure = SimStructure::kVp8Simulcast;
  std::uint8_t source = 0;         // number in the tags
  std::uint32_t firstSsrc = 1000;  // encoding n: + n; its retransmissions: + kRtxOffset + n
  static constexpr std::uint32_t kRtxOffset = 100;
  std::uint8_t payloadType = 96;
  std::uint8_t rtxPayloadType = 97;
  std::uint8_t layers = 3;  // number of encodings or of spatial layers
  std::uint8_t temporalLayers = 3;
  Duration interval = Milliseconds(50);
  Duration keyFrameDelay = Milliseconds(60);  // from the request to the capture of the key frame
  std::array<std::uint16_t, 3> frameBytes{400, 1300, 3600};
  bool flexible = false;  // VP9
  // kVp9Full: interval in pictures of a picture whose upper layers are predicted from the layer below only,
  // so that a receiver can switch up there; 0: never.
  std::uint32_t layerRefresh = 0;
};

// A camera with its encoder, packetizer and sender.
class SimVideoSource {
 public:
  SimVideoSource(const SimVideoSettings& settings, WallClock clock, Instant start, std::uint64_t seed);

  [[nodiscard]] Instant NextTimeout() const;
  // Adds the packets to send: packets of a picture, sender reports.
  void OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out);
  void OnRtcp(ByteView compound, Instant now, std::vector<std::vector<std::uint8_t>>& out);

  // An inactive encoding sends nothing; it resumes with a key frame.
  void SetActive(std::uint8_t encoding, bool active);

  [[nodiscard]] const SimVideoSettings& Settings() const { return settings_; }
  struct Counters {
    std::uint64_t pictures = 0, keyFrames = 0, keyFrameRequests = 0, nackedPackets = 0, retransmissions = 0;
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  // An encoding of simulcast; SVC has a single one.
  struct Encoding {
    Encoding(const SimRtpSender::Settings& settings, std::uint64_t seed) : sender(settings, seed) {}
    SimRtpSender sender;
    std::optional<Instant> keyFrameDue = Instant{};  // when the requested key frame is due
    std::uint32_t position = 0;                      // in the pattern
    std::uint16_t pictureId = 0;
    std::uint8_t tl0PicIdx = 0;
    std::uint8_t keyIdx = 0;
    bool active = true;
    std::uint32_t sinceRefresh = 0;
  };
  struct Frame {
    SimTag tag;
    bool sync = false;         // Y of VP8, U of VP9
    bool interPicture = true;  // P of VP9
    bool interLayer = false;   // D of VP9
    bool endsPicture = true;
    std::size_t size = 0;
  };

  void Capture(Instant now, std::vector<std::vector<std::uint8_t>>& out);
  void EncodeVp8(Encoding& encoding, std::uint8_t index, bool key,
                 std::vector<std::vector<std::uint8_t>>& out);
  void EncodeVp9(Encoding& encoding, bool key, std::vector<std::vector<std::uint8_t>>& out);
  // Returns the frame of this layer in the captured picture.
  [[nodiscard]] Frame MakeFrame(const Encoding& encoding, std::uint8_t encodingIndex, std::uint8_t spatial,
                                bool key);
  void Packetize(Encoding& encoding, const Frame& frame, std::vector<std::vector<std::uint8_t>>& out);
  void AppendDescriptor(const Encoding& encoding, const Frame& frame, std::vector<std::uint8_t>& out) const;
  void RequestKeyFrame(Ssrc ssrc, Instant now);
  [[nodiscard]] bool IsVp8() const { return settings_.structure == SimStructure::kVp8Simulcast; }

  SimVideoSettings settings_;
  Instant start_;
  Instant nextCapture_;
  SeededRandom random_;
  std::uint32_t picture_ = 0;
  std::uint32_t captured_ = 0;
  std::vector<Encoding> encodings_;
  Counters counted_;
};

// A microphone with an Opus encoder that sends frames of 20 ms.
class SimAudioSource {
 public:
  struct Settings {
    std::uint8_t source = 0;
    std::uint32_t ssrc = 2000;
    std::uint8_t payloadType = 111;
    Duration interval = Milliseconds(20);
  };
  SimAudioSource(const Settings& settings, WallClock clock, Instant start, std::uint64_t seed);

  [[nodiscard]] Instant NextTimeout() const { return std::min(nextCapture_, sender_.NextReport()); }
  void OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out);

 private:
  Settings settings_;
  Instant nextCapture_;
  std::uint32_t frame_ = 0;
  SimRtpSender sender_;
};

}  // namespace ringcast::test
