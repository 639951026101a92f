#include "ringcast/srtp/UsedIndices.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using srtp::UsedIndices;

// Several streams with one key, and all of their used indices.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 8;
      switch (command % 8) {
        case 0:
          for (int i = 0; i <= argument; ++i) Use(Now().newest + 1);
          break;
        case 1:
          Use(Now().newest + 1 + commands_.U8());
          break;
        case 2:
          Use(Now().newest + 1 + commands_.U16());
          break;
        case 3:
          Use(Now().newest - commands_.U8());
          break;
        case 4:
          Use(Now().newest - commands_.U16() % 4096);
          break;
        case 5:
          Repeat(Now().newest + 8 - commands_.U8());
          break;
        case 6:
          Repeat(Now().newest + 8 - commands_.U16() % 4096);
          break;
        case 7:
          current_ = argument % streams_.size();
          break;
      }
    }
  }

 private:
  struct Stream {
    std::optional<std::int64_t> first;
    std::int64_t newest = 0;
    std::set<std::int64_t> used;
  };

  Stream& Now() { return streams_[current_]; }
  // Two of the streams have adjacent places in the table.
  [[nodiscard]] std::uint32_t Ssrc() const {
    return static_cast<std::uint32_t>(current_ / 2 * 0x10000000 + current_);
  }
  bool InWindow(std::int64_t index) { return Now().newest - index < UsedIndices::kWindow; }

  void Use(std::int64_t index) {
    if (index < 0) return;
    auto& stream = Now();
    const bool isNew = !stream.first || index > stream.newest;
    const bool skipped = !isNew && index > *stream.first && !stream.used.contains(index);
    const bool taken = indices_.Use(Ssrc(), index);
    if (isNew || (skipped && InWindow(index))) RC_ASSERT(taken);
    if (!isNew && !skipped) RC_ASSERT(!taken);
    if (!taken) return;
    if (!stream.first) stream.first = index;
    stream.newest = isNew ? index : stream.newest;
    stream.used.insert(index);
    RC_ASSERT(indices_.Next(Ssrc()) == stream.newest + 1);
    RC_ASSERT(indices_.WasUsed(Ssrc(), index) || !InWindow(index));
  }

  void Repeat(std::int64_t index) {
    auto& stream = Now();
    const bool wasUsed = indices_.WasUsed(Ssrc(), index);
    if (!stream.first || index > stream.newest) {
      RC_ASSERT(!wasUsed);
    } else if (index >= *stream.first) {
      const bool used = stream.used.contains(index);
      RC_ASSERT(used ? wasUsed || !InWindow(index) : !wasUsed);
    }
  }

  ByteReader commands_;
  UsedIndices indices_;
  std::array<Stream, 32> streams_;
  std::size_t current_ = 0;
};

}  // namespace

// Commands: packets in order, behind gaps and late; repeats; another stream.
void FuzzUsedIndices(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxCommands = 256;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
