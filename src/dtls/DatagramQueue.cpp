#include "dtls/DatagramQueue.hpp"

#include <limits>

namespace ringcast::dtls {

bool DatagramQueue::Push(ByteView datagram, std::size_t limit) {
  RC_ASSERT(datagram.size() <= std::numeric_limits<std::uint16_t>::max());
  if (Waiting() == 0) Clear();
  if (Waiting() >= limit) return false;
  bytes_.insert(bytes_.end(), datagram.begin(), datagram.end());
  sizes_.push_back(static_cast<std::uint16_t>(datagram.size()));
  return true;
}

bool DatagramQueue::Append(ByteView records, std::size_t size, std::size_t limit) {
  if (Waiting() == 0 || sizes_.back() + records.size() > size) return Push(records, limit);
  bytes_.insert(bytes_.end(), records.begin(), records.end());
  sizes_.back() = static_cast<std::uint16_t>(sizes_.back() + records.size());
  return true;
}

std::optional<ByteView> DatagramQueue::Pop() {
  if (Waiting() == 0) return std::nullopt;
  const ByteView datagram = ByteView(bytes_).subspan(begin_, sizes_[popped_]);
  begin_ += datagram.size();
  ++popped_;
  return datagram;
}

void DatagramQueue::Clear() {
  bytes_.clear();
  sizes_.clear();
  popped_ = 0;
  begin_ = 0;
}

}  // namespace ringcast::dtls
