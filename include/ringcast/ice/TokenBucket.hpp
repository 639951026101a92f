#pragma once

#include <cstdint>

#include "ringcast/base/TokenBucket.hpp"

namespace ringcast::ice {

using ringcast::TokenBucket;

// Answers of a whole worker to who has proved nothing (Agent::Outcome::authenticated is false). Honest peers
// get one only while their credentials cross with a restart: a few each, so a hundred of them in a second. A
// forger can have us send his victim 100 answers a second, none larger than what he sent himself.
inline constexpr std::int64_t kUnauthenticatedAnswersPerSecond = 100;
inline constexpr std::int64_t kUnauthenticatedAnswersBurst = 100;

[[nodiscard]] constexpr TokenBucket UnauthenticatedAnswers() {
  return {kUnauthenticatedAnswersPerSecond, kUnauthenticatedAnswersBurst};
}

}  // namespace ringcast::ice
