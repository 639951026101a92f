#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/LayerVerdict.hpp"

namespace ringcast::rtp {

// Selects layers by dependency descriptors (AV1 RTP payload format, appendix A): the receiver gets one decode
// target. The target changes with a frame that is a switch indication for the new one, and all of whose
// references were forwarded.
//
//   state                 forwards
//   kWaitingForKeyFrame   nothing: no structure is known
//   kOnTarget             the decode target, in the wanted spatial layer
//   kWaitingForSwitch     the decode target, in another spatial layer: the last frame where the filter could
//                         have switched was not a switch, so it takes a key frame
//
//                         key frame with              frame of the base layers, target in
//                         a structure                 another spatial layer
//   kWaitingForKeyFrame ----------------> kOnTarget <-----------------------------------> kWaitingForSwitch
//          ^                                  |        the same, in the wanted one                |
//          +----------------------------------+---------------------------------------------------+
//                          Reset, key frame whose number was set back
//
// A frame has a fate of its own: kExpected (not received, but one that was forwarded refers to it), then
// kForwarded or kDropped. The last two never change, so that all packets of a frame have the same fate.
//
// Invariants:
//   1. Only frames that were kExpected are forwarded although they refer to a dropped one, as far as the last
//      kFrames are remembered.
//   2. The decode target changes at frames that are newer than all before; a late frame is decided by the
//      target of its time.
//   3. The receiver's mask of active decode targets comprises those within the current one.
class DecodeTargetFilter {
 public:
  // Frames that are remembered: references of SVC structures reach back 8 or 16 pictures of 3 layers.
  static constexpr std::size_t kFrames = 128;

  void Reset();
  // `frame` has a structure.
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, bool marker, LayerIds wanted);
  // Returns the layers of the decode target, or nullopt in kWaitingForKeyFrame.
  [[nodiscard]] std::optional<LayerIds> Current() const;
  [[nodiscard]] bool WantsKeyFrame() const { return state_ != State::kOnTarget; }

 private:
  static constexpr std::uint8_t kNoTarget = 0xff;
  static_assert(kMaxDecodeTargets < kNoTarget);

  enum class State : std::uint8_t { kWaitingForKeyFrame, kOnTarget, kWaitingForSwitch };
  enum class Fate : std::uint8_t { kExpected, kForwarded, kDropped };
  struct Frame {
    std::int64_t number = -1;
    Fate fate = Fate::kExpected;
    std::uint8_t target = kNoTarget;  // the decode target from this frame on
  };

  // The only place where the state changes.
  void Enter(State state);
  void UseStructure(const FrameInfo& frame, LayerIds wanted);
  void SetTarget(std::size_t target);
  [[nodiscard]] const Frame* Find(std::int64_t number) const;
  [[nodiscard]] std::uint8_t TargetBefore(std::int64_t number) const;
  void Expect(std::int64_t number);
  [[nodiscard]] Frame Decide(const FrameInfo& frame, std::int64_t number, LayerIds wanted);
  void ChangeTarget(const FrameInfo& frame, bool decodable, LayerIds wanted);
  [[nodiscard]] std::uint32_t MaskFor(const FrameInfo& frame, std::int64_t number);

  State state_ = State::kWaitingForKeyFrame;
  std::shared_ptr<const DependencyStructure> structure_;  // nullptr in kWaitingForKeyFrame
  std::uint8_t target_ = 0;                               // of the structure
  std::uint32_t within_ = 0;                              // mask of the targets that it comprises
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::array<Frame, kFrames> frames_{};  // by number
  std::int64_t newest_ = -1;
  std::int64_t keyFrame_ = -1;      // number of the newest one
  std::uint32_t sentMask_ = 0;      // the mask of active targets that the receiver has
  std::int64_t sentMaskWith_ = -1;  // the frame whose packets carry it
};

}  // namespace ringcast::rtp
