#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/AudioLevel.hpp"

namespace ringcast::rtc {

// The speech activity of one speaker on the three time scales of "Dominant speaker identification for
// multipoint videoconferencing" (I. Volfin, I. Cohen, Computer Speech and Language 27, 2013). That paper
// counts the active subbands of each frame of audio. Here the number of subbands is derived from the level of
// a packet above the speaker's noise floor, because a forwarding unit does not decode audio.
class SpeechActivity {
 public:
  // The scores of the three scales: the logarithm of the likelihood ratio of speech and silence, at least
  // kNoSpeech.
  struct Scores {
    double immediate = kNoSpeech;  // the last kImmediateSlots
    double medium = kNoSpeech;     // the last kMediumSlots
    double recent = kNoSpeech;     // the last second, in which newer slots have more weight
    Duration spoken{};             // within the last second
  };
  static constexpr double kNoSpeech = 1e-10;

  // A slot has the length of a usual packet. Levels are kept for a second.
  static constexpr Duration kSlot = Milliseconds(20);
  static constexpr std::int64_t kSlots = 50;
  // Three slots, so that a burst of delayed packets is no pause.
  static constexpr std::int64_t kImmediateSlots = 3;
  // Longer than the closure of a plosive (about 100 ms), shorter than a pause between sentences.
  static constexpr std::int64_t kMediumSlots = 10;
  // A packet covers the time since the previous one, up to 120 ms: the longest Opus packet (RFC 7587 section
  // 6.1). A longer gap is silence.
  static constexpr std::int64_t kLongestPacketSlots = 6;

  void Add(const rtp::AudioLevel& level, Instant arrival);
  // Forgets all levels.
  void Reset() { *this = SpeechActivity(); }

  [[nodiscard]] Scores Score(Instant now);
  // Returns true if a slot of the medium scale is active.
  [[nodiscard]] bool Active(Instant now);

 private:
  // Subbands, and the number of them that make a slot active.
  static constexpr std::uint8_t kSubbands = 13;
  static constexpr std::uint8_t kActiveSubbands = 4;
  // Levels as dB above the lowest one, which is -127 dBov. Each subband stands for 3 dB above the noise
  // floor. The floor is the minimum of the last 15 to 30 s, between these bounds: a microphone that sends
  // digital silence between words has no floor, and a speaker who begins at once has made no pause yet.
  static constexpr int kDecibelsPerSubband = 3;
  static constexpr int kLowestFloor = 127 - 70;
  static constexpr int kHighestFloor = 127 - 55;
  static constexpr Duration kFloorWindow = Seconds(15);

  [[nodiscard]] static std::int64_t SlotOf(Instant time) { return time.time_since_epoch() / kSlot; }
  [[nodiscard]] std::uint8_t& At(std::int64_t slot) {
    return subbands_[static_cast<std::size_t>((slot + kSlots) % kSlots)];
  }
  // Makes `slot` the newest one; slots in between are silent.
  void MoveTo(std::int64_t slot);
  void UpdateFloor(int level, Instant arrival);
  [[nodiscard]] int Floor() const;

  std::array<std::uint8_t, kSlots> subbands_{};  // active ones, by slot number
  std::int64_t newest_ = 0;
  std::int64_t lastPacket_ = -kSlots;  // slot of the last packet
  int minimum_ = 127;                  // of this window
  int previousMinimum_ = 127;          // of the window before it
  Instant windowEnd_{};
};

}  // namespace ringcast::rtc
