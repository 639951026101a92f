#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringcast {

// One counter for each value of an enum whose last value is kCount.
template <typename Enum>
class Counters {
 public:
  static constexpr std::size_t kSize = static_cast<std::size_t>(Enum::kCount);

  void Count(Enum what, std::uint64_t by = 1) { values_[static_cast<std::size_t>(what)] += by; }
  void Add(const Counters& other) {
    for (std::size_t i = 0; i < kSize; ++i) values_[i] += other.values_[i];
  }
  [[nodiscard]] std::uint64_t operator[](Enum what) const { return values_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] std::uint64_t Total() const {
    std::uint64_t total = 0;
    for (const auto value : values_) total += value;
    return total;
  }

 private:
  std::array<std::uint64_t, kSize> values_{};
};

// A named counter, as dumps contain it.
struct NamedCount {
  std::string name;
  std::uint64_t value = 0;
};

// Returns the counters that are not zero, named by the overload `Name(Enum)` that ADL finds.
template <typename Enum>
[[nodiscard]] std::vector<NamedCount> NonZero(const Counters<Enum>& counters) {
  std::vector<NamedCount> out;
  for (std::size_t i = 0; i < Counters<Enum>::kSize; ++i) {
    const auto what = static_cast<Enum>(i);
    if (counters[what] != 0) out.push_back({std::string(Name(what)), counters[what]});
  }
  return out;
}

}  // namespace ringcast
