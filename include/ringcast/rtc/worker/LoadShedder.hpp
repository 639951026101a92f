#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/worker/LoadGovernor.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// Keeps the worker within what its one thread can do, where the governor finds too much. First audio that is
// far more than speech needs is limited, the heaviest producer first (Policer::Tighten). If that is not
// enough, whole consumers of video get nothing for a while: those of the lowest priority first, of these the
// ones whose producer sends far more than most, and then those that joined last. Consumers of audio are never
// shed.
class LoadShedder {
 public:
  explicit LoadShedder(WorkerContext& context) : context_(context) {}

  // `idle`: how long the loop has waited since its start.
  void OnTurnEnd(Instant now, Duration idle);

  [[nodiscard]] const LoadGovernor& Governor() const { return governor_; }

  struct Stats {
    std::uint64_t sheddings = 0;  // consumers that were shed
    std::uint64_t restorals = 0;  // and came back
  };
  [[nodiscard]] const Stats& Totals() const { return stats_; }

 private:
  // A producer whose consumers get so many times the median counts as heavy.
  static constexpr std::uint64_t kHeavyFactor = 4;

  struct Candidate {
    Consumer* consumer;
    std::uint64_t rate;  // packets a second that are for it
    bool heavy = false;
  };
  // Audio producers that publish more than Policer::kTightAudioRate: packets a second beyond it, for all
  // consumers.
  struct Surplus {
    Producer* producer;
    std::uint64_t rate;
  };
  // Tightens producers of audio until that relieves the worker of so many packets a second. Returns how many
  // those are.
  std::uint64_t TightenAudio(std::uint64_t packetsPerSecond, Duration window);
  // Loosens those that keep to the lower limit anyway, and one more if its surplus fits.
  void LoosenAudio(const LoadAdjustment& adjustment, Duration window);
  void ListSurplus(bool tight, Duration window);
  // Packets that consumers were to get in the window, but for those that are shed.
  [[nodiscard]] std::uint64_t CountWanted() const;
  // Consumers of video who want something, in the order in which they are shed.
  void List(bool shed, Duration window);
  void Shed(std::uint64_t packetsPerSecond);
  void Restore(const LoadAdjustment& adjustment, Instant now);
  void Warn(Instant now);

  WorkerContext& context_;
  LoadGovernor governor_;
  std::optional<Instant> windowStart_;
  Duration idleBefore_{};
  std::uint64_t forwardedBefore_ = 0;
  bool counting_ = false;  // producers' counts began with this window
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> rates_;  // only while candidates are listed
  std::vector<Surplus> surplus_;
  std::optional<Instant> lastWarning_;
  Stats stats_;
};

}  // namespace ringcast::rtc
