#include "ringcast/rtcp/NackList.hpp"

#include <bit>

namespace ringcast::rtcp {

PackedNack PackNack(std::span<const std::int64_t> numbers, std::span<CompoundWriter::NackItem> out) {
  constexpr std::int64_t kBits = 16;
  PackedNack packed;
  while (packed.items < out.size() && packed.numbers < numbers.size()) {
    const std::int64_t first = numbers[packed.numbers++];
    unsigned mask = 0;
    while (packed.numbers < numbers.size() && numbers[packed.numbers] - first <= kBits)
      mask |= 1U << (numbers[packed.numbers++] - first - 1);
    out[packed.items++] = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(mask)};
  }
  return packed;
}

std::optional<std::uint16_t> NackNumbers::Next() {
  if (left_ == 0) {
    if (begun_) ++item_;
    begun_ = true;
    if (item_ >= nack_.Size()) {
      begun_ = false;
      return std::nullopt;
    }
    left_ = 1U | (std::uint32_t{nack_.Bitmask(item_)} << 1);
  }
  const int ahead = std::countr_zero(left_);
  left_ &= left_ - 1;
  return static_cast<std::uint16_t>(nack_.PacketId(item_) + ahead);
}

}  // namespace ringcast::rtcp
