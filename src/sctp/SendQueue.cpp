#include "ringcast/sctp/SendQueue.hpp"

#include <algorithm>

#include "ringcast/sctp/Chunks.hpp"

namespace ringcast::sctp {

bool SendQueue::Push(const OutgoingMessage& message) {
  auto& stream = streams_[message.stream];
  const std::size_t size = message.payload->size();
  if (stream.paused) return false;
  if (buffered_ > 0 && buffered_ + size > limits_.total) return false;
  if (stream.buffered > 0 && stream.buffered + size > limits_.perStream) return false;
  stream.messages.push_back({.message = message, .number = ++messages_});
  stream.buffered += size;
  buffered_ += size;
  if (!std::exchange(stream.inTurns, true)) turns_.push_back(message.stream);
  return true;
}

void SendQueue::Clear() {
  for (auto& [id, stream] : streams_) {
    const std::size_t threshold = stream.lowThreshold;
    stream = Stream();
    stream.lowThreshold = threshold;
  }
  turns_.clear();
  low_.clear();
  buffered_ = 0;
}

void SendQueue::Reduce(std::uint16_t id, Stream& stream, std::size_t bytes) {
  const bool above = stream.buffered > stream.lowThreshold;
  stream.buffered -= bytes;
  buffered_ -= bytes;
  if (above && stream.buffered <= stream.lowThreshold &&
      std::find(low_.begin(), low_.end(), id) == low_.end()) {
    low_.push_back(id);
  }
}

void SendQueue::EndTurn(std::uint16_t id, Stream& stream) {
  turns_.pop_front();
  if (stream.messages.empty()) {
    stream.inTurns = false;
  } else {
    turns_.push_back(id);
  }
}

std::optional<Fragment> SendQueue::Take(std::size_t room, Instant now) {
  while (!turns_.empty()) {
    const std::uint16_t id = turns_.front();
    auto& stream = streams_[id];
    if (stream.messages.empty()) {
      EndTurn(id, stream);
      continue;
    }
    auto& waiting = stream.messages.front();
    const auto& message = waiting.message;
    const std::size_t rest = message.payload->size() - waiting.sent;
    if (waiting.sent == 0 && message.expiry && now >= *message.expiry) {
      Reduce(id, stream, rest);
      stream.messages.pop_front();
      EndTurn(id, stream);
      continue;
    }
    if (waiting.sent == 0 && message.ordered) waiting.ssn = stream.nextSsn++;
    Fragment fragment{.stream = id,
                      .ssn = waiting.ssn,
                      .ppid = message.ppid,
                      .flags = message.ordered ? std::uint8_t{0} : kFlagUnordered,
                      .payload = message.payload,
                      .offset = waiting.sent,
                      .size = std::min(room, rest),
                      .message = waiting.number,
                      .maxRetransmits = message.maxRetransmits,
                      .expiry = message.expiry};
    if (waiting.sent == 0) fragment.flags |= kFlagBeginning;
    waiting.sent += fragment.size;
    Reduce(id, stream, fragment.size);
    if (waiting.sent == message.payload->size()) {
      fragment.flags |= kFlagEnd;
      stream.messages.pop_front();
      EndTurn(id, stream);
    }
    return fragment;
  }
  return std::nullopt;
}

std::size_t SendQueue::NextSize() const {
  for (const auto id : turns_) {
    const auto& messages = streams_.at(id).messages;
    if (!messages.empty()) return messages.front().message.payload->size() - messages.front().sent;
  }
  return 0;
}

bool SendQueue::Abandon(std::uint64_t message) {
  // Only the first message of the stream whose turn it is can be partly sent.
  if (turns_.empty()) return false;
  const std::uint16_t id = turns_.front();
  auto& stream = streams_[id];
  if (stream.messages.empty() || stream.messages.front().number != message) return false;
  Reduce(id, stream, stream.messages.front().message.payload->size() - stream.messages.front().sent);
  stream.messages.pop_front();
  EndTurn(id, stream);
  return true;
}

std::size_t SendQueue::Buffered(std::uint16_t stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.buffered;
}

void SendQueue::SetLowThreshold(std::uint16_t stream, std::size_t bytes) {
  streams_[stream].lowThreshold = bytes;
}

void SendQueue::Pause(std::uint16_t id) {
  auto& stream = streams_[id];
  stream.paused = true;
  while (!stream.messages.empty() && stream.messages.back().sent == 0) {
    Reduce(id, stream, stream.messages.back().message.payload->size());
    stream.messages.pop_back();
  }
}

bool SendQueue::Quiet(std::uint16_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() || found->second.messages.empty();
}

void SendQueue::Resume(std::uint16_t id, bool performed) {
  auto& stream = streams_[id];
  stream.paused = false;
  if (performed) stream.nextSsn = 0;
  // The peer can have streams reset that were never used.
  if (stream.nextSsn == 0 && !stream.inTurns && stream.lowThreshold == 0) streams_.erase(id);
}

}  // namespace ringcast::sctp
