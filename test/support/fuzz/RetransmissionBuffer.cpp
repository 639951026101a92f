#include "ringcast/rtp/RetransmissionBuffer.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/PacketCache.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::Packet;
using rtp::RetransmissionBuffer;

constexpr std::size_t kLimit = 300;  // of the cache: lower than the number of the buffer's entries

// A retransmission buffer and a packet cache, and all packets that were added to them.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 8;
      switch (command % 8) {
        case 0:
          for (int i = 0; i <= argument; ++i) Add(newest_ + 1);
          break;
        case 1:
          for (int i = 0; i <= argument; ++i) Add(newest_ + 1 + argument);
          break;
        case 2:
          Add(newest_ + commands_.U16());
          break;
        case 3:
          Add(newest_ - commands_.U8() * (1 + argument));
          break;
        case 4:
          now_ += Microseconds(commands_.U16() * (1 + argument));
          break;
        case 5:
          Answer(static_cast<std::uint16_t>(newest_ - commands_.U8() * argument));
          break;
        case 6:
          Answer(commands_.U16());
          break;
        case 7:
          roundTrip_ = Microseconds(std::int64_t{commands_.U8()} << argument);
          if (argument == 31) cache_.DropOld(now_);
          break;
      }
      RC_ASSERT(cache_.Size() <= kLimit && pool_.InUse() == cache_.Size());
      RC_ASSERT(buffer_.Capacity() <= RetransmissionBuffer::kMaxCapacity);
    }
  }

 private:
  struct Sent {
    std::uint64_t serial = 0;
    std::uint32_t timestamp = 0;
    std::vector<Instant> resent;
  };

  void Add(std::int64_t number) {
    if (number < 0) return;
    std::uint8_t bytes[rtp::kFixedHeaderSize] = {0x80};
    StoreU32(&bytes[4], ++count_);
    const auto packet = Packet::Parse(pool_.Copy(bytes, now_));
    RC_ASSERT(packet);
    const std::uint64_t serial = cache_.Add(*packet, now_).SerialNumber();
    RC_ASSERT(serial == count_);

    const auto capacity = static_cast<std::int64_t>(buffer_.Capacity());
    auto* entry = buffer_.Add(number, serial, now_);
    if (entry != nullptr) entry->SetHeader(PayloadType(96), count_, false, false);
    const bool tooLate = capacity != 0 && number <= newest_ - capacity;
    RC_ASSERT((entry == nullptr) == tooLate && buffer_.Find(number) == entry);
    // A growing buffer has already lost the packets that exceeded its former capacity.
    if (static_cast<std::int64_t>(buffer_.Capacity()) > capacity)
      oldestKept_ = std::max(oldestKept_, number - capacity);
    newest_ = capacity == 0 ? number : std::max(newest_, number);
    if (!tooLate) sent_[number] = {.serial = serial, .timestamp = count_};
  }

  void Answer(std::uint16_t wire) {
    auto* entry = buffer_.FindOnWire(wire);
    const std::int64_t number =
        newest_ + static_cast<std::int16_t>(wire - static_cast<std::uint16_t>(newest_));
    const auto known = sent_.find(number);
    if (entry == nullptr) {
      const bool recent = number > newest_ - static_cast<std::int64_t>(buffer_.Capacity());
      RC_ASSERT(known == sent_.end() || !recent || number < oldestKept_);
      return;
    }
    RC_ASSERT(known != sent_.end());
    Sent& sent = known->second;
    RC_ASSERT(entry == buffer_.Find(number) && entry->SequenceNumber() == wire);
    RC_ASSERT(entry->CacheSerial() == sent.serial && entry->Timestamp() == sent.timestamp);
    if (const auto packet = cache_.Find(sent.serial))
      RC_ASSERT(packet->Timestamp() == static_cast<std::uint32_t>(sent.serial));
    if (!RetransmissionBuffer::MayResend(*entry, now_, roundTrip_)) {
      RC_ASSERT(!sent.resent.empty());
      return;
    }
    // Times are stored in steps of 250 us.
    constexpr Duration kStep = Microseconds(250);
    const Duration least =
        std::clamp(roundTrip_, RetransmissionBuffer::kMinResendInterval, Duration(Seconds(2)));
    auto& times = sent.resent;
    RC_ASSERT(times.empty() || now_ - times.back() > least - kStep);
    RC_ASSERT(times.size() < RetransmissionBuffer::kMaxBurst ||
              now_ - times[times.size() - RetransmissionBuffer::kMaxBurst] >
                  RetransmissionBuffer::kBurstPause - kStep);
    times.push_back(now_);
    RC_ASSERT(times.size() <= RetransmissionBuffer::kMaxResends);
    RetransmissionBuffer::NoteResent(*entry, now_);
  }

  ByteReader commands_;
  net::PacketPool pool_{kLimit + 1};
  rtp::PacketCache cache_{kLimit};
  RetransmissionBuffer buffer_;
  Instant now_{Seconds(1)};
  Duration roundTrip_{};
  std::int64_t newest_ = 65000;
  std::int64_t oldestKept_ = 0;  // packets above it and within the capacity must be found
  std::uint32_t count_ = 0;
  std::map<std::int64_t, Sent> sent_;
};

}  // namespace

// Commands: packets in order, behind gaps and late; requests; elapsed time.
void FuzzRetransmissionBuffer(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxCommands = 1024;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
