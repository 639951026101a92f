#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/NackTracker.hpp"

namespace ringcast::rtc {

// Chooses the minimum playout delay of a video receiver, so that lost packets can be repaired in time. A
// receiver that sends no media knows no round trip, and its jitter buffer leaves no time for repairs; the
// worker knows how long repairs take, both from the source and to the receiver. (A browser that knows its
// round trip waits one round trip longer where packets are lost.)
class PlayoutDelay {
 public:
  // ITU-T G.114: up to 150 ms from mouth to ear are not noticed, and more than 400 ms prevent a conversation.
  // If repairs take longer than this, a frozen picture is the lesser evil.
  static constexpr Duration kMost = Milliseconds(200);
  // Beside the repair: a lost packet is detected when the next frame arrives, and decoding takes time.
  static constexpr Duration kBeside = Milliseconds(30);
  // Changes of the delay are visible themselves.
  static constexpr Duration kStep = Milliseconds(20);
  static constexpr Duration kHold = Seconds(30);
  // The receiver keeps the last delay that it received, and may miss some packets.
  static constexpr int kIntervalsToSend = 2;

  // Called once in each report interval with the time that repairs take from the source and to the receiver;
  // nullopt: hardly any packet is lost there.
  void OnInterval(std::optional<rtp::RepairTime> fromSource, std::optional<rtp::RepairTime> toReceiver,
                  Instant now);

  // Returns the value for packets of the current interval, in units of 10 ms as on the wire, or nullopt if
  // the receiver knows it already.
  [[nodiscard]] std::optional<std::uint16_t> ToSend() const;

 private:
  Duration current_{};
  Instant wantedAt_{};  // the last time that at least `current_` was needed
  int intervalsToSend_ = 0;
};

}  // namespace ringcast::rtc
