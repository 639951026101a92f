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

// When each packet of a source reached the worker, as media or as a retransmission.
class SimInputLog {
 public:
  void OnArrival(const SimTag& tag, Instant now);
  // Returns how many packets between these two of an encoding explain a hole in the output. `sent` is when
  // the first packet behind them was sent: the output cannot close up any more for packets that arrive later.
  // They explain a hole if they never arrived, arrived more than kTooLate later or after the stream's end at
  // `until`, or belong to another frame than these two. A packet of one of their frames that arrives soon
  // enough is sent under the number that was left for it.
  [[nodiscard]] std::size_t Missing(const SimTag& before, const SimTag& after, Instant sent,
                                    std::optional<Instant> until) const;
  // Describes the arrivals of [from, to).
  [[nodiscard]] std::string Describe(std::uint8_t encoding, std::uint32_t from, std::uint32_t to) const;

 private:
  // A packet that arrives later than this may belong to a frame that the output has closed up over.
  static constexpr Duration kTooLate = Milliseconds(400);
  struct Arrival {
    Instant at;  // the origin if it never arrived
    SimTag tag;
  };
  using Arrivals = std::vector<Arrival>;  // by number
  std::vector<Arrivals> encodings_;
};

// Compares one consumer's stream, as it leaves the worker, with the packets that arrived. It finds a number
// used for two packets, a number left out that was not missing in the input, packets of an encoding out of
// order, and a switch of encodings that does not begin with a key frame or that leaves a number out.
class SimOutputMonitor {
 public:
  SimOutputMonitor(const SimInputLog& input, std::uint32_t ssrc, std::optional<std::uint32_t> rtxSsrc)
      : input_(&input), ssrc_(ssrc), rtxSsrc_(rtxSsrc), ring_(kRing) {}

  void OnSent(const RtpView& rtp, Instant now);
  // The stream pauses: the worker drops packets that arrive late.
  void OnPause(Instant now);
  // Describes the packets sent around this number, and the arrivals that they came from.
  [[nodiscard]] std::string Describe(std::uint16_t around);
  // Checks the packets sent more than kSettled ago, between which no other can follow; all of them if `rest`.
  void Evaluate(Instant now, bool rest = false);

  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t holes = 0;     // numbers without media, because packets were missing in the input
    std::uint64_t filled = 0;    // those of them that were sent as empty packets
    std::uint64_t switches = 0;  // of the encoding
    std::uint64_t keyFrames = 0;
    std::uint64_t late = 0;  // packets sent after one with a higher number
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  static constexpr std::size_t kRing = 4096;  // several times kSettled at 300 packets a second
  static constexpr Duration kSettled = Seconds(3);
  struct Sent {
    std::int64_t number = -1;
    Instant at;
    SimTag tag;
  };
  // Where the output left an encoding, or paused.
  struct End {
    std::int64_t before = 0;  // the first number of the next stretch
    Instant at;
  };
  void OnFilled(const RtpView& rtp, bool retransmission, Instant now);
  void Check(const Sent& sent);
  // Returns when the stretch of the output that contains this number ended, or nullopt if it has not.
  [[nodiscard]] std::optional<Instant> EndOf(std::int64_t number);
  // Returns when the first packet with this number or a higher one was sent.
  [[nodiscard]] Instant FirstSentFrom(std::int64_t number);
  [[nodiscard]] Sent& At(std::int64_t number) { return ring_[static_cast<std::size_t>(number) % kRing]; }
  void Fault(const char* what, const Sent& sent);

  const SimInputLog* input_;
  std::uint32_t ssrc_;
  std::optional<std::uint32_t> rtxSsrc_;
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::vector<Sent> ring_;
  std::vector<std::int64_t> filled_ = std::vector<std::int64_t>(kRing, -1);  // by number, as ring_
  std::optional<std::int64_t> next_;                                         // to be checked
  std::int64_t highest_ = 0;
  std::uint8_t encoding_ = 0;  // of the highest
  std::deque<End> ends_;
  std::optional<Sent> last_;  // the last that was checked
  SimFaults faults_;
  Counters counted_;
};

}  // namespace ringcast::test
