#include "ringcast/channel/OutputQueue.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::channel {

std::string_view Name(FrameKind kind) {
  switch (kind) {
    case FrameKind::kResponse:
      return "response";
    case FrameKind::kNotification:
      return "notification";
    case FrameKind::kLog:
      return "log";
    case FrameKind::kCount:
      break;
  }
  return "unknown";
}

bool OutputQueue::Push(FrameKind kind, ByteView frame) {
  if (kind == FrameKind::kResponse) {
    Append(frame);
    Append(held_);
    awaitingResponse_ = false;
    held_.clear();
    if (held_.capacity() > kBlockSize) std::vector<std::uint8_t>().swap(held_);
    return true;
  }
  if (Waiting() + frame.size() > kMaxWaiting) {
    drops_.Count(kind);
    return false;
  }
  if (awaitingResponse_ && kind == FrameKind::kNotification) {
    held_.insert(held_.end(), frame.begin(), frame.end());
  } else {
    Append(frame);
  }
  return true;
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
}

ByteView OutputQueue::Front() const {
  if (blocks_.empty()) return {};
  return ByteView(blocks_.front().bytes).subspan(blocks_.front().written);
}

void OutputQueue::Consume(std::size_t bytes) {
  if (bytes == 0) return;
  RC_ASSERT(bytes <= Front().size());
  auto& front = blocks_.front();
  front.written += bytes;
  waiting_ -= bytes;
  if (front.written < front.bytes.size()) return;
  // A block that held a big response goes back to the system.
  if (front.bytes.capacity() == kBlockSize) spare_ = std::move(front.bytes);
  blocks_.pop_front();
}

}  // namespace ringcast::channel
