#include "ringcast/net/StreamFrameQueue.hpp"

#include <algorithm>

namespace ringcast::net {

static_assert(kMaxRunBytes <= 0xFFFF, "the longest packet has a length that the prefix can carry");

void StreamFrameQueue::Append(ByteView run, Segments segments) {
  RC_ASSERT(Fits(segments) && segments.total <= run.size() && segments.size <= kMaxRunBytes);
  // Remove the written bytes once they exceed half of the buffer: each byte is moved once on average.
  if (written_ > bytes_.size() / 2) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(written_));
    written_ = 0;
  }
  std::size_t end = bytes_.size();
  bytes_.resize(end + FramedSize(segments));
  for (std::size_t at = 0; at < segments.total; at += segments.size) {
    const auto packet = run.subspan(at, std::min(segments.size, segments.total - at));
    StoreU16(bytes_.data() + end, static_cast<std::uint16_t>(packet.size()));
    std::copy(packet.begin(), packet.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(end + kStreamPrefix));
    end += kStreamPrefix + packet.size();
  }
}

void StreamFrameQueue::Consume(std::size_t count) {
  RC_ASSERT(count <= Size());
  written_ += count;
  if (!Empty()) return;
  written_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kKeptCapacity) std::vector<std::uint8_t>().swap(bytes_);
}

void StreamFrameQueue::ReleaseSpareMemory() {
  if (Empty()) *this = {};
}

}  // namespace ringcast::net
