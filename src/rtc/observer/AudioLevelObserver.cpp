#include "ringcast/rtc/observer/AudioLevelObserver.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "ringcast/rtc/producer/Producer.hpp"

namespace ringcast::rtc {

AudioLevelObserver::AudioLevelObserver(WorkerContext& context, Router& router, std::string id,
                                       const AudioLevelObserverOptions& options)
    : RtpObserver(context, router, std::move(id), options.intervalMs),
      maxEntries_(std::min<std::size_t>(options.maxEntries, kMaxEntries)),
      threshold_(options.threshold) {}

bool AudioLevelObserver::Source::Paused() const { return producer_.Paused(); }

void AudioLevelObserver::Add(Producer& producer) { sources_.try_emplace(producer.Id(), *this, producer); }

bool AudioLevelObserver::Remove(std::string_view producerId) {
  const auto found = sources_.find(producerId);
  if (found == sources_.end()) return false;
  sources_.erase(found);
  return true;
}

void AudioLevelObserver::Reset() {
  for (auto& [id, source] : sources_) source.meter.Reset();
  if (!std::exchange(silent_, true)) Notify().AudioSilence(Id());
}

void AudioLevelObserver::OnTimeout(Instant now) {
  std::vector<ProducerAudioLevel> levels;
  for (auto& [id, source] : sources_) {
    const auto level = source.meter.Take(Interval());
    if (level && *level >= threshold_ && !source.Paused()) levels.push_back({id, *level});
  }
  Report(std::move(levels));
  if (!sources_.empty()) ArmAt(now + Interval());
}

void AudioLevelObserver::Report(std::vector<ProducerAudioLevel> levels) {
  if (levels.empty()) {
    if (!std::exchange(silent_, true)) Notify().AudioSilence(Id());
    return;
  }
  silent_ = false;
  std::stable_sort(levels.begin(), levels.end(),
                   [](const auto& a, const auto& b) { return a.level > b.level; });
  if (levels.size() > maxEntries_) levels.resize(maxEntries_);
  Notify().AudioLevels(Id(), levels);
}

}  // namespace ringcast::rtc
