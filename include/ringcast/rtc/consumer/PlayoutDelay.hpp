#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/NackTracker.hpp"

namespace ringcast::rtc {

// How late a receiver of video is to show pictures at the least, so that what is lost is there again in time.
// A receiver that sends nothing itself knows no round trip, and its buffer has room for none; we know what
// repairs take, on the way here and on the way to it. (A browser that does know its round trip waits one
// longer where packets are lost.)
class PlayoutDelay {
 public:
  // ITU-T G.114: up to 150 ms from mouth to ear nobody notices, and with more than 400 nobody can talk. What
  // a repair would make worse than this is better seen frozen.
  static constexpr Duration kMost = Milliseconds(200);
  // Beside the repair: a lost packet is missed when the next picture comes, and decoding takes its time.
  static constexpr Duration kBeside = Milliseconds(30);
  // A delay that changes is seen itself.
  static constexpr Duration kStep = Milliseconds(20);
  static constexpr Duration kHold = Seconds(30);
  // The receiver keeps the last one that it was told, and may miss some packets.
  static constexpr int kIntervalsToTell = 2;

  // Once in an interval of reports. What repairs take on the way from the source and to the receiver;
  // nullopt: hardly anything is lost there.
  void OnInterval(std::optional<rtp::RepairTime> fromSource, std::optional<rtp::RepairTime> toReceiver,
                  Instant now);

  // For packets that leave before the next interval, in units of 10 ms as on the wire; nullopt: nothing new.
  [[nodiscard]] std::optional<std::uint16_t> ToTell() const;
  [[nodiscard]] Duration Current() const { return current_; }

 private:
  Duration current_{};
  Instant wantedAt_{};  // when as much was wanted last
  int toTell_ = 0;
};

}  // namespace ringcast::rtc
