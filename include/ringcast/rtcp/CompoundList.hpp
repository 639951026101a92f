#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Compound packets that are sent together. Clear() keeps the memory for reuse.
class CompoundList {
 public:
  void Clear() { sizes_.clear(); }
  // Returns a writer for the next compound, of kMaxCompound bytes at most. It is valid until the next call.
  [[nodiscard]] CompoundWriter Begin() {
    const auto start = sizes_.size() * kMaxCompound;
    if (bytes_.size() < start + kMaxCompound) bytes_.resize(start + kMaxCompound);
    return CompoundWriter(MutableBytes(bytes_).subspan(start, kMaxCompound));
  }
  // Adds the compound that the last Begin() returned, unless it is empty.
  void Add(const CompoundWriter& compound) {
    if (!compound.Empty()) sizes_.push_back(compound.Size());
  }

  [[nodiscard]] std::size_t Size() const { return sizes_.size(); }
  [[nodiscard]] ByteView At(std::size_t index) const {
    return ByteView(bytes_).subspan(index * kMaxCompound, sizes_[index]);
  }

 private:
  std::vector<std::uint8_t> bytes_;  // compound n starts at n * kMaxCompound
  std::vector<std::size_t> sizes_;
};

}  // namespace ringcast::rtcp
