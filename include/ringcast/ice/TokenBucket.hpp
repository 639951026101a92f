#pragma once

#include <cstdint>

#include "ringcast/base/TokenBucket.hpp"

namespace ringcast::ice {

using ringcast::TokenBucket;

// Limits a worker's responses to unauthenticated senders (Agent::Outcome::authenticated is false). Honest
// peers get such a response only while their credentials cross with an ICE restart: a few each, so this
// suffices for a hundred restarts per second. An attacker with a forged source address can make the worker
// send the victim 100 responses per second, none of them larger than the attacker's own request.
inline constexpr std::int64_t kUnauthenticatedAnswersPerSecond = 100;
inline constexpr std::int64_t kUnauthenticatedAnswersBurst = 100;

[[nodiscard]] constexpr TokenBucket UnauthenticatedAnswers() {
  return {kUnauthenticatedAnswersPerSecond, kUnauthenticatedAnswersBurst};
}

}  // namespace ringcast::ice
