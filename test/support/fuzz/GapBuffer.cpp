#include "ringcast/rtc/producer/GapBuffer.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/producer/PoolBudget.hpp"
#include "ringcast/rtp/NackTracker.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtc::ForwardingQueue;
using rtc::GapBudget;
using rtc::GapBuffer;
using rtc::GapShare;
using rtp::NackTracker;

constexpr std::size_t kTransports = 4;
constexpr std::size_t kStreams = 12;
constexpr std::size_t kMaxPackets = 6000;  // per input

// The streams of several transports, each with a tracker of missing packets and a gap buffer, used as
// rtc::ProducerStream uses them; and a model of the packets that each gap buffer holds.
class Driver {
 public:
  Driver(std::size_t limit, ByteReader commands) : budget_(limit), commands_(commands) {
    for (std::size_t i = 0; i < kTransports; ++i) shares_.push_back(GapShare{.budget = budget_});
    for (auto& stream : streams_) Open(stream, static_cast<std::size_t>(&stream - &streams_[0]));
  }

  void Run() {
    while (commands_.Remaining() > 0 && received_ < kMaxPackets) {
      const std::uint8_t command = commands_.U8();
      Do(command % 9, command / 9);
      Check();
    }
    LetTimePass(GapBuffer::kMaxAge + GapBuffer::kGrid, false);
    RC_ASSERT(budget_.Held() == 0);
    for (auto& stream : streams_) Close(stream);
    Check();
    RC_ASSERT(received_ == published_.size() + dropped_);
  }

 private:
  struct Entry {
    std::uint64_t serial = 0;
    std::int64_t number = 0;
    Instant arrival{};
    bool published = false;
  };
  struct Stream {
    std::size_t transport = 0;
    std::unique_ptr<GapBuffer> gap;
    std::vector<Entry> held;  // the model of `gap`
    NackTracker nacks;
    std::int64_t highest = 65530;
  };
  // Flags of a packet.
  static constexpr std::size_t kKeyFrame = 1, kStructureMissing = 2, kRecovered = 4, kRoundIsFull = 8;

  void Do(std::uint8_t action, std::size_t argument) {
    auto& stream = streams_[current_];
    switch (action) {
      case 0:
        current_ = argument % kStreams;
        return;
      case 1:  // the next 32 to 928 packets
        for (std::size_t i = 0; i < 32 * (argument + 1); ++i)
          Receive(stream, stream.highest + 1, i % 8 == 0 ? kStructureMissing : 0);
        return;
      case 2:  // the next packet, or a packet behind a gap
        return Receive(stream, stream.highest + 1 + commands_.U8(), argument);
      case 3:
        return Receive(stream, stream.highest + static_cast<std::int16_t>(commands_.U16()), argument);
      case 4:  // a late or duplicated packet
        return Receive(stream, stream.highest - commands_.U8(), argument);
      case 5:
        return LetTimePass(Milliseconds(argument / 2 * commands_.U8()), argument % 2 == 0);
      case 6:  // a restart of the source, or a pause of the producer
        stream.nacks.Reset();
        return Discard(stream);
      case 7:
        return argument < kTransports ? CloseTransport(argument) : Reopen(streams_[argument % kStreams]);
      default:  // few free buffers in the pool
        return Shed();
    }
  }

  // --- Operations of a producer's stream ---

  void Open(Stream& stream, std::size_t transport) {
    stream.transport = transport % kTransports;
    stream.gap = std::make_unique<GapBuffer>(shares_[stream.transport]);
  }

  void Receive(Stream& stream, std::int64_t number, std::size_t flags) {
    using Verdict = NackTracker::Verdict;
    if (received_ == kMaxPackets) return;
    if (stream.nacks.Missing() == 0) CloseGap(stream, true);
    const bool keyFrame = (flags & kKeyFrame) != 0;
    const auto verdict = stream.nacks.OnPacket(number, keyFrame, (flags & kRecovered) != 0, now_);
    if (verdict != Verdict::kNew && verdict != Verdict::kReordered && verdict != Verdict::kRepaired) return;
    stream.highest = std::max(stream.highest, number);
    const Entry entry{++received_, number, now_, (flags & kStructureMissing) == 0};
    const auto routed = PacketOf(entry);
    const bool waits = stream.nacks.Missing() > 0 && Hold(stream, entry, routed);
    if (waits) return;
    published_.insert(entry.serial);
    if (keyFrame) DeliverBehind(stream, number);
    if (stream.nacks.Missing() == 0) CloseGap(stream, (flags & kRoundIsFull) == 0);
  }

