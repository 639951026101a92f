#pragma once

#include <cstdint>

namespace ringcast::rtc {

enum class PauseReason : std::uint8_t {
  kController,  // the controller paused the consumer
  kProducer,    // the controller paused its producer
  kShed,        // the worker is overloaded
};

// The reasons why a consumer is paused.
class PauseReasons {
 public:
  // Return true if that changed something.
  bool Add(PauseReason reason) {
    if (Has(reason)) return false;
    bits_ |= Bit(reason);
    return true;
  }
  bool Remove(PauseReason reason) {
    if (!Has(reason)) return false;
    bits_ &= static_cast<std::uint8_t>(~Bit(reason));
    return true;
  }

  [[nodiscard]] bool Has(PauseReason reason) const { return (bits_ & Bit(reason)) != 0; }
  [[nodiscard]] bool Any() const { return bits_ != 0; }
  // Returns true if there is a reason other than this one.
  [[nodiscard]] bool AnyBut(PauseReason reason) const { return (bits_ & ~Bit(reason)) != 0; }

 private:
  [[nodiscard]] static constexpr std::uint8_t Bit(PauseReason reason) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(reason));
  }

  std::uint8_t bits_ = 0;
};

}  // namespace ringcast::rtc
