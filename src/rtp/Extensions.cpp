#include "ringcast/rtp/Extensions.hpp"

#include <algorithm>

namespace ringcast::rtp {

void ExtensionIds::Set(Extension extension, std::uint8_t id) {
  auto& own = ids_[static_cast<std::size_t>(extension)];
  if (own != 0) extensions_[own] = 0;
  own = id;
  if (id != 0) {
    // An id refers to one extension only: remove it from another one.
    if (const auto other = Find(id)) ids_[static_cast<std::size_t>(*other)] = 0;
    extensions_[id] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(extension) + 1);
  }
  empty_ = std::all_of(ids_.begin(), ids_.end(), [](std::uint8_t one) { return one == 0; });
}

}  // namespace ringcast::rtp
