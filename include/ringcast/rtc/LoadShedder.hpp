#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/LoadGovernor.hpp"
#include "ringcast/rtc/Registry.hpp"

namespace ringcast::rtc {

// Keeps the worker within what its one thread can do: where the governor finds too much, whole consumers of
// video get nothing for a while, those of the lowest priority first and of these the ones that joined last.
// Audio is never shed.
class LoadShedder {
 public:
  explicit LoadShedder(Registry& registry) : registry_(registry) {}

  // `idle`: how long the loop has waited since its start.
  void OnTurnEnd(Instant now, Duration idle);

  [[nodiscard]] const LoadGovernor& Governor() const { return governor_; }

  struct Stats {
    std::uint64_t sheddings = 0;  // consumers that were shed
    std::uint64_t restorals = 0;  // and came back
  };
  [[nodiscard]] const Stats& Totals() const { return stats_; }

 private:
  struct Candidate {
    Consumer* consumer;
    std::uint64_t rate;  // packets a second that are for it
  };
  // Packets that consumers were to get in the window, but for those that are shed.
  [[nodiscard]] std::uint64_t CountWanted() const;
  // Consumers of video who want something, in the order in which they are shed.
  void List(bool shed, Duration window);
  void Shed(std::uint64_t packetsPerSecond);
  void Restore(const LoadAdjustment& adjustment, Instant now);
  void Warn(Instant now);

  Registry& registry_;
  LoadGovernor governor_;
  std::optional<Instant> windowStart_;
  Duration idleBefore_{};
  std::uint64_t forwardedBefore_ = 0;
  bool counting_ = false;  // producers' counts began with this window
  std::vector<Candidate> candidates_;
  std::optional<Instant> lastWarning_;
  Stats stats_;
};

}  // namespace ringcast::rtc
