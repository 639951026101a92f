#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/ForwardingNotifier.hpp"

namespace ringcast::rtc {

// Limits how often the controller hears of values that a participant can change at will: scores, layers,
// video orientation, ICE state and addresses. Each object and kind of value is limited by itself: the first
// change is forwarded at once; of those that follow within kInterval only the latest value is forwarded, when
// the interval ends, and none if it equals the value forwarded last.
//
// Everything else is forwarded at once and in order. A participant alone cannot cause an unbounded number of
// state changes: a DTLS state is entered once in the life of a transport (new, connecting, connected or
// failed, closed), and a consumer's pause, resume and close follow requests. Trace events and packets, which
// the controller asked for one by one, are the first that the output queue drops.
//
// Memory: one report for each object and kind that changed within the last interval.
class NotificationLimiter final : public ForwardingNotifier {
 public:
  // Five times a second: as often as a user interface redraws a score or a selected layer.
  static constexpr Duration kInterval = Milliseconds(200);

  NotificationLimiter(Notifier& next, TimerQueue& timers);

  void PlainTransportTuple(std::string_view transportId, const Tuple& tuple) override;
  void PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceSelectedTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceState(std::string_view transportId, ice::AgentState state) override;
  void ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) override;
  void ProducerVideoOrientation(std::string_view producerId,
                                const rtp::VideoOrientation& orientation) override;
  void ConsumerProducerClose(std::string_view consumerId) override;
  void ConsumerScores(std::string_view consumerId, const ConsumerScore& score) override;
  void ConsumerLayersChange(std::string_view consumerId,
                            const std::optional<ConsumerLayers>& layers) override;

  // The object closes: nothing is forwarded for it any more. Its id may be used again.
  void Forget(std::string_view id);

  // Changes that were never forwarded, because a later one took their place.
  [[nodiscard]] std::uint64_t Coalesced() const { return coalesced_; }
  // Objects with a change within the last interval.
  [[nodiscard]] std::size_t Size() const { return recent_.size(); }

 private:
  enum class Kind : std::uint8_t {
    kTuple,
    kRtcpTuple,
    kIceTuple,
    kIceState,
    kProducerScores,
    kVideoOrientation,
    kConsumerScore,
    kLayers
  };
  using Value = std::variant<Tuple, ice::AgentState, std::vector<ProducerScore>, rtp::VideoOrientation,
                             ConsumerScore, std::optional<ConsumerLayers>>;
  struct Report {
    Kind kind;
    std::uint64_t interval;  // Interval::number
    Value forwarded;
    std::optional<Value> latest;  // not forwarded yet, other than `forwarded`
  };
  struct Interval {
    std::uint64_t number;
    std::string id;
    Kind kind;
    std::optional<Instant> end;  // nullopt until the timer has read the time
  };

  void Submit(Kind kind, std::string_view id, Value value);
  void Forward(Kind kind, std::string_view id, const Value& value);
  void OnTimeout(Instant now);
  void End(const Interval& interval, Instant now);

  std::map<std::string, std::vector<Report>, std::less<>> recent_;
  std::deque<Interval> intervals_;  // in the order of their ends; of forgotten objects as well
  std::uint64_t intervalsBegun_ = 0;
  std::uint64_t coalesced_ = 0;
  Timer timer_;
};

}  // namespace ringcast::rtc
