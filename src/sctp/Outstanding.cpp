#include "ringcast/sctp/Outstanding.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::sctp {

std::uint32_t Outstanding::Send(Fragment fragment, Instant now) {
  if (fragment.maxRetransmits || fragment.expiry) ++partial_;
  chunks_.push_back({.fragment = std::move(fragment), .sent = now});
  inFlight_ += SizeOf(chunks_.back());
  return static_cast<std::uint32_t>(next_++);
}

void Outstanding::Enter(Chunk& chunk, State state) {
  if (chunk.state == State::kInFlight) inFlight_ -= SizeOf(chunk);
  if (chunk.state == State::kLost) --lost_;
  chunk.state = state;
  if (state == State::kInFlight) inFlight_ += SizeOf(chunk);
  if (state == State::kLost) ++lost_;
}

void Outstanding::Acknowledge(Chunk& chunk, Acked& acked, Instant now) {
  if (chunk.state == State::kAcked) return;
  if (chunk.state != State::kAbandoned) acked.bytes += SizeOf(chunk);
  // A retransmitted chunk gives no measurement (Karn's algorithm).
  if (chunk.state == State::kInFlight && chunk.transmissions == 1) acked.roundTrip = now - chunk.sent;
  Enter(chunk, State::kAcked);
}

Outstanding::Acked Outstanding::OnSack(const SackChunk& sack, Instant now) {
  Acked acked;
  const std::int64_t before = First() - 1;
  const std::int64_t cumulative =
      before + static_cast<std::int32_t>(sack.cumulativeTsn - static_cast<std::uint32_t>(before));
  if (cumulative < before || cumulative >= next_) return acked;
  // Gap blocks lie beyond the cumulative TSN, in order, and were sent.
  std::int64_t last = 0;
  for (const auto& gap : sack.gaps) {
    if (gap.first <= last || gap.last < gap.first || cumulative + gap.last >= next_) return acked;
    last = gap.last;
  }
  acked.valid = true;
  acked.advanced = cumulative > before;
  while (First() <= cumulative) {
    auto& chunk = chunks_.front();
    Acknowledge(chunk, acked, now);
    if (chunk.fragment.maxRetransmits || chunk.fragment.expiry) --partial_;
    chunks_.pop_front();
  }
  if (AcknowledgeGaps(sack, cumulative, acked, now)) acked.lost = true;
  return acked;
}

bool Outstanding::AcknowledgeGaps(const SackChunk& sack, std::int64_t cumulative, Acked& acked, Instant now) {
  bool lost = false;
  std::int64_t highest = 0;  // that this SACK acknowledges newly
  for (const auto& gap : sack.gaps) {
    for (std::int64_t tsn = cumulative + gap.first; tsn <= cumulative + gap.last; ++tsn) {
      auto& chunk = At(tsn);
      if (chunk.state == State::kAcked || chunk.state == State::kAbandoned) continue;
      Acknowledge(chunk, acked, now);
      highest = tsn;
    }
  }
  // Chunks below the highest newly acknowledged TSN are missing once more (RFC 9260 section 7.2.4).
  for (std::int64_t tsn = First(); tsn < highest; ++tsn) {
    auto& chunk = At(tsn);
    if (chunk.state != State::kInFlight || ++chunk.missing < kMissingReports) continue;
    Enter(chunk, State::kLost);
    lost = true;
  }
  return lost;
}

void Outstanding::OnTimeout() {
  for (auto& chunk : chunks_) {
    if (chunk.state == State::kInFlight || chunk.state == State::kAcked) Enter(chunk, State::kLost);
    chunk.missing = 0;
  }
}

bool Outstanding::Probe() {
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
    if (chunk->state != State::kInFlight) continue;
    Enter(*chunk, State::kLost);
    return true;
  }
  return false;
}

std::optional<Outstanding::Again> Outstanding::Resend(std::size_t room, Instant now) {
  if (lost_ == 0) return std::nullopt;
  auto tsn = First();
  for (auto& chunk : chunks_) {
    if (chunk.state != State::kLost) {
      ++tsn;
      continue;
    }
    if (SizeOf(chunk) + 3 > room) return std::nullopt;  // padding
    Enter(chunk, State::kInFlight);
    chunk.sent = now;
    chunk.missing = 0;
    ++chunk.transmissions;
    return Again{static_cast<std::uint32_t>(tsn), &chunk.fragment};
  }
  return std::nullopt;
}

std::vector<Fragment> Outstanding::AbandonExpired(Instant now) {
  std::vector<Fragment> messages;
  if (partial_ == 0 || lost_ == 0) return messages;
  std::vector<std::uint64_t> numbers;
  for (const auto& chunk : chunks_) {
    if (chunk.state != State::kLost) continue;
    const auto& fragment = chunk.fragment;
    const bool expired = fragment.expiry && now >= *fragment.expiry;
    // `transmissions` counts the first one.
    const bool exhausted = fragment.maxRetransmits && chunk.transmissions > *fragment.maxRetransmits;
    if ((!expired && !exhausted) || (!numbers.empty() && numbers.back() == fragment.message)) continue;
    numbers.push_back(fragment.message);
    messages.push_back(fragment);
    messages.back().payload.reset();
  }
  if (messages.empty()) return messages;
  // The numbers ascend with the TSNs only within a stream.
  std::sort(numbers.begin(), numbers.end());
  for (auto& chunk : chunks_) {
    if (chunk.state == State::kAbandoned) continue;
    if (std::binary_search(numbers.begin(), numbers.end(), chunk.fragment.message))
      Enter(chunk, State::kAbandoned);
  }
  return messages;
}

void Outstanding::AddAbandonedRest(const Fragment& fragment) {
  ++partial_;
  chunks_.push_back({.fragment = fragment, .sent = {}, .state = State::kAbandoned});
  ++next_;
}

ForwardTsnChunk Outstanding::MakeForwardTsn(std::size_t maxStreams) const {
  ForwardTsnChunk forward{.newCumulativeTsn = static_cast<std::uint32_t>(First() - 1), .skipped = {}};
  for (const auto& chunk : chunks_) {
    if (chunk.state != State::kAbandoned) break;
    const auto& fragment = chunk.fragment;
    if ((fragment.flags & kFlagUnordered) == 0) {
      const auto known = std::find_if(forward.skipped.begin(), forward.skipped.end(),
                                      [&](const auto& skipped) { return skipped.stream == fragment.stream; });
      if (known != forward.skipped.end()) {
        known->ssn = fragment.ssn;
      } else if (forward.skipped.size() < maxStreams) {
        forward.skipped.push_back({fragment.stream, fragment.ssn});
      } else {
        break;
      }
    }
    ++forward.newCumulativeTsn;
  }
  return forward;
}

}  // namespace ringcast::sctp
