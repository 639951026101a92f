#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::test {

// Returns true if the memory of a destroyed copy of `object` still contains the secret.
template <typename T>
[[nodiscard]] bool LeavesTrace(const T& object, ByteView secret) {
  alignas(T) std::array<unsigned char, sizeof(T)> memory{};
  auto* const copy = std::construct_at(static_cast<T*>(static_cast<void*>(memory.data())), object);
  const auto found = [&] {
    return std::search(memory.begin(), memory.end(), secret.begin(), secret.end()) != memory.end();
  };
  // The check needs a secret that is stored within the object itself.
  RC_ASSERT(found());
  std::destroy_at(copy);
  return found();
}

}  // namespace ringcast::test
