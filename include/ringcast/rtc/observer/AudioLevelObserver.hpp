#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "ringcast/rtc/observer/AudioLevelMeter.hpp"
#include "ringcast/rtc/observer/RtpObserver.hpp"

namespace ringcast::rtc {

// Reports the loudest producers of each interval, and silence once when there are none any more.
class AudioLevelObserver final : public RtpObserver {
 public:
  // Limit on the producers in a report: more than a user interface shows.
  static constexpr std::size_t kMaxEntries = 1000;

  AudioLevelObserver(WorkerContext& context, Router& router, std::string id,
                     const AudioLevelObserverOptions& options);

 private:
  class Source final : public Router::Observation {
   public:
    Source(AudioLevelObserver& observer, Producer& producer)
        : Observation(observer, producer), producer_(producer) {}
    void OnAudioLevel(const rtp::AudioLevel& level, Instant arrival) override { meter.Add(level, arrival); }
    [[nodiscard]] bool Paused() const;

    AudioLevelMeter meter;

   private:
    Producer& producer_;
  };

  void Add(Producer& producer) override;
  [[nodiscard]] bool Remove(std::string_view producerId) override;
  [[nodiscard]] bool Has(std::string_view producerId) const override { return sources_.contains(producerId); }
  void Reset() override;
  void Start(Instant now) override { ArmAt(now + Interval()); }
  void OnTimeout(Instant now) override;
  void Report(std::vector<ProducerAudioLevel> levels);

  std::size_t maxEntries_;
  std::int8_t threshold_;  // dBov
  std::map<std::string, Source, std::less<>> sources_;
  bool silent_ = true;
};

}  // namespace ringcast::rtc
