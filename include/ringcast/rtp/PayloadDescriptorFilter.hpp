#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/LayerVerdict.hpp"

namespace ringcast::rtp {

// Selects layers by payload descriptors (VP8, RFC 7741; VP9, RFC 9628).
//
// A frame of a spatial layer needs the lower layers of its picture, unless their descriptors say that upper
// layers do not depend on them (RFC 9628 section 4.2, Z), and it needs no upper layer. Lower layers that are
// needed are forwarded with the current layer. Others are dropped: a receiver that has them before the
// current layer would show them. The filter goes up at key pictures, and in temporal layers at switching
// points. How it goes down depends on its state:
//
//   state                 spatial layers that are forwarded    goes down with
//   kWaitingForKeyFrame   none
//   kAllLayers            the current one and all below it     the next picture
//   kTopLayerOnly         not all of those below               the next key picture: later pictures depend on
//                                                              frames that were dropped
//
//                         key frame              a lower layer is dropped
//   kWaitingForKeyFrame ------------> kAllLayers ------------------------> kTopLayerOnly
//          ^                          |        ^                            |      |
//          +--------------------------+        +----------------------------+      |
//          |          Reset                              key picture               |
//          +-----------------------------------------------------------------------+
//                                            Reset
//
// Invariants:
//   1. In kWaitingForKeyFrame no picture is remembered and nothing is forwarded; in other states at least one
//      picture is remembered.
//   2. A picture is decided once, by its first packet: its temporal layer, and the highest spatial layer that
//      it can reach. Later packets can raise its spatial layer to that limit, and never lower it.
//   3. All packets of a frame are forwarded, or none, in whichever order the packets of a picture arrive.
//   4. A picture that was overtaken as a whole gets no more layers than the pictures before and after it.
class PayloadDescriptorFilter {
 public:
  // Pictures that are remembered for late packets: about one second at 30 fps.
  static constexpr std::size_t kPictures = 32;
  // A key frame whose timestamp is farther back (in units of 90 kHz, RFC 7741, RFC 9628) is not late: the
  // source has set its clock back.
  static constexpr std::uint32_t kMaxLateness = 3 * 90'000;
  // After this many successive pictures without the current spatial layer the source no longer sends it.
  static constexpr unsigned kMaxPicturesWithoutLayer = 4;

  void Reset();
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker,
                                      LayerIds target);
  // Returns the layers that are forwarded, or nullopt in kWaitingForKeyFrame.
  [[nodiscard]] std::optional<LayerIds> Current() const;
  // Returns true if the target cannot be reached without a key frame.
  [[nodiscard]] bool WantsKeyFrame(LayerIds target) const;

 private:
  enum class State : std::uint8_t { kWaitingForKeyFrame, kAllLayers, kTopLayerOnly };

  struct Picture {
    std::uint32_t timestamp = 0;
    LayerIds layers;           // the highest that are forwarded; the spatial one of the packets until now
    std::uint8_t reach = 0;    // the highest spatial layer that may be forwarded
    std::uint8_t dropped = 0;  // bit n: lower spatial layer n was dropped
    State state = State::kAllLayers;  // when the picture began
    bool forward = false;             // its temporal layer is forwarded
    bool key = false;
  };

  // The latest pictures, in the order in which they began to arrive.
  class History {
   public:
    [[nodiscard]] bool Empty() const { return count_ == 0; }
    // The newest timestamp. The history must not be empty.
    [[nodiscard]] std::uint32_t Newest() const { return newest_; }
    [[nodiscard]] Picture* Find(std::uint32_t timestamp);
    [[nodiscard]] std::span<const Picture> All() const { return std::span(pictures_).first(count_); }
    Picture& Add(const Picture& picture);

   private:
    std::array<Picture, kPictures> pictures_{};
    std::size_t count_ = 0;
    std::size_t next_ = 0;
    std::uint32_t newest_ = 0;
  };

  // The only place where the state changes.
  void Enter(State state);
  // Returns the picture of a packet, or nullptr if it is older than all that are remembered.
  [[nodiscard]] Picture* FindOrBegin(const FrameInfo& frame, std::uint32_t timestamp, LayerIds target);
  Picture& Begin(const FrameInfo& frame, std::uint32_t timestamp, LayerIds target);
  [[nodiscard]] Picture* BeginLate(const FrameInfo& frame, std::uint32_t timestamp);
  [[nodiscard]] bool ForwardsLayer(const FrameInfo& frame, Picture& picture);
  [[nodiscard]] bool DropsLowerLayer(Picture& picture, std::uint8_t spatial);
  [[nodiscard]] bool WentDownAfter(const Picture& picture, std::uint8_t spatial) const;

  State state_ = State::kWaitingForKeyFrame;
  bool lowerLayersDropped_ = false;    // kTopLayerOnly was entered since Reset()
  LayerIds current_;                   // unless kWaitingForKeyFrame
  bool higherLayersSent_ = false;      // the source sends spatial layers above the current one
  unsigned picturesWithoutLayer_ = 0;  // successive pictures without the current spatial layer
  History history_;
};

}  // namespace ringcast::rtp
