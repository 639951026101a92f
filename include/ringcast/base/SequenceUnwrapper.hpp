#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace ringcast {

// Turns a counter that wraps on the wire into an int64 that does not: each value is taken as the one nearest
// to the last (RFC 1982 arithmetic). The first value stands for itself.
template <typename Wire>
class SequenceUnwrapper {
  static_assert(std::is_unsigned_v<Wire>);

 public:
  [[nodiscard]] std::int64_t Unwrap(Wire value) {
    const std::int64_t unwrapped = Peek(value);
    last_ = unwrapped;
    return unwrapped;
  }

  // What Unwrap would say, without moving the reference.
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
