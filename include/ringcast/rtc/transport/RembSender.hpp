#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::rtc {

// Decides when a REMB message (draft-alvestrand-rmcat-remb-03) is sent to a peer, and with which bitrate.
class RembSender {
 public:
  enum class Use : std::uint8_t {
    kNone,
    kLimit,     // the sender estimates by itself; REMB carries the controller's limit, if there is one
    kEstimate,  // the sender relies on REMB
  };

  // The customary interval; the next message makes up for a lost one. Deadlines are rounded down to kGrid, so
  // that one wake-up serves several transports.
  static constexpr Duration kInterval = Seconds(1);
  static constexpr Duration kGrid = Milliseconds(100);
  // The estimate, as long as the path is not measured, is twice the highest bitrate received so far. So a
  // sender can double its rate each second, and loss reports limit it; an unlimited first estimate would let
  // it flood its own uplink. The estimate does not fall with the received bitrate: a sender that is silent
  // for a while has not lost its path.
  static constexpr double kHeadroom = 2;
  // The bitrate that senders begin with by themselves; a lower one would slow them down.
  static constexpr DataRate kFloor{300'000};
  // The bitrate that lifts a limit, because a sender keeps to the last message. It fits 32 bits, for senders
  // that use them, and 18 bits of mantissa.
  static constexpr DataRate kNoLimit{std::uint64_t{0x3ffff} << 14};
  // Messages that lift a limit: at least one of them arrives.
  static constexpr int kReleases = 3;

  void SetUse(Use use);
  // nullopt: no limit. A message is due at once if the sender has sent packets.
  void SetLimit(std::optional<DataRate> limit, Instant now);
  // The sender has sent a packet. Without one since the last message no further message is due.
  void OnPacket(Instant now) {
    changed_ = true;
    if (!next_ && Active()) next_ = now;
  }

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return next_; }
  // Returns the bitrate of the message that is due; nullopt if none is. `received`: in the last second.
  [[nodiscard]] std::optional<DataRate> OnTimeout(Instant now, DataRate received);

  [[nodiscard]] std::optional<DataRate> Limit() const { return limit_; }
  // Returns the bitrate of the last message.
  [[nodiscard]] std::optional<DataRate> Advised() const { return advised_; }

 private:
  [[nodiscard]] bool Active() const {
    return use_ == Use::kEstimate || (use_ == Use::kLimit && (limit_ || releases_ > 0));
  }
  void Release();
  [[nodiscard]] DataRate Choose(DataRate received);

  Use use_ = Use::kNone;
  std::optional<DataRate> limit_;
  std::optional<DataRate> advised_;
  std::optional<Instant> next_;
  DataRate peak_;
  int releases_ = 0;
  bool changed_ = false;  // a packet or another limit since the last message
};

}  // namespace ringcast::rtc
