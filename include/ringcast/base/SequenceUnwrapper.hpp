#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace ringcast {

// Extends a counter that wraps on the wire to an int64: each value maps to the number nearest to the previous
// one (RFC 1982 serial number arithmetic). The first value maps to itself.
template <typename Wire>
class SequenceUnwrapper {
  static_assert(std::is_unsigned_v<Wire>);

 public:
  [[nodiscard]] std::int64_t Unwrap(Wire value) {
    const std::int64_t unwrapped = Peek(value);
    last_ = unwrapped;
    return unwrapped;
  }

  // Returns the result of Unwrap without moving the reference.
  [[nodiscard]] std::int64_t Peek(Wire value) const {
    if (!last_) return static_cast<std::int64_t>(value);
    const auto step =
        static_cast<std::make_signed_t<Wire>>(static_cast<Wire>(value - static_cast<Wire>(*last_)));
    return *last_ + step;
  }

  void Reset() { last_.reset(); }

 private:
  std::optional<std::int64_t> last_;
};

}  // namespace ringcast
