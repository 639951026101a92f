#include "ringcast/srtp/UsedIndices.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::srtp {

namespace {

// `count`: 0 to 64.
std::uint64_t BitsBelow(std::int64_t count) {
  return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace

bool UsedIndices::UseOutOfOrder(Stream& stream, std::uint32_t ssrc, std::int64_t index) {
  RC_ASSERT(index >= 0);
  if (stream.next == 0) return Begin(stream, ssrc, index);
  if (index < stream.next) return UseSkipped(stream, index);
  Advance(stream, index);
  return true;
}

// Every index below the first one counts as used: no packet from before the start of a stream is ever sent.
bool UsedIndices::Begin(Stream& stream, std::uint32_t ssrc, std::int64_t index) {
  if (count_ == kMaxStreams) return false;
  stream = {.ssrc = ssrc, .next = index + 1};
  if (++count_ * 2 > streams_.size()) Grow();
  return true;
}

bool UsedIndices::InWindow(const Stream& stream, std::int64_t index) {
  return (stream.next - 1) / kWordBits - index / kWordBits < kWords;
}

bool UsedIndices::UseSkipped(const Stream& stream, std::int64_t index) {
  if (stream.window == 0 || !InWindow(stream, index)) return false;
  Window& window = windows_[stream.window - 1];
  if (!window.Skipped(index)) return false;
  window.Word(index) &= ~Window::Bit(index);
  return true;
}

void UsedIndices::Advance(Stream& stream, std::int64_t index) {
  if (index != stream.next || stream.window != 0) {
    Window& window = WindowOf(stream);
    const std::int64_t lastWord = index / kWordBits;
    // If the gap is larger than the window, only its end fits.
    for (auto word = std::max(stream.next / kWordBits, lastWord - kWords + 1); word <= lastWord; ++word) {
      const std::int64_t first = word * kWordBits;
      const auto skipped = BitsBelow(std::min(index - first, kWordBits));
      auto& bits = window.Word(first);
      if (first >= stream.next) {
        bits = skipped;
      } else {
        bits |= skipped & ~BitsBelow(stream.next - first);
      }
    }
  }
  stream.next = index + 1;
}

UsedIndices::Window& UsedIndices::WindowOf(Stream& stream) {
  if (stream.window != 0) return windows_[stream.window - 1];
  if (windows_.size() < kMaxWindows) {
    windows_.emplace_back();
    stream.window = static_cast<std::uint32_t>(windows_.size());
  } else {
    streams_[PlaceOf(windows_[oldestWindow_].ssrc)].window = 0;
    stream.window = static_cast<std::uint32_t>(oldestWindow_ + 1);
    oldestWindow_ = (oldestWindow_ + 1) % kMaxWindows;
  }
  Window& window = windows_[stream.window - 1];
  window = {.ssrc = stream.ssrc};
  return window;
}

void UsedIndices::Grow() {
  const auto old = std::exchange(streams_, std::vector<Stream>(streams_.size() * 2));
  --shift_;
  for (const auto& stream : old) {
    if (stream.next != 0) streams_[PlaceOf(stream.ssrc)] = stream;
  }
}

bool UsedIndices::WasUsed(std::uint32_t ssrc, std::int64_t index) const {
  const Stream& stream = streams_[PlaceOf(ssrc)];
  if (index < 0 || index >= stream.next || !InWindow(stream, index)) return false;
  return stream.window == 0 || !windows_[stream.window - 1].Skipped(index);
}

std::optional<std::int64_t> UsedIndices::Next(std::uint32_t ssrc) const {
  const auto next = streams_[PlaceOf(ssrc)].next;
  return next == 0 ? std::nullopt : std::optional(next);
}

}  // namespace ringcast::srtp
