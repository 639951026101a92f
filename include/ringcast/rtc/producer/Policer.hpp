#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/ice/TokenBucket.hpp"

namespace ringcast::rtc {

// Limits how many packets one producer publishes. Each of them costs the worker a packet for every consumer,
// and audio is forwarded first and never shed: without a limit one publisher could occupy the thread. The
// limits are well above the needs of negotiated media.
class Policer {
 public:
  // Packets per second and encoding.
  //
  // Audio: Opus frames are at least 2.5 ms long (RFC 6716 section 2.1.4), that is 400 packets/s; twice that
  // if each is repeated (RTX, or FEC in its own packets), and a quarter more for clocks and queues.
  static constexpr std::int64_t kAudioRate = 1000;
  // Video: 50 Mbit/s in packets of 1,000 bytes are 6,250 packets/s; 60 % more for FEC and repairs.
  static constexpr std::int64_t kVideoRate = 10'000;
  // Under overload, see Tighten(): Opus in frames of 10 ms that are repeated, or of 5 ms that are not.
  static constexpr std::int64_t kTightAudioRate = 200;
  // Burst: half a second of the rate. A key frame has several hundred packets, and an interrupted path
  // delivers its queue at once.
  static constexpr std::int64_t kBurstDivisor = 2;

  Policer(MediaKind kind, std::size_t encodings)
      : encodings_(static_cast<std::int64_t>(encodings)),
        bucket_(Bucket(kind == MediaKind::kAudio ? kAudioRate : kVideoRate)) {}

  // Returns false if the packet exceeds the limit. `arrival` is the packet's, so that a late loop refuses no
  // packet that arrived in time.
  [[nodiscard]] bool Admit(Instant arrival) {
    if (bucket_.Take(arrival)) return true;
    ++refused_;
    return false;
  }

  // Limits audio to the lower rate while the worker is overloaded.
  void Tighten() {
    if (std::exchange(tight_, true)) return;
    bucket_ = Bucket(kTightAudioRate);
  }
  void Loosen() {
    if (!std::exchange(tight_, false)) return;
    bucket_ = Bucket(kAudioRate);
  }
  [[nodiscard]] bool Tight() const { return tight_; }
  // Returns the limit under overload, in packets/s; audio only.
  [[nodiscard]] std::uint64_t TightRate() const {
    return static_cast<std::uint64_t>(kTightAudioRate * encodings_);
  }

  // Returns the number of packets refused since the last call.
  [[nodiscard]] std::uint64_t TakeRefused() { return std::exchange(refused_, 0); }

 private:
  [[nodiscard]] ice::TokenBucket Bucket(std::int64_t rate) const {
    return {rate * encodings_, rate * encodings_ / kBurstDivisor};
  }

  std::int64_t encodings_;
  ice::TokenBucket bucket_;
  std::uint64_t refused_ = 0;
  bool tight_ = false;
};

}  // namespace ringcast::rtc
