#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/worker/LoadGovernor.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// Reduces the load when the governor finds the thread overloaded. First it limits audio of far more packets
// than speech needs, the heaviest producer first (Policer::Tighten). If that is not enough, it sheds
// consumers of video for a while: those of the lowest priority first, among these the ones whose producer
// sends far more than most, then those that joined last. Consumers of audio are never shed.
class LoadShedder {
 public:
  explicit LoadShedder(WorkerContext& context) : context_(context) {}

  // `idle`: how long the loop has been idle since its start.
  void OnTurnEnd(Instant now, Duration idle);

  [[nodiscard]] const LoadGovernor& Governor() const { return governor_; }

  struct Stats {
    std::uint64_t sheddings = 0;  // consumers that were shed
    std::uint64_t restorals = 0;  // and were restored
  };
  [[nodiscard]] const Stats& Totals() const { return stats_; }

 private:
  // A producer is heavy if its consumers get this many times the median.
  static constexpr std::uint64_t kHeavyFactor = 4;

  struct Candidate {
    Consumer* consumer;
    std::uint64_t rate;  // packets per second for it
    bool heavy = false;
  };
  // An audio producer above Policer::kTightAudioRate: packets per second beyond it, summed over its
  // consumers.
  struct Surplus {
    Producer* producer;
    std::uint64_t rate;
  };
  // Tightens the limits of audio producers until that saves this many packets per second. Returns how many it
  // saves.
  std::uint64_t TightenAudio(std::uint64_t packetsPerSecond, Duration window);
  // Loosens the limits of producers that keep to the lower limit anyway, and of one more if its surplus fits.
  void LoosenAudio(const LoadAdjustment& adjustment, Duration window);
  void ListSurplus(bool tight, Duration window);
  // Returns the packets of the window for all consumers that are not shed.
  [[nodiscard]] std::uint64_t CountWanted() const;
  // Lists the consumers of video that would forward packets, in the order of shedding.
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
