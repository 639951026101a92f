#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::rtc {

// When to tell a peer by REMB (draft-alvestrand-rmcat-remb-03) how much it may send, and how much.
class RembSender {
 public:
  enum class Use : std::uint8_t {
    kNone,
    kLimit,     // the sender estimates by itself; it is told what the controller allows, if that set a limit
    kEstimate,  // the sender relies on what it is told
  };

  // What is customary; a message that is lost is made up for by the next one. Rounded down to kGrid, so that
  // one wake-up serves what falls due about then.
  static constexpr Duration kInterval = Seconds(1);
  static constexpr Duration kGrid = Milliseconds(100);
  // An estimate, as long as nobody measures the path: twice the most that was received in a second. A sender
  // can so double its rate each second, and reports of loss keep it from too much; one that took a first
  // word without bounds for its rate would flood its own uplink. It does not fall with what is received: a
  // sender with little to say for a while has not lost its path.
  static constexpr std::uint64_t kHeadroom = 2;
  // What senders begin with by themselves; less would slow them down.
  static constexpr DataRate kFloor{300'000};
  // What stands for none: a sender keeps what it was told last. 32 bits hold it, for those who count with
  // them, and 18 bits of mantissa.
  static constexpr DataRate kNoLimit{std::uint64_t{0x3ffff} << 14};
  // How often a lifted limit is told: of so many messages one arrives.
  static constexpr int kReleases = 3;

  void SetUse(Use use);
  // nullopt: none. Due at once, where the sender has spoken before.
  void SetLimit(std::optional<DataRate> limit, Instant now);
  // A packet of the sender's. With none since the last word there is no next one.
  void OnPacket(Instant now) {
    news_ = true;
    if (!next_ && Wants()) next_ = now;
  }

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return next_; }
  // What to tell now. `received`: over the last second.
  [[nodiscard]] std::optional<DataRate> OnTimeout(Instant now, DataRate received);

  [[nodiscard]] std::optional<DataRate> Limit() const { return limit_; }
  // What the sender was told last.
  [[nodiscard]] std::optional<DataRate> Told() const { return told_; }

 private:
  [[nodiscard]] bool Wants() const {
    return use_ == Use::kEstimate || (use_ == Use::kLimit && (limit_ || releases_ > 0));
  }
  void Release();
  [[nodiscard]] DataRate Choose(DataRate received);

  Use use_ = Use::kNone;
  std::optional<DataRate> limit_;
  std::optional<DataRate> told_;
  std::optional<Instant> next_;
  DataRate peak_;
  int releases_ = 0;
  bool news_ = false;  // a packet, or another limit, since the last word
};

}  // namespace ringcast::rtc
