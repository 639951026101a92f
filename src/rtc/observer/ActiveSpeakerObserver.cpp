#include "ringcast/rtc/observer/ActiveSpeakerObserver.hpp"

#include <cmath>
#include <utility>

#include "ringcast/base/Log.hpp"
#include "ringcast/rtc/producer/Producer.hpp"

namespace ringcast::rtc {

ActiveSpeakerObserver::ActiveSpeakerObserver(WorkerContext& context, Router& router, std::string id,
                                             const ActiveSpeakerObserverOptions& options)
    : RtpObserver(context, router, std::move(id), options.intervalMs) {}

void ActiveSpeakerObserver::Speaker::OnAudioLevel(const rtp::AudioLevel& level, Instant arrival) {
  activity.Add(level, arrival);
  if (observer_.dominant_ != this && activity.Active(arrival)) observer_.ArmAt(arrival + kStep);
}

bool ActiveSpeakerObserver::Speaker::Paused() const { return producer_.Paused(); }

const std::string& ActiveSpeakerObserver::Speaker::Id() const { return producer_.Id(); }

void ActiveSpeakerObserver::Add(Producer& producer) { speakers_.try_emplace(producer.Id(), *this, producer); }

bool ActiveSpeakerObserver::Remove(std::string_view producerId) {
  const auto found = speakers_.find(producerId);
  if (found == speakers_.end()) return false;
  if (dominant_ == &found->second) dominant_ = nullptr;
  speakers_.erase(found);
  return true;
}

void ActiveSpeakerObserver::Reset() {
  dominant_ = nullptr;
  for (auto& [id, speaker] : speakers_) speaker.activity.Reset();
}

ActiveSpeakerObserver::Speaker* ActiveSpeakerObserver::Successor(Instant now) {
  const auto current = dominant_ != nullptr ? dominant_->activity.Score(now) : SpeechActivity::Scores();
  Speaker* best = nullptr;
  double bestRatio = 0;
  for (auto& [id, speaker] : speakers_) {
    if (&speaker == dominant_ || speaker.Paused()) continue;
    const auto scores = speaker.activity.Score(now);
    const double medium = std::log(scores.medium / current.medium);
    const bool exceeds = scores.spoken >= kLeastSpeech &&
                         std::log(scores.immediate / current.immediate) > kImmediateRatio &&
                         medium > kMediumRatio && std::log(scores.recent / current.recent) > kRecentRatio;
    if (!exceeds || (best != nullptr && medium <= bestRatio)) continue;
    best = &speaker;
    bestRatio = medium;
  }
  return best;
}

void ActiveSpeakerObserver::OnTimeout(Instant now) {
  if (dominant_ != nullptr && dominant_->Paused()) dominant_ = nullptr;
  if (lastChange_ && now < *lastChange_ + Interval()) return ArmAt(*lastChange_ + Interval());
  if (auto* successor = Successor(now); successor != nullptr) {
    dominant_ = successor;
    lastChange_ = now;
    log::Debug(log::Tag::kRtp, "RTP observer ", Id(), ": producer ", successor->Id(),
               " is the dominant speaker");
    Notify().DominantSpeaker(Id(), successor->Id());
  }
  for (auto& [id, speaker] : speakers_) {
    if (&speaker == dominant_ || !speaker.activity.Active(now)) continue;
    return ArmAt(now + kStep);
  }
}

}  // namespace ringcast::rtc
