#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace ringcast {

// An integer type that does not convert to other integer types: an ssrc is not a sequence number. It has no
// arithmetic; Value() returns the representation for the wire.
template <typename Tag, typename Representation>
class StrongInteger {
 public:
  using ValueType = Representation;

  constexpr StrongInteger() = default;
  constexpr explicit StrongInteger(Representation value) : value_(value) {}

  [[nodiscard]] constexpr Representation Value() const { return value_; }

  friend constexpr auto operator<=>(const StrongInteger&, const StrongInteger&) = default;

 private:
  Representation value_{};
};

}  // namespace ringcast

template <typename Tag, typename Representation>
struct std::hash<ringcast::StrongInteger<Tag, Representation>> {
  std::size_t operator()(const ringcast::StrongInteger<Tag, Representation>& id) const noexcept {
    return std::hash<Representation>{}(id.Value());
  }
};
