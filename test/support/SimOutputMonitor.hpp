#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/base/Time.hpp"
#include "support/SimPacket.hpp"

namespace ringcast::test {

// The time at which each packet of a source reached the worker, as media or as a retransmission.
class SimInputLog {
 public:
  void OnArrival(const SimTag& tag, Instant now);
  // Returns how many packets between these two of an encoding explain a hole in the output. `sent` is the
  // time at which the first packet behind them was sent: the output cannot close later holes any more. A
  // packet explains a hole if it never arrived, arrived more than kTooLate later or after the stream's end at
  // `until`, or belongs to another frame than these two. A packet of one of their frames that arrives in time
  // is sent with the number that was reserved for it.
  [[nodiscard]] std::size_t Missing(const SimTag& before, const SimTag& after, Instant sent,
                                    std::optional<Instant> until) const;
  // Describes the arrivals of [from, to).
  [[nodiscard]] std::string Describe(std::uint8_t encoding, std::uint32_t from, std::uint32_t to) const;

 private:
  // A packet that arrives later than this may belong to a frame whose numbers the output has already closed
  // up.
  static constexpr Duration kTooLate = Milliseconds(400);
  struct Arrival {
    Instant at;  // time of arrival; the origin if the packet never arrived
    SimTag tag;
  };
  using Arrivals = std::vector<Arrival>;  // by sequence number
  std::vector<Arrivals> encodings_;
};

// Compares one consumer's stream, as it leaves the worker, with the packets that arrived. It detects a number
// used for two packets, an unused number that was not missing in the input, packets of an encoding out of
// order, and a switch of encodings that does not begin with a key frame or that skips a number.
class SimOutputMonitor {
 public:
  SimOutputMonitor(const SimInputLog& input, std::uint32_t ssrc, std::optional<std::uint32_t> rtxSsrc)
      : input_(&input), ssrc_(ssrc), rtxSsrc_(rtxSsrc), ring_(kRing) {}

  void OnSent(const RtpView& rtp, Instant now);
  // The stream pauses: the worker drops packets that arrive late.
  void OnPause(Instant now);
  // Describes the packets sent around this number, and the arrivals that they came from.
  [[nodiscard]] std::string Describe(std::uint16_t around);
  // Checks the packets sent more than kSettled ago, between which no other can follow; with `rest`, all of
  // them.
  void Evaluate(Instant now, bool rest = false);

  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t holes = 0;     // numbers without media because of missing input packets
    std::uint64_t filled = 0;    // holes that were sent as empty packets
    std::uint64_t switches = 0;  // changes of the encoding
    std::uint64_t keyFrames = 0;
    std::uint64_t late = 0;  // packets sent after a packet with a higher number
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  static constexpr std::size_t kRing = 4096;  // several times kSettled at 300 packets/s
  static constexpr Duration kSettled = Seconds(3);
  struct Sent {
    std::int64_t number = -1;
    Instant at;
    SimTag tag;
  };
  // The end of a stretch: the output left an encoding or paused.
  struct End {
    std::int64_t before = 0;  // first number of the next stretch
    Instant at;
  };
  void OnFilled(const RtpView& rtp, bool retransmission, Instant now);
  void Check(const Sent& sent);
  // Returns the end of the stretch of the output with this number, or nullopt if it has not ended.
  [[nodiscard]] std::optional<Instant> EndOf(std::int64_t number);
  // Returns the time at which the first packet with this number or a higher one was sent.
  [[nodiscard]] Instant FirstSentFrom(std::int64_t number);
  [[nodiscard]] Sent& At(std::int64_t number) { return ring_[static_cast<std::size_t>(number) % kRing]; }
  void Fault(const char* what, const Sent& sent);

  const SimInputLog* input_;
  std::uint32_t ssrc_;
  std::optional<std::uint32_t> rtxSsrc_;
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::vector<Sent> ring_;
  std::vector<std::int64_t> filled_ = std::vector<std::int64_t>(kRing, -1);  // by number, like ring_
  std::optional<std::int64_t> next_;                                         // next number to check
  std::int64_t highest_ = 0;
  std::uint8_t encoding_ = 0;  // of the packet with the highest number
  std::deque<End> ends_;
  std::optional<Sent> last_;  // last checked packet
  SimFaults faults_;
  Counters counted_;
};

}  // namespace ringcast::test
