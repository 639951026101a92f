#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/ice/TokenBucket.hpp"

namespace ringcast::rtc {

// Limits how many packets one producer publishes. Each of them costs the worker a packet for every consumer,
// and audio is forwarded before all else and never shed: without a limit one publisher could take the whole
// thread. The limits are well above what the negotiated media can need.
class Policer {
 public:
  // Packets/s of each encoding.
  //
  // Audio: Opus has no frames shorter than 2.5 ms (RFC 6716 section 2.1.4), that is 400 packets/s; twice that
  // where each is repeated (RTX, or FEC in packets of its own), and a quarter more for clocks and queues.
  static constexpr std::int64_t kAudioRate = 1000;
  // Video: 50 Mbit/s in packets of 1,000 bytes are 6,250/s; and six for each ten that FEC and repairs add.
  static constexpr std::int64_t kVideoRate = 10'000;
  // Under overload, see Tighten(): Opus in frames of 10 ms, each repeated, or of 5 ms without.
  static constexpr std::int64_t kTightAudioRate = 200;
  // At once: half a second of the rate. A key frame has several hundred packets, and a path that was
  // interrupted delivers what it has queued.
  static constexpr std::int64_t kBurstDivisor = 2;

  Policer(MediaKind kind, std::size_t encodings)
      : kind_(kind),
        encodings_(static_cast<std::int64_t>(encodings)),
        bucket_(Bucket(kind == MediaKind::kAudio ? kAudioRate : kVideoRate)) {}

  // False: the packet is beyond the limit. `arrival`: of the packet, so that a late loop refuses nothing that
  // came in time.
  [[nodiscard]] bool Admit(Instant arrival) {
    if (bucket_.Take(arrival)) return true;
    ++refused_;
    return false;
  }

  // Limits audio to the lower rate while the worker has more to do than it can.
  void Tighten() {
    if (std::exchange(tight_, true)) return;
    bucket_ = Bucket(kTightAudioRate);
  }
  void Loosen() {
    if (!std::exchange(tight_, false)) return;
    bucket_ = Bucket(kAudioRate);
  }
  [[nodiscard]] bool Tight() const { return tight_; }
  // Packets/s that are left when it is tight; audio only.
  [[nodiscard]] std::uint64_t TightRate() const {
    return static_cast<std::uint64_t>(kTightAudioRate * encodings_);
  }
  [[nodiscard]] MediaKind Kind() const { return kind_; }

  // Packets that were refused since the last call.
  [[nodiscard]] std::uint64_t TakeRefused() { return std::exchange(refused_, 0); }

 private:
  [[nodiscard]] ice::TokenBucket Bucket(std::int64_t rate) const {
    return {rate * encodings_, rate * encodings_ / kBurstDivisor};
  }

  MediaKind kind_;
  std::int64_t encodings_;
  ice::TokenBucket bucket_;
  std::uint64_t refused_ = 0;
  bool tight_ = false;
};

}  // namespace ringcast::rtc
