#pragma once

#include <map>
#include <optional>
#include <string>

#include "ringcast/rtc/observer/RtpObserver.hpp"
#include "ringcast/rtc/observer/SpeechActivity.hpp"

namespace ringcast::rtc {

// Reports the dominant speaker by the algorithm of Volfin and Cohen (see SpeechActivity). Another speaker
// takes over when their speech exceeds the dominant speaker's on all three time scales: so a remark, a noise
// or a pause of the dominant speaker changes nothing.
//
// The interval is the shortest time between two changes. Activity is compared more often, but only while
// a producer other than the dominant speaker is active.
class ActiveSpeakerObserver final : public RtpObserver {
 public:
  static constexpr Duration kStep = Milliseconds(40);
  // The logarithm of the ratio of the scores that makes another speaker dominant, per time scale (section 4
  // of the paper).
  static constexpr double kImmediateRatio = 3;
  static constexpr double kMediumRatio = 2;
  static constexpr double kRecentRatio = 0;
  // The speech within the last second that makes a speaker dominant: more than a click or a cough.
  static constexpr Duration kLeastSpeech = Milliseconds(200);

  ActiveSpeakerObserver(WorkerContext& context, Router& router, std::string id,
                        const ActiveSpeakerObserverOptions& options);

 private:
  class Speaker final : public Router::Observation {
   public:
    Speaker(ActiveSpeakerObserver& observer, Producer& producer)
        : Observation(observer, producer), observer_(observer), producer_(producer) {}
    void OnAudioLevel(const rtp::AudioLevel& level, Instant arrival) override;
    [[nodiscard]] bool Paused() const;
    [[nodiscard]] const std::string& Id() const;

    SpeechActivity activity;

   private:
    ActiveSpeakerObserver& observer_;
    Producer& producer_;
  };

  void Add(Producer& producer) override;
  [[nodiscard]] bool Remove(std::string_view producerId) override;
  [[nodiscard]] bool Has(std::string_view producerId) const override {
    return speakers_.contains(producerId);
  }
  void Reset() override;
  void OnTimeout(Instant now) override;
  // Returns the speaker who takes over now, or nullptr.
  [[nodiscard]] Speaker* Successor(Instant now);

  std::map<std::string, Speaker, std::less<>> speakers_;
  Speaker* dominant_ = nullptr;
  std::optional<Instant> lastChange_;
};

}  // namespace ringcast::rtc
