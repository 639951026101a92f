#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "FuzzTargets.hpp"
#include "support/SourceRoot.hpp"
#include "support/fuzz/Targets.hpp"

namespace {

struct Target {
  const char* name;
  void (*body)(std::span<const std::uint8_t>);
};

#define RINGCAST_TARGET(NAME) Target{#NAME, ringcast::fuzz::Fuzz##NAME},
constexpr Target kTargets[] = {RINGCAST_FUZZ_TARGETS(RINGCAST_TARGET)};
#undef RINGCAST_TARGET

// Longer seeds are not cut: the time it takes grows with the square.
constexpr std::size_t kMaxCutSeed = 2048;

std::vector<std::filesystem::path> Seeds(const std::string& target) {
  const std::filesystem::path folder = ringcast::test::SourceRoot() / "fuzzer/corpus" / target;
  std::vector<std::filesystem::path> seeds;
  if (!std::filesystem::is_directory(folder)) return seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) seeds.push_back(entry.path());
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

std::vector<std::uint8_t> Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

// A body checks its input with assertions, so a fault ends the process; Catch2 then names the seed.

TEST_CASE("every seed of a fuzz target passes") {
  for (const Target& target : kTargets) {
    DYNAMIC_SECTION(target.name) {
      const auto seeds = Seeds(target.name);
      REQUIRE_FALSE(seeds.empty());
      for (const auto& seed : seeds) {
        INFO(seed.string());
        const auto bytes = Read(seed);
        target.body(bytes);
        SUCCEED();
      }
    }
  }
}

TEST_CASE("every seed of a fuzz target passes when it is cut short anywhere") {
  for (const Target& target : kTargets) {
    DYNAMIC_SECTION(target.name) {
      for (const auto& seed : Seeds(target.name)) {
        const auto bytes = Read(seed);
        if (bytes.size() > kMaxCutSeed) continue;
        for (std::size_t length = 0; length < bytes.size(); ++length) {
          INFO(seed.string() << " cut to " << length);
          // A copy of its own, so that the sanitizer sees a read behind the cut.
          const std::vector<std::uint8_t> cut(bytes.begin(),
                                              bytes.begin() + static_cast<std::ptrdiff_t>(length));
          target.body(cut);
        }
        SUCCEED();
      }
    }
  }
}