  // Returns true if the packet has to wait for the gap.
  bool Hold(Stream& stream, const Entry& entry, const rtc::RoutedPacket& routed) {
    const bool budgetIsFull = budget_.Held() == budget_.Limit();
    const bool hasRoom =
        stream.held.size() < GapBuffer::kLimit && shares_[stream.transport].held < budget_.TransportLimit();
    const bool waits = stream.gap->OnPacket(routed);
    RC_ASSERT(waits == (hasRoom && !entry.published));
    if (!hasRoom) return false;
    RC_ASSERT(stream.gap->Current() == GapBuffer::State::kHolding);
    if (budgetIsFull) NoteShed(&stream);
    stream.held.push_back(entry);
    return waits;
  }

  [[nodiscard]] rtc::RoutedPacket PacketOf(const Entry& entry) {
    // The timestamp identifies the packet.
    std::array<std::uint8_t, rtp::kFixedHeaderSize + 1> bytes{0x80, 100};
    StoreU32(&bytes[4], static_cast<std::uint32_t>(entry.serial));
    auto parsed = rtp::Packet::Parse(pool_.Copy(bytes, entry.arrival));
    RC_ASSERT(parsed);
    rtc::RoutedPacket routed;
    routed.packet = std::move(*parsed);
    routed.sequenceNumber = entry.number;
    routed.frame.structureMissing = !entry.published;
    return routed;
  }

  // Checks that the gap buffer has published exactly these packets, in this order. `keyFrame` is the key
  // frame behind which earlier published packets are repeated.
  void CheckPublished(std::span<const Entry> expected, std::optional<std::int64_t> keyFrame = {}) {
    const auto packets = queue_.BeginRound(kMaxPackets, 0, nullptr);
    RC_ASSERT(packets.size() == expected.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
      RC_ASSERT(packets[i].packet.Timestamp() == expected[i].serial);
      RC_ASSERT(packets[i].repeatedBehind == (expected[i].published ? keyFrame : std::nullopt));
      RC_ASSERT(published_.insert(expected[i].serial).second != expected[i].published);
    }
    queue_.EndRound();
  }

  // A key frame that is detected late is delivered again with the packets behind it.
  void DeliverBehind(Stream& stream, std::int64_t keyFrame) {
    std::vector<Entry> expected;
    for (auto& one : stream.held) {
      if (one.number <= keyFrame) continue;
      expected.push_back(one);
      one.published = true;
    }
    ForwardingQueue::Writer out(queue_, kMaxPackets);
    stream.gap->OnKeyFrame(keyFrame, frames_, out, now_);
    CheckPublished(expected, keyFrame);
  }

  void CloseGap(Stream& stream, bool hasRoom) {
    std::erase_if(stream.held, [](const Entry& one) { return one.published; });
    ForwardingQueue::Writer out(queue_, hasRoom ? 1 : 0);
    stream.gap->OnGapClosed(out, now_);
    if (hasRoom) {
      CheckPublished(std::exchange(stream.held, {}));
    } else {
      CheckPublished({});
      RC_ASSERT(stream.held.empty() || stream.gap->Current() == GapBuffer::State::kDraining);
    }
  }

  // Drops the held packets.
  void Discard(Stream& stream) {
    stream.gap->Clear();
    Forget(stream);
  }
  std::size_t Forget(Stream& stream) {
    const auto unpublished = static_cast<std::size_t>(std::count_if(
        stream.held.begin(), stream.held.end(), [](const Entry& one) { return !one.published; }));
    dropped_ += unpublished;
    stream.held.clear();
    return unpublished;
  }

  void Close(Stream& stream) {
    stream.gap.reset();
    Forget(stream);
  }
  void Reopen(Stream& stream) {
    Close(stream);
    stream.nacks.Reset();
    Open(stream, stream.transport + 1);
  }
  void CloseTransport(std::size_t transport) {
    for (auto& stream : streams_) {
      if (stream.transport == transport) Close(stream);
    }
    RC_ASSERT(shares_[transport].held == 0);
    for (auto& stream : streams_) {
      if (!stream.gap) Reopen(stream);
    }
  }

  // --- The budget ---

  void Shed() {
    const std::size_t before = budget_.Held();
    const std::size_t released = budget_.ShedLargest();
    RC_ASSERT(released == before - budget_.Held());
    RC_ASSERT((released == 0) == (before == 0));
    NoteShed(nullptr);
  }

  // Checks that each stream lost all of its held packets or none. `added` received a packet afterwards.
  void NoteShed(const Stream* added) {
    std::size_t most = 0;
    std::size_t largestKept = 0;
    std::size_t released = 0;
    std::size_t largestShed = 0;
    for (auto& stream : streams_) {
      const std::size_t before = stream.held.size();
      const std::size_t after = stream.gap->Size() - (&stream == added ? 1 : 0);
      most = std::max(most, before);
      RC_ASSERT(after == before || after == 0);
      if (before == 0) continue;
      if (after > 0) {
        largestKept = std::max(largestKept, before);
        continue;
      }
      released += before;
      largestShed = std::max(largestShed, before);
      unpublishedShed_ += Forget(stream);
    }
    shed_ += released;
    // The largest stream first, and no small one while a large one remains.
    RC_ASSERT(largestShed == most);
    RC_ASSERT(released >= kMinShed || largestKept * 2 <= most);
  }

