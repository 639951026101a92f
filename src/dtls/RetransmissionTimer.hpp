#pragma once

#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls {

// Retransmission timer of a flight: kInitialTimeout, then twice the previous timeout each time (RFC 6347
// section 4.2.4.1).
class RetransmissionTimer {
 public:
  void Start(Instant now) {
    timeout_ = kInitialTimeout;
    due_ = now + timeout_;
  }
  void Stop() { due_.reset(); }
  void Expedite(Instant now) {
    if (due_) due_ = now;
  }
  void Backoff(Instant now) {
    timeout_ *= 2;
    due_ = now + timeout_;
  }
  [[nodiscard]] std::optional<Instant> Due() const { return due_; }

 private:
  std::optional<Instant> due_;  // nullopt: no flight is waiting for a response
  Duration timeout_{};
};

}  // namespace ringcast::dtls
