#include "ringcast/ice/ReturnRoutability.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace ice;

constexpr std::size_t kTuples = 6;
constexpr WallClock kClock{Seconds(1'700'000'000)};

// A model of the rules: which addresses have proved that they receive, and how many bytes went to addresses
// without proof.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {
    for (std::size_t i = 0; i < kTuples; ++i) {
      const auto remote = net::Address::Parse("192.0.2.1", static_cast<std::uint16_t>(4000 + i));
      tuples_.push_back(
          {net::SocketId(3), *remote, i == 0 ? net::TransportProtocol::kTcp : net::TransportProtocol::kUdp});
    }
  }

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      Do(command % 9, command / 9 % kTuples);
      CheckInvariants();
    }
  }

 private:
  void Do(std::uint8_t action, std::size_t index) {
    const auto& tuple = tuples_[index];
    switch (action) {
      case 0:
        routability_.Add(tuple);
        if (known_.insert(index).second && tuple.protocol == net::TransportProtocol::kTcp)
          proved_.insert(index);
        return;
      case 1:
        routability_.Remove(tuple);
        known_.erase(index);
        proved_.erase(index);
        if (selected_ == index) selected_.reset();
        return;
      case 2:
        if (!known_.contains(index)) return;
        routability_.OnSelected(tuple, now_);
        selected_ = index;
        return;
      case 3:
        if (const std::size_t bytes = commands_.U16(); known_.contains(index)) {
          routability_.OnReceived(tuple, bytes);
          received_ += bytes;
        }
        return;
      case 4:
        return Take(index);
      case 5:
        now_ += Milliseconds(commands_.U16());
        return;
      case 6:
        routability_.OnDtlsSent(tuple);
        dtlsTo_.insert(index);
        return;
      case 7:
        if (dtlsTo_.size() == 1 && known_.contains(*dtlsTo_.begin())) proved_.insert(*dtlsTo_.begin());
        routability_.OnDtlsConnected();
        return;
      default:
        return Report(index);
    }
  }

  void Take(std::size_t index) {
    const std::uint16_t bytes = commands_.U16();
    const auto use = (bytes & 1) != 0 ? ReturnRoutability::Use::kMedia : ReturnRoutability::Use::kControl;
    const bool taken = routability_.Take(tuples_[index], bytes, use, now_);
    if (!known_.contains(index)) RC_ASSERT(!taken);
    if (proved_.contains(index)) {
      RC_ASSERT(taken);
    } else if (taken) {
      sent_ += bytes;
    }
  }

  // A report from this address, with a timestamp that was sent to some address, or any other.
  void Report(std::size_t index) {
    const std::uint8_t which = commands_.U8();
    if (which % 4 == 0 && routability_.Limited()) {
      const auto time = routability_.ChallengeTime(random_, now_);
      RC_ASSERT(time > now_ - ReturnRoutability::kChallengeInterval && time <= now_ + Seconds(1));
      challenges_.emplace_back(*selected_, kClock.Ntp(time).Compact());
      return;
    }
    std::uint32_t timestamp = which % 4 == 1 ? commands_.U32() : 0;
    if (which % 4 >= 2 && !challenges_.empty())
      timestamp = challenges_[challenges_.size() - 1 - which / 4 % challenges_.size()].second;
    const bool sentThere =
        std::find(challenges_.begin(), challenges_.end(), std::pair(index, timestamp)) != challenges_.end();
    const bool confirmed = routability_.OnLastSenderReport(tuples_[index], timestamp);
    if (confirmed) {
      RC_ASSERT(sentThere && known_.contains(index));
      proved_.insert(index);
    }
  }

  void CheckInvariants() const {
    for (std::size_t i = 0; i < kTuples; ++i)
      RC_ASSERT(routability_.IsConfirmed(tuples_[i]) == proved_.contains(i));
    RC_ASSERT(routability_.Limited() == (selected_ && !proved_.contains(*selected_)));
    if (const auto* fallback = routability_.Fallback()) {
      RC_ASSERT((routability_.Limited() || !selected_) && routability_.IsConfirmed(*fallback));
    }
    const auto elapsed = static_cast<std::size_t>(ToMicroseconds(now_ - kStart));
    const auto refilled = elapsed * ReturnRoutability::kAllowance /
                          static_cast<std::size_t>(ToMicroseconds(ReturnRoutability::kRefillTime));
    RC_ASSERT(sent_ <= ReturnRoutability::kFactor * received_ + ReturnRoutability::kAllowance + refilled);
  }

  static constexpr Instant kStart{Seconds(1000)};

  ByteReader commands_;
  SeededRandom random_{1};
  ReturnRoutability routability_{kClock};
  std::vector<Tuple> tuples_;
  Instant now_ = kStart;
  std::set<std::size_t> known_, proved_, dtlsTo_;
  std::optional<std::size_t> selected_;
  std::vector<std::pair<std::size_t, std::uint32_t>> challenges_;  // tuple and timestamp
  std::size_t received_ = 0;
  std::size_t sent_ = 0;  // bytes to addresses without proof
};

}  // namespace

// Commands: a byte for the action and the tuple, and its arguments.
void FuzzReturnRoutability(std::span<const std::uint8_t> input) { Driver(ByteReader(input)).Run(); }

}  // namespace ringcast::fuzz
