#include "ringcast/channel/OutputQueue.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::channel {

std::string_view Name(FrameKind kind) {
  switch (kind) {
    case FrameKind::kResponse:
      return "response";
    case FrameKind::kStateChange:
      return "stateChange";
    case FrameKind::kValue:
      return "value";
    case FrameKind::kPacket:
      return "packet";
    case FrameKind::kTrace:
      return "trace";
    case FrameKind::kLog:
      return "log";
    case FrameKind::kCount:
      break;
  }
  return "unknown";
}

namespace {

std::string KeyOf(std::string_view object, std::uint8_t event) {
  std::string key(object);
  key.push_back(static_cast<char>(event));
  return key;
}

}  // namespace

bool OutputQueue::Push(FrameKind kind, ByteView frame) {
  RC_ASSERT(kind != FrameKind::kValue);
  if (kind == FrameKind::kResponse) {
    Append(frame);
    ReleaseHeld();
    return true;
  }
  const auto limit = kind == FrameKind::kStateChange ? kMaxWaitingForStateChanges : kMaxWaiting;
  if (Waiting() + frame.size() > limit) return Drop(kind);
  if (awaitingResponse_ && kind != FrameKind::kLog) {
    held_.insert(held_.end(), frame.begin(), frame.end());
  } else {
    Append(frame);
  }
  return true;
}

bool OutputQueue::PushValue(std::string_view object, std::uint8_t event, ByteView frame) {
  auto key = KeyOf(object, event);
  if (const auto found = waitingValues_.find(key); found != waitingValues_.end()) {
    auto& bytes = found->second->bytes;
    valueBytes_ += frame.size() - bytes.size();  // wraps around if the new value is shorter
    bytes.assign(frame.begin(), frame.end());
    ++replaced_;
    return true;
  }
  if (valueBytes_ + frame.size() > kMaxValues) return Drop(FrameKind::kValue);
  values_.push_back({key, awaitingResponse_ ? kHeld : appended_, {frame.begin(), frame.end()}});
  waitingValues_.emplace(std::move(key), &values_.back());
  valueBytes_ += frame.size();
  return true;
}

bool OutputQueue::Drop(FrameKind kind) {
  drops_.Count(kind);
  if (!dropping_) dropping_.emplace();
  dropping_->dropped.Count(kind);
  return false;
}

void OutputQueue::ReleaseHeld() {
  awaitingResponse_ = false;
  for (auto value = values_.rbegin(); value != values_.rend() && value->position == kHeld; ++value)
    value->position = appended_;
  Append(held_);
  held_.clear();
  if (held_.capacity() > kBlockSize) std::vector<std::uint8_t>().swap(held_);
}

void OutputQueue::Append(ByteView bytes) {
  if (bytes.empty()) return;
  if (blocks_.empty() || blocks_.back().bytes.capacity() - blocks_.back().bytes.size() < bytes.size()) {
    Block block{std::exchange(spare_, {}), 0};
    block.bytes.clear();
    block.bytes.reserve(std::max(bytes.size(), kBlockSize));
    blocks_.push_back(std::move(block));
  }
  auto& back = blocks_.back().bytes;
  back.insert(back.end(), bytes.begin(), bytes.end());
  waiting_ += bytes.size();
  appended_ += bytes.size();
}

ByteView OutputQueue::Front() {
  BatchValues();
  if (!batch_.bytes.empty()) return ByteView(batch_.bytes).subspan(batch_.written);
  if (blocks_.empty()) return {};
  const auto rest = ByteView(blocks_.front().bytes).subspan(blocks_.front().written);
  if (values_.empty() || values_.front().position == kHeld) return rest;
  const std::uint64_t beforeValues = values_.front().position - (appended_ - waiting_);
  return rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), beforeValues)));
}

// Gathers the values whose position has been reached, to write many with one call.
void OutputQueue::BatchValues() {
  if (!batch_.bytes.empty()) return;
  while (!values_.empty() && values_.front().position == appended_ - waiting_ &&
         batch_.bytes.size() < kBlockSize) {
    const auto& value = values_.front();
    batch_.bytes.insert(batch_.bytes.end(), value.bytes.begin(), value.bytes.end());
    valueBytes_ -= value.bytes.size();
    waitingValues_.erase(value.key);
    values_.pop_front();
  }
}

void OutputQueue::Consume(std::size_t bytes) {
  if (bytes == 0) return;
  RC_ASSERT(bytes <= Front().size());
  if (!batch_.bytes.empty()) {
    batch_.written += bytes;
    if (batch_.written < batch_.bytes.size()) return;
    batch_.bytes.clear();
    batch_.written = 0;
    return;
  }
  auto& front = blocks_.front();
  front.written += bytes;
  waiting_ -= bytes;
  if (front.written < front.bytes.size()) return;
  // The memory of a block that held a large response is freed.
  if (front.bytes.capacity() == kBlockSize) spare_ = std::move(front.bytes);
  blocks_.pop_front();
}

std::optional<DropReport> OutputQueue::TakeDropReport() {
  if (!dropping_) return std::nullopt;
  if (!dropReported_) {
    dropReported_ = true;
    return dropping_;
  }
  if (Waiting() > kMaxWaiting / 2) return std::nullopt;
  dropReported_ = false;
  auto report = std::exchange(dropping_, std::nullopt);
  report->ended = true;
  return report;
}

}  // namespace ringcast::channel
