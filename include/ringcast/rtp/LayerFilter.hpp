#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

struct LayerIds {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  friend bool operator==(const LayerIds&, const LayerIds&) = default;
};

// Whether a packet of a stream with layers goes on, and how.
struct LayerVerdict {
  bool forward = false;
  bool marker = false;              // with it ends what the receiver gets of the picture
  std::uint32_t activeTargets = 0;  // mask for its dependency descriptor; 0: it goes on as it is
};

// By what payload descriptors say (VP8, VP9): a frame of a spatial layer needs those below it in its picture,
// unless they say that nothing above needs them (RFC 9628, section 4.2: Z), and none above. Lower layers that
// are needed go on with a higher one, and leave the way down open. Others do not: a receiver that has them
// whole before the one that is watched shows those. The way up leads through key pictures, as does the way
// down then, and for temporal layers through their switching points.
class PayloadDescriptorFilter {
 public:
  // Pictures that are remembered for the sake of late packets: one second at 30 a second.
  static constexpr std::size_t kPictures = 32;
  // Nothing comes later than that, in units of the clock that video has (RFC 7741, RFC 9628: 90 kHz).
  static constexpr std::uint32_t kLatest = 3 * 90'000;
  // So many pictures in a row without the spatial layer that goes on alone: the source has ceased to send it.
  static constexpr unsigned kLeftOut = 4;

  void Reset();
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker,
                                      LayerIds target);
  [[nodiscard]] std::optional<LayerIds> Current() const { return current_; }
  [[nodiscard]] bool WantsKeyFrame(LayerIds target) const {
    return !current_ || (current_->spatial < target.spatial && moreAbove_) ||
           (alone_ && (current_->spatial > target.spatial || withoutIt_ >= kLeftOut));
  }

 private:
  struct Picture {
    std::uint32_t timestamp = 0;
    LayerIds levels;       // what of it goes on, as far as it has come
    bool forward = false;  // its temporal layer is one of them
    bool key = false;
    bool alone = false;        // lower spatial layers do not go on
    std::uint8_t leftOut = 0;  // otherwise: a bit for each that nevertheless did not
    std::uint8_t reach = 0;    // the spatial layer that it ends with, if that comes
  };
  [[nodiscard]] Picture* Find(std::uint32_t timestamp);
  Picture& Begin(const FrameInfo& frame, std::uint32_t timestamp, LayerIds target);
  [[nodiscard]] bool LeadsDown(const Picture& picture, std::uint8_t spatial) const;
  [[nodiscard]] bool LeaveOut(Picture& picture, std::uint8_t spatial);
  [[nodiscard]] Picture* BeginLate(const FrameInfo& frame, std::uint32_t timestamp);
  Picture& Remember(const Picture& picture);

  std::optional<LayerIds> current_;
  bool moreAbove_ = false;  // the source sends spatial layers above the current one
  bool alone_ = false;      // since the last key picture, layers below the current one did not go on
  bool everAlone_ = false;  // that has been so at some time
  unsigned withoutIt_ = 0;  // pictures since a frame of the current spatial layer came
  std::array<Picture, kPictures> pictures_{};  // as they began to arrive
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::uint32_t newest_ = 0;
};

// By dependency descriptors (AV1 RTP payload format, appendix A): what the receiver gets is one decode
// target. It may be changed with a frame that says it is a switch for the new one and all of whose references
// went on.
class DecodeTargetFilter {
 public:
  // Frames that are remembered: references of SVC structures reach back 8 or 16 pictures of 3 layers.
  static constexpr std::size_t kFrames = 128;

  void Reset();
  // `frame` has a structure.
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, bool marker, LayerIds target);
  [[nodiscard]] std::optional<LayerIds> Current() const;
  [[nodiscard]] bool WantsKeyFrame() const { return !structure_ || keyFrameWanted_; }

 private:
  static constexpr std::uint8_t kNoTarget = 0xff;
  static_assert(kMaxDecodeTargets < kNoTarget);

  enum class Fate : std::uint8_t { kAwaited, kForwarded, kLeftOut };
  struct Frame {
    std::int64_t number = -1;
    Fate fate = Fate::kAwaited;
    std::uint8_t target = kNoTarget;  // that was in force, from it on
  };
  [[nodiscard]] const Frame* Find(std::int64_t number) const;
  [[nodiscard]] std::uint8_t TargetBefore(std::int64_t number) const;
  void SetTarget(std::size_t target);
  void Await(std::int64_t number);
  [[nodiscard]] Frame Decide(const FrameInfo& frame, std::int64_t number, LayerIds wanted);
  [[nodiscard]] std::uint32_t MaskFor(const FrameInfo& frame, std::int64_t number);

  std::shared_ptr<const DependencyStructure> structure_;
  std::uint8_t target_ = 0;   // of the structure
  std::uint32_t within_ = 0;  // the targets that it comprises
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::array<Frame, kFrames> frames_{};
  std::int64_t newest_ = -1;
  std::int64_t keyFrame_ = -1;  // the newest
  bool keyFrameWanted_ = false;
  std::uint32_t told_ = 0;          // the mask that the receiver has
  std::int64_t tellingFrame_ = -1;  // the frame whose packets tell it
};

// Decides which packets of one received stream go on to a receiver that is to get its layers up to a target.
class LayerFilter {
 public:
  void SetTarget(LayerIds target) { target_ = target; }
  [[nodiscard]] LayerIds Target() const { return target_; }
  // What goes on next begins with a key frame.
  void Reset();
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker);
  // nullopt: nothing goes on yet.
  [[nodiscard]] std::optional<LayerIds> Current() const;
  // The target cannot be reached without a key frame.
  [[nodiscard]] bool WantsKeyFrame() const;

 private:
  LayerIds target_;
  bool byDependencies_ = false;
  PayloadDescriptorFilter descriptors_;
  DecodeTargetFilter dependencies_;
};

}  // namespace ringcast::rtp
