#include "ringcast/net/StreamFraming.hpp"

#include <algorithm>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxPieces = 32;

struct Outcome {
  std::vector<Bytes> packets;
  bool failed = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Reads the stream in pieces of these sizes, and the rest as one piece.
Outcome Read(net::PacketPool& pool, ByteView stream, ByteView pieces) {
  net::StreamFrameReader reader(pool);
  Outcome outcome;
  const auto feed = [&](ByteView piece) {
    const Bytes alone(piece.begin(), piece.end());
    reader.Feed(alone);
    while (const auto packet = reader.Next()) {
      RC_ASSERT(packet.Size() > 0);
      outcome.packets.emplace_back(packet.Bytes().begin(), packet.Bytes().end());
    }
  };
  for (const auto size : pieces) {
    const auto taken = std::min<std::size_t>(size, stream.size());
    feed(stream.first(taken));
    stream = stream.subspan(taken);
  }
  feed(stream);
  outcome.failed = reader.Failed();
  RC_ASSERT(reader.PoolDry() == 0);
  return outcome;
}

}  // namespace

// The number of pieces, their sizes, and the stream: the result is the same at any split.
void FuzzStreamFraming(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::size_t count = std::min<std::size_t>(input[0] % kMaxPieces, input.size() - 1);
  const auto pieces = input.subspan(1, count);
  const auto stream = input.subspan(1 + count);
  net::PacketPool pool(2);
  const auto whole = Read(pool, stream, {});
  RC_ASSERT(Read(pool, stream, pieces) == whole);
  RC_ASSERT(Read(pool, stream, Bytes(std::min<std::size_t>(stream.size(), 4096), 1)) == whole);
  std::size_t bytes = 0;
  for (const auto& packet : whole.packets) bytes += packet.size() + net::kStreamPrefix;
  RC_ASSERT(bytes <= stream.size());
  RC_ASSERT(pool.InUse() == 0);
}

}  // namespace ringcast::fuzz
