#include "ringcast/channel/FrameReader.hpp"

#include <algorithm>
#include <cstring>

namespace ringcast::channel {

namespace {

constexpr std::size_t WordsFor(std::size_t bytes) {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}

}  // namespace

void FrameReader::StartFrame() {
  collected_ = 0;
  complete_ = false;
  // A large message must not hold its memory forever.
  if (Capacity() > kKeptCapacity) std::vector<std::uint64_t>().swap(words_);
}

bool FrameReader::Collect(std::size_t size) {
  const std::size_t taken = std::min(size - collected_, input_.size());
  if (taken == 0) return collected_ == size;
  // Grows with the bytes received, not with the announced length. The vector doubles its capacity, so copying
  // takes linear time.
  words_.resize(std::max(words_.size(), WordsFor(collected_ + taken)));
  std::memcpy(reinterpret_cast<std::uint8_t*>(words_.data()) + collected_, input_.data(), taken);
  input_ = input_.subspan(taken);
  collected_ += taken;
  return collected_ == size;
}

std::optional<ByteView> FrameReader::Next() {
  if (Failed()) return std::nullopt;
  if (complete_) StartFrame();

  if (collected_ < kPrefixSize && !Collect(kPrefixSize)) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, words_.data(), kPrefixSize);
  if (length > kMaxFrameSize - kPrefixSize) {
    failure_ = "a message announces " + std::to_string(length) + " bytes, more than the " +
               std::to_string(kMaxFrameSize - kPrefixSize) +
               " that one may have: the stream cannot be trusted any more";
    input_ = {};
    return std::nullopt;
  }
  const std::size_t size = kPrefixSize + length;
  if (!Collect(size)) return std::nullopt;
  complete_ = true;
  return ByteView(reinterpret_cast<const std::uint8_t*>(words_.data()), size);
}

}  // namespace ringcast::channel
