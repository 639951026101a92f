#include "ringcast/rtc/worker/LoadShedder.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ringcast/base/Log.hpp"
#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

namespace {

constexpr Duration kWarnEvery = Seconds(10);

std::uint64_t PerSecond(std::uint64_t packets, Duration window) {
  return packets * 1'000'000 / static_cast<std::uint64_t>(ToMicroseconds(window));
}

}  // namespace

void LoadShedder::OnTurnEnd(Instant now, Duration idle) {
  if (windowStart_ && now - *windowStart_ < LoadGovernor::kWindow) return;
  const auto start = std::exchange(windowStart_, now);
  const auto idleBefore = std::exchange(idleBefore_, idle);
  const auto forwarded = context_.scheduler.Totals().forwarded;
  const auto forwardedBefore = std::exchange(forwardedBefore_, forwarded);
  const auto leastWait = context_.scheduler.TakeLeastWait(now);
  if (!start) return;

  const auto length = now - *start;
  const bool anyShed = context_.shedConsumers > 0 || context_.tightenedProducers > 0;
  const bool counted = counting_;
  if (counted) context_.producers.ForEach([](Producer& producer) { producer.Load().EndWindow(); });
  const auto adjustment = governor_.OnWindow({.length = length,
                                              .idle = idle - idleBefore,
                                              .forwarded = forwarded - forwardedBefore,
                                              .wanted = counted ? CountWanted() : 0,
                                              .leastWait = leastWait,
                                              .anyShed = counted && anyShed});
  if (adjustment.shed > 0) {
    const auto relief = TightenAudio(adjustment.shed, length);
    List(false, length);
    if (relief < adjustment.shed) Shed(adjustment.shed - relief);
    Warn(now);
  } else if ((adjustment.restore > 0 || adjustment.restoreOne) && context_.shedConsumers > 0) {
    List(true, length);
    Restore(adjustment, now);
  } else if (adjustment.restore > 0 || adjustment.restoreOne) {
    LoosenAudio(adjustment, length);
  }
  counting_ = governor_.Watching() || context_.shedConsumers > 0 || context_.tightenedProducers > 0;
  if (counting_ && !counted)
    context_.producers.ForEach([](Producer& producer) { producer.Load().EndWindow(); });
}

std::uint64_t LoadShedder::CountWanted() const {
  std::uint64_t sum = 0;
  context_.consumers.ForEach([&sum](const Consumer& consumer) {
    const auto load = consumer.Load();
    if (load.wanted && !load.shed) sum += consumer.Source().Load().WindowPackets();
  });
  return sum;
}

void LoadShedder::List(bool shed, Duration window) {
  candidates_.clear();
  context_.consumers.ForEach([&](Consumer& consumer) {
    const auto load = consumer.Load();
    if (consumer.Kind() != MediaKind::kVideo || !load.wanted || load.shed != shed) return;
    candidates_.push_back({&consumer, PerSecond(consumer.Source().Load().WindowPackets(), window)});
  });
  if (candidates_.empty()) return;
  rates_.clear();
  for (const auto& candidate : candidates_) rates_.push_back(candidate.rate);
  const auto median = rates_.begin() + static_cast<std::ptrdiff_t>(rates_.size() / 2);
  std::nth_element(rates_.begin(), median, rates_.end());
  for (auto& candidate : candidates_) candidate.heavy = candidate.rate > kHeavyFactor * *median;
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    const auto loadA = a.consumer->Load();
    const auto loadB = b.consumer->Load();
    if (loadA.priority != loadB.priority) return loadA.priority < loadB.priority;
    if (a.heavy != b.heavy) return a.heavy;
    return loadA.serialNumber > loadB.serialNumber;
  });
}

void LoadShedder::ListSurplus(bool tight, Duration window) {
  surplus_.clear();
  context_.producers.ForEach([&](Producer& producer) {
    const auto& load = producer.Load();
    const auto& limits = load.Limits();
    if (producer.Kind() != MediaKind::kAudio || limits.Tight() != tight) return;
    const auto rate = PerSecond(load.WindowPackets() + (tight ? load.WindowPoliced() : 0), window);
    const auto beyond = rate > limits.TightRate() ? rate - limits.TightRate() : 0;
    surplus_.push_back({&producer, beyond * producer.Owner().Owner().ConsumersOf(producer).size()});
  });
  std::sort(surplus_.begin(), surplus_.end(),
            [](const Surplus& a, const Surplus& b) { return a.rate > b.rate; });
}

std::uint64_t LoadShedder::TightenAudio(std::uint64_t packetsPerSecond, Duration window) {
  ListSurplus(false, window);
  std::uint64_t relief = 0;
  for (const auto& [producer, rate] : surplus_) {
    if (relief >= packetsPerSecond || rate == 0) break;
    producer->Load().Tighten();
    relief += rate;
  }
  return relief;
}

void LoadShedder::LoosenAudio(const LoadAdjustment& adjustment, Duration window) {
  ListSurplus(true, window);
  for (auto place = surplus_.rbegin(); place != surplus_.rend(); ++place) {
    if (place->rate != 0 && place->rate > adjustment.restore) return;
    place->producer->Load().Loosen();
    if (place->rate != 0) return;
  }
}

void LoadShedder::Shed(std::uint64_t packetsPerSecond) {
  std::uint64_t relief = 0;
  for (const auto& candidate : candidates_) {
    if (relief >= packetsPerSecond) return;
    if (candidate.rate == 0) continue;
    candidate.consumer->Pause(PauseReason::kShed);
    log::Debug(log::Tag::kInfo, "consumer ", candidate.consumer->Id(), ": shed, the worker is overloaded");
    relief += candidate.rate;
    ++stats_.sheddings;
  }
}

void LoadShedder::Restore(const LoadAdjustment& adjustment, Instant now) {
  auto room = adjustment.restore;
  bool one = adjustment.restoreOne;
  // The last one shed is restored first. One that does not fit blocks those behind it.
  for (auto place = candidates_.rbegin(); place != candidates_.rend(); ++place) {
    if (place->rate > room && !one) return;
    one = false;
    place->consumer->Resume(now, PauseReason::kShed);
    log::Debug(log::Tag::kInfo, "consumer ", place->consumer->Id(), ": restored, the worker has time again");
    room -= std::min(room, place->rate);
    ++stats_.restorals;
  }
}

void LoadShedder::Warn(Instant now) {
  if (lastWarning_ && now - *lastWarning_ < kWarnEvery) return;
  lastWarning_ = now;
  log::Warn(
      "there is more to forward than one thread can: " + std::to_string(context_.shedConsumers) +
      " consumers of video get nothing until there is time for them (by priority, then the latest first)");
}

}  // namespace ringcast::rtc
