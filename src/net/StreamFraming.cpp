#include "ringcast/net/StreamFraming.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringcast::net {

// Returns true once the prefix is complete; false if more bytes are needed, or if the stream has failed.
bool StreamFrameReader::ReadPrefix() {
  while (prefixSize_ < kStreamPrefix) {
    if (input_.empty()) return false;
    prefix_[prefixSize_++] = input_.front();
    input_ = input_.subspan(1);
    if (prefixSize_ < kStreamPrefix) continue;
    length_ = LoadU16(prefix_.data());
    collected_ = 0;
    if (length_ == 0) {
      prefixSize_ = 0;
      continue;
    }
    if (length_ > PacketBuffer::kCapacity) {
      failed_ = true;
      input_ = {};
      return false;
    }
    packet_ = pool_.Acquire();
    if (!packet_) ++poolDry_;
  }
  return !failed_;
}

PacketRef StreamFrameReader::Next() {
  while (ReadPrefix()) {
    const std::size_t taken = std::min(length_ - collected_, input_.size());
    if (packet_ && taken > 0) std::memcpy(packet_.Room().data() + collected_, input_.data(), taken);
    input_ = input_.subspan(taken);
    collected_ += taken;
    if (collected_ < length_) return {};
    prefixSize_ = 0;
    if (!packet_) continue;
    packet_.SetSize(length_);
    return std::exchange(packet_, {});
  }
  return {};
}

}  // namespace ringcast::net
