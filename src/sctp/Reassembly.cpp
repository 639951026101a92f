#include "ringcast/sctp/Reassembly.hpp"

#include <algorithm>
#include <iterator>

namespace ringcast::sctp {

bool Reassembly::SameMessage(const DataChunk& a, const DataChunk& b) {
  const bool unordered = (a.flags & kFlagUnordered) != 0;
  return a.stream == b.stream && unordered == ((b.flags & kFlagUnordered) != 0) &&
         (unordered || a.ssn == b.ssn);
}

void Reassembly::Append(Run& run, Run& next) {
  run.last = next.last;
  run.ends = next.ends;
  run.bytes += next.bytes;
  run.pieces.splice(run.pieces.end(), next.pieces);
}

Reassembly::Outcome Reassembly::Add(std::int64_t tsn, const DataChunk& chunk) {
  Run run;
  run.last = tsn;
  run.begins = (chunk.flags & kFlagBeginning) != 0;
  run.ends = (chunk.flags & kFlagEnd) != 0;
  run.first = chunk;
  run.first.payload = {};
  run.bytes = chunk.payload.size();
  run.pieces.emplace_back(chunk.payload.begin(), chunk.payload.end());
  held_ += run.bytes + kOverhead;

  const auto after = runs_.upper_bound(tsn);
  auto place = runs_.end();
  if (after != runs_.begin()) {
    const auto before = std::prev(after);
    // A message that does not end is followed by another one if its sender has abandoned the rest (RFC 3758).
    if (before->second.last == tsn - 1 && !before->second.ends && !run.begins) {
      if (!SameMessage(before->second.first, chunk)) return Outcome::kViolation;
      Append(before->second, run);
      place = before;
    }
  }
  if (place == runs_.end()) place = runs_.emplace(tsn, std::move(run)).first;
  if (after != runs_.end() && after->first == tsn + 1 && !place->second.ends && !after->second.begins) {
    if (!SameMessage(place->second.first, after->second.first)) return Outcome::kViolation;
    Append(place->second, after->second);
    runs_.erase(after);
  }
  if (place->second.bytes > maxMessageSize_) return Outcome::kTooBig;
  if (place->second.begins && place->second.ends) {
    auto complete = std::move(place->second);
    runs_.erase(place);
    Complete(complete);
  }
  return Outcome::kAccepted;
}

void Reassembly::Complete(Run& run) {
  held_ -= run.bytes + run.pieces.size() * kOverhead;
  IncomingMessage message{.stream = run.first.stream, .ppid = run.first.ppid, .payload = {}};
  if (run.pieces.size() == 1) {
    message.payload = std::move(run.pieces.front());
  } else {
    message.payload.reserve(run.bytes);
    for (const auto& piece : run.pieces)
      message.payload.insert(message.payload.end(), piece.begin(), piece.end());
  }
  if ((run.first.flags & kFlagUnordered) != 0) {
    ready_.push_back(std::move(message));
    return;
  }
  auto& next = NextSsn(run.first.stream);
  if (run.first.ssn == next) {
    ++next;
    ready_.push_back(std::move(message));
    return Deliver(run.first.stream);
  }
  const auto ahead = static_cast<std::int16_t>(run.first.ssn - next);
  if (ahead < 0) return;  // skipped before
  const auto bytes = message.payload.size();
  if (waiting_[run.first.stream].emplace(run.first.ssn, std::move(message)).second)
    held_ += bytes + kOverhead;
}

void Reassembly::Deliver(std::uint16_t stream) {
  const auto queue = waiting_.find(stream);
  if (queue == waiting_.end()) return;
  auto& next = NextSsn(stream);
  for (auto found = queue->second.find(next); found != queue->second.end();
       found = queue->second.find(next)) {
    held_ -= found->second.payload.size() + kOverhead;
    ready_.push_back(std::move(found->second));
    queue->second.erase(found);
    ++next;
  }
  if (queue->second.empty()) waiting_.erase(queue);
}

std::uint16_t& Reassembly::NextSsn(std::uint16_t stream) {
  return nextSsns_[static_cast<std::uint8_t>(stream >> 8)][stream & 0xFF];
}

void Reassembly::Skip(std::int64_t tsn, std::span<const ForwardTsnChunk::Skipped> skipped) {
  while (!runs_.empty() && runs_.begin()->first <= tsn) {
    const auto& run = runs_.begin()->second;
    held_ -= run.bytes + run.pieces.size() * kOverhead;
    runs_.erase(runs_.begin());
  }
  for (const auto& [stream, ssn] : skipped) {
    auto& next = NextSsn(stream);
    // Complete messages up to the skipped one are delivered (RFC 3758 section 3.6).
    if (const auto queue = waiting_.find(stream); queue != waiting_.end()) {
      std::vector<std::uint16_t> due;
      for (const auto& [number, message] : queue->second) {
        if (static_cast<std::int16_t>(number - ssn) <= 0) due.push_back(number);
      }
      std::sort(due.begin(), due.end(), [next](std::uint16_t a, std::uint16_t b) {
        return static_cast<std::uint16_t>(a - next) < static_cast<std::uint16_t>(b - next);
      });
      for (const auto number : due) {
        auto message = queue->second.extract(number);
        held_ -= message.mapped().payload.size() + kOverhead;
        ready_.push_back(std::move(message.mapped()));
      }
      if (queue->second.empty()) waiting_.erase(queue);
    }
    if (static_cast<std::int16_t>(ssn - next) >= 0) next = static_cast<std::uint16_t>(ssn + 1);
    Deliver(stream);
  }
}

void Reassembly::Reset(std::span<const std::uint16_t> streams) {
  if (streams.empty()) {
    nextSsns_.clear();
    return;
  }
  for (const auto stream : streams) {
    const auto block = nextSsns_.find(static_cast<std::uint8_t>(stream >> 8));
    if (block != nextSsns_.end()) block->second[stream & 0xFF] = 0;
  }
}

}  // namespace ringcast::sctp