  // --- Time ---

  // With `late`, the loop is busy and handles all timeouts at the end.
  void LetTimePass(Duration duration, bool late) {
    const Instant end = now_ + duration;
    if (late) now_ = end;
    while (const auto next = NextTimeout()) {
      if (*next > end) break;
      now_ = std::max(now_, *next);
      for (auto& stream : streams_) OnTimeout(stream);
    }
    now_ = end;
  }

  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    std::optional<Instant> next;
    for (const auto& stream : streams_) {
      for (const auto timeout : {stream.gap->NextTimeout(), stream.nacks.NextTimeout()}) {
        if (timeout && (!next || *timeout < *next)) next = timeout;
      }
    }
    return next;
  }

  void OnTimeout(Stream& stream) {
    const auto nackTimeout = stream.nacks.NextTimeout();
    if (nackTimeout && *nackTimeout <= now_) {
      static_cast<void>(stream.nacks.OnTimeout(now_));
      if (stream.nacks.Missing() == 0) CloseGap(stream, true);
    }
    const auto timeout = stream.gap->NextTimeout();
    const auto firstKept = std::find_if(stream.held.begin(), stream.held.end(), [this](const Entry& one) {
      return now_ - one.arrival < GapBuffer::kMaxAge;
    });
    // Otherwise the timer would fire forever without effect.
    if (timeout && *timeout <= now_) RC_ASSERT(firstKept != stream.held.begin());
    std::vector<Entry> expected;
    std::copy_if(stream.held.begin(), firstKept, std::back_inserter(expected),
                 [](const Entry& one) { return !one.published; });
    stream.held.erase(stream.held.begin(), firstKept);
    ForwardingQueue::Writer out(queue_, kMaxPackets);
    RC_ASSERT(stream.gap->OnTimeout(out, now_) == 0);
    CheckPublished(expected);
  }

  // --- Invariants ---

  void Check() {
    std::array<std::size_t, kTransports> ofTransports{};
    std::size_t total = 0;
    for (auto& stream : streams_) {
      if (stream.gap) CheckStream(stream);
      ofTransports[stream.transport] += stream.held.size();
      total += stream.held.size();
    }
    for (std::size_t i = 0; i < kTransports; ++i) {
      RC_ASSERT(shares_[i].held == ofTransports[i] && ofTransports[i] <= budget_.TransportLimit());
    }
    RC_ASSERT(budget_.Held() == total && total <= budget_.Limit());
    RC_ASSERT(pool_.InUse() == total);
    RC_ASSERT(budget_.ShedPackets() == shed_);
    RC_ASSERT(budget_.Drops()[net::DropReason::kGapShed] == unpublishedShed_);
  }

  void CheckStream(Stream& stream) {
    const auto size = stream.gap->Size();
    RC_ASSERT(size == stream.held.size() && size <= GapBuffer::kLimit);
    RC_ASSERT((stream.gap->Current() == GapBuffer::State::kEmpty) == (size == 0));
    if (size > 0) RC_ASSERT(now_ - stream.held.front().arrival < GapBuffer::kMaxAge + GapBuffer::kGrid);
  }

  // GapBudget releases at least this many packets with each search, if that many are held.
  static constexpr std::size_t kMinShed = 64;

  net::PacketPool pool_;
  GapBudget budget_;
  std::deque<GapShare> shares_;
  ForwardingQueue queue_{1};
  rtp::FrameInspector frames_{rtp::Codec::kOther};
  std::array<Stream, kStreams> streams_;
  ByteReader commands_;
  std::size_t current_ = 0;
  Instant now_{Seconds(100)};
  std::uint64_t received_ = 0;
  std::uint64_t dropped_ = 0;  // received packets that were dropped and never published
  std::set<std::uint64_t> published_;
  std::uint64_t shed_ = 0, unpublishedShed_ = 0;
};

}  // namespace

// A byte for the budget, small or of a worker's size; then commands: another stream, packets in order, behind
// gaps, late and duplicated; time; restarts, closes, and an exhausted pool.
void FuzzGapBuffer(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxInput = 512;
  if (input.empty() || input.size() > kMaxInput) return;
  const std::size_t limit = input[0] < 128 ? input[0] : rtc::PoolBudget{}.Gaps();
  Driver(limit, ByteReader(input.subspan(1))).Run();
}

}  // namespace ringcast::fuzz
