#include "ringcast/rtc/observer/SpeechActivity.hpp"

#include <algorithm>
#include <cmath>

namespace ringcast::rtc {

namespace {

// Returns the logarithm of the likelihood ratio of speech and silence if `active` of `count` parts are
// active: binomial with probability 1/2 under speech, exponential with `lambda` under silence (section 3 of
// the paper).
double LikelihoodRatio(double active, double count, double lambda) {
  const double choices = std::lgamma(count + 1) - std::lgamma(active + 1) - std::lgamma(count - active + 1);
  const double score = choices - count * std::log(2.0) - std::log(lambda) + lambda * active;
  return std::max(score, SpeechActivity::kNoSpeech);
}

// Of the immediate, the medium and the long scale. A longer scale tolerates less activity in silence.
constexpr double kImmediateLambda = 0.78;
constexpr double kMediumLambda = 24;
constexpr double kLongLambda = 47;

// The long scale is normalised to this number of parts, as in the paper.
constexpr double kLongParts = 10;

}  // namespace

void SpeechActivity::MoveTo(std::int64_t slot) {
  if (slot <= newest_) return;
  for (auto i = std::max(newest_ + 1, slot - kSlots + 1); i <= slot; ++i) At(i) = 0;
  newest_ = slot;
}

void SpeechActivity::UpdateFloor(int level, Instant arrival) {
  if (arrival >= windowEnd_) {
    previousMinimum_ = minimum_;
    minimum_ = level;
    windowEnd_ = arrival + kFloorWindow;
  }
  minimum_ = std::min(minimum_, level);
}

int SpeechActivity::Floor() const {
  return std::clamp(std::min(minimum_, previousMinimum_), kLowestFloor, kHighestFloor);
}

void SpeechActivity::Add(const rtp::AudioLevel& level, Instant arrival) {
  const int loudness = rtp::AudioLevel::kSilence - level.attenuation;
  UpdateFloor(loudness, arrival);
  const auto slot = std::max(SlotOf(arrival), newest_);
  MoveTo(slot);
  const auto active = static_cast<std::uint8_t>(
      std::clamp((loudness - Floor()) / kDecibelsPerSubband, 0, static_cast<int>(kSubbands)));
  const bool continues = slot - lastPacket_ <= kLongestPacketSlots;
  const auto from = continues ? std::min(lastPacket_ + 1, slot) : slot;
  for (auto i = from; i <= slot; ++i) At(i) = std::max(At(i), active);
  lastPacket_ = slot;
}

SpeechActivity::Scores SpeechActivity::Score(Instant now) {
  MoveTo(SlotOf(now));
  std::uint8_t loudest = 0;
  std::int64_t spoken = 0;
  double medium = 0;
  double weighted = 0;
  double weights = 0;
  for (std::int64_t age = 0; age < kSlots; ++age) {
    const auto subbands = At(newest_ - age);
    const bool active = subbands >= kActiveSubbands;
    if (age < kImmediateSlots) loudest = std::max(loudest, subbands);
    if (age < kMediumSlots && active) medium += 1;
    // From 2 for the newest slot to 1: a speaker who takes over without a pause has the higher score after
    // 0.42 s instead of 0.5 s, and a remark of 0.4 s never has it.
    const double weight = 2 - static_cast<double>(age) / static_cast<double>(kSlots);
    weights += weight;
    if (!active) continue;
    weighted += weight;
    ++spoken;
  }
  return {.immediate = LikelihoodRatio(loudest, kSubbands, kImmediateLambda),
          .medium = LikelihoodRatio(medium, kMediumSlots, kMediumLambda),
          .recent = LikelihoodRatio(kLongParts * weighted / weights, kLongParts, kLongLambda),
          .spoken = spoken * kSlot};
}

bool SpeechActivity::Active(Instant now) {
  MoveTo(SlotOf(now));
  for (std::int64_t age = 0; age < kMediumSlots; ++age) {
    if (At(newest_ - age) >= kActiveSubbands) return true;
  }
  return false;
}

}  // namespace ringcast::rtc
