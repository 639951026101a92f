#include "rtcp/TransportFeedbackBuilder.hpp"

#include <algorithm>
#include <limits>

namespace ringcast::rtcp {

namespace {

constexpr std::int64_t kTicksOfReference = TransportFeedback::kReferenceUnit / FeedbackTicks(1);

std::int64_t TicksOf(Instant arrival) {
  return std::chrono::floor<FeedbackTicks>(arrival.time_since_epoch()).count();
}

std::uint16_t RunChunk(std::uint8_t symbol, std::size_t length) {
  return static_cast<std::uint16_t>((std::size_t{symbol} << 13) | length);
}

// Returns a one-bit vector chunk. Bits without a symbol are zero.
std::uint16_t OneBitChunk(std::span<const std::uint8_t> symbols) {
  unsigned bits = 0x8000;
  for (std::size_t i = 0; i < symbols.size(); ++i) bits |= unsigned{symbols[i]} << (kOneBitSymbols - 1 - i);
  return static_cast<std::uint16_t>(bits);
}

std::uint16_t TwoBitChunk(std::span<const std::uint8_t> symbols) {
  unsigned bits = 0xc000;
  for (std::size_t i = 0; i < symbols.size(); ++i)
    bits |= unsigned{symbols[i]} << (2 * (kTwoBitSymbols - 1 - i));
  return static_cast<std::uint16_t>(bits);
}

struct Chosen {
  std::uint16_t chunk = 0;
  std::size_t statuses = 0;
};

// Returns the chunk that covers most of the next symbols:
// 1. a run, if it is at least as long as a one-bit vector, or covers all symbols;
// 2. a one-bit vector, if there is no large delta among its symbols;
// 3. a run, if it is at least as long as a two-bit vector;
// 4. a two-bit vector.
// So each chunk except the last one of a message covers at least 7 statuses.
Chosen ChooseChunk(std::span<const std::uint8_t> symbols) {
  const auto first = symbols.front();
  const auto reach = symbols.first(std::min(symbols.size(), kMaxRun));
  const auto run = static_cast<std::size_t>(
      std::find_if(reach.begin(), reach.end(), [first](std::uint8_t symbol) { return symbol != first; }) -
      reach.begin());
  if (run >= kOneBitSymbols || run == symbols.size()) return {RunChunk(first, run), run};
  const auto next = symbols.first(std::min(symbols.size(), kOneBitSymbols));
  if (std::find(next.begin(), next.end(), kLargeDelta) == next.end()) return {OneBitChunk(next), next.size()};
  if (run >= kTwoBitSymbols) return {RunChunk(first, run), run};
  const auto nearest = symbols.first(std::min(symbols.size(), kTwoBitSymbols));
  return {TwoBitChunk(nearest), nearest.size()};
}

}  // namespace

TransportFeedbackBuilder::TransportFeedbackBuilder(std::int64_t base, std::span<const PacketArrival> arrivals,
                                                   std::size_t room)
    : base_(base) {
  Collect(arrivals);
  Choose(room);
}

void TransportFeedbackBuilder::Collect(std::span<const PacketArrival> arrivals) {
  if (arrivals.empty()) return;
  std::int64_t last = TicksOf(arrivals.front().arrival);
  // Rounded down, so that the first delta is small.
  referenceTime_ = (last - (last & (kTicksOfReference - 1))) / kTicksOfReference;
  last = referenceTime_ * kTicksOfReference;
  std::size_t count = 0;
  for (const auto& packet : arrivals.first(std::min(arrivals.size(), kMaxArrivals))) {
    const auto place = static_cast<std::uint64_t>(packet.sequenceNumber - base_);
    RC_ASSERT(place >= collected_);
    if (place >= kMaxFeedbackStatuses) return;
    const std::int64_t ticks = TicksOf(packet.arrival);
    const std::int64_t delta = ticks - last;
    if (delta < std::numeric_limits<std::int16_t>::min() || delta > std::numeric_limits<std::int16_t>::max())
      return;
    last = ticks;
    const bool small = delta >= 0 && delta <= std::numeric_limits<std::uint8_t>::max();
    std::fill(symbols_.begin() + static_cast<std::ptrdiff_t>(collected_),
              symbols_.begin() + static_cast<std::ptrdiff_t>(place), kNotReceived);
    symbols_[place] = small ? kSmallDelta : kLargeDelta;
    ticks_[count++] = static_cast<std::int16_t>(delta);
    collected_ = place + 1;
  }
}

void TransportFeedbackBuilder::Choose(std::size_t room) {
  const std::span<const std::uint8_t> symbols(symbols_.data(), collected_);
  std::size_t left = room < kFeedbackFixedSize ? 0 : room / 4 * 4 - kFeedbackFixedSize;
  while (statuses_ < collected_ && left >= sizeof(std::uint16_t)) {
    const auto rest = symbols.subspan(statuses_);
    auto chosen = ChooseChunk(rest);
    left -= sizeof(std::uint16_t);
    std::size_t deltas = 0;
    std::size_t received = 0;
    std::size_t fit = 0;
    for (; fit < chosen.statuses && deltas + DeltaSize(rest[fit]) <= left; ++fit) {
      deltas += DeltaSize(rest[fit]);
      received += rest[fit] == kNotReceived ? 0 : 1;
    }
    if (fit == 0) return;
    const bool full = fit < chosen.statuses;
    // The symbols that fit are fewer than a vector holds, or all equal, so one chunk covers them.
    if (full) chosen = ChooseChunk(rest.first(fit));
    RC_ASSERT(chosen.statuses == fit);
    chunks_[chunkCount_++] = chosen.chunk;
    statuses_ += fit;
    deltaBytes_ += deltas;
    arrivals_ += received;
    left -= deltas;
    if (full) return;
  }
}

std::size_t TransportFeedbackBuilder::Size() const {
  const std::size_t size = kFeedbackFixedSize + chunkCount_ * sizeof(std::uint16_t) + deltaBytes_;
  return (size + 3) / 4 * 4;
}

void TransportFeedbackBuilder::Write(ByteWriter& out, std::uint8_t feedbackCount) const {
  out.U16(static_cast<std::uint16_t>(base_));
  out.U16(static_cast<std::uint16_t>(statuses_));
  out.U24(static_cast<std::uint32_t>(referenceTime_) & 0xffffff);
  out.U8(feedbackCount);
  for (std::size_t i = 0; i < chunkCount_; ++i) out.U16(chunks_[i]);
  std::size_t next = 0;
  for (std::size_t i = 0; i < statuses_; ++i) {
    if (symbols_[i] == kNotReceived) continue;
    const auto ticks = ticks_[next++];
    if (symbols_[i] == kSmallDelta) out.U8(static_cast<std::uint8_t>(ticks));
    if (symbols_[i] == kLargeDelta) out.U16(static_cast<std::uint16_t>(ticks));
  }
  RC_ASSERT(next == arrivals_);
  // The draft shows zero padding to the next 32-bit boundary at the end of the list, without the padding bit
  // in the header.
  out.Zeros(Size() - (kFeedbackFixedSize + chunkCount_ * sizeof(std::uint16_t) + deltaBytes_));
}

}  // namespace ringcast::rtcp
