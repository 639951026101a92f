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

// Which of a source's packets have reached the worker, as media or as retransmissions, and when.
class SimInputLog {
 public:
  void OnArrival(const SimTag& tag, Instant now);
  // How many packets between these two of an encoding had not come by `sent`, when the first that lies behind
  // them went out, so that the output could not close up: what never came, came far too late, when the stream
  // had ended at `until`, or is of neither one's frame. What came soon after and is of a frame that goes on
  // belongs into the hole that was left for it.
  [[nodiscard]] std::size_t Missing(const SimTag& before, const SimTag& after, Instant sent,
                                    std::optional<Instant> until) const;
  // How many of so many packets from the one of that number on were there no earlier than `now`.
  [[nodiscard]] std::size_t Missing(std::uint8_t encoding, std::uint32_t from, std::uint32_t count,
                                    Instant now) const;
  // When those of [from, to) came, in words.
  [[nodiscard]] std::string Told(std::uint8_t encoding, std::uint32_t from, std::uint32_t to) const;

 private:
  // What comes so much later may find the output closed above it.
  static constexpr Duration kTooLate = Milliseconds(400);
  struct Arrival {
    Instant at;  // the origin: never
    SimTag tag;
  };
  using Arrivals = std::vector<Arrival>;  // by number
  std::vector<Arrivals> encodings_;
};

// Sees one consumer's stream as it leaves the worker, before the network has had its way with it, and holds
// it against what came in: no number is used for two packets, none is left out that was not missing in the
// input, an encoding's packets keep their order, another encoding takes over at a key frame and nothing older
// comes after it.
class SimOutputMonitor {
 public:
  SimOutputMonitor(const SimInputLog& input, std::uint32_t ssrc, std::optional<std::uint32_t> rtxSsrc)
      : input_(&input), ssrc_(ssrc), rtxSsrc_(rtxSsrc), ring_(kRing) {}

  void OnSent(const RtpView& rtp, Instant now);
  // The stream stops for a while: what is late will be left out.
  void OnPause(Instant now);
  // What went out around this number, and what had come in, in words.
  [[nodiscard]] std::string Told(std::uint16_t around);
  // Judges what was sent so long ago that nothing can come in between any more; `rest`: all there is.
  void Evaluate(Instant now, bool rest = false);

  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t holes = 0;     // numbers that never went out, as the input lacked them
    std::uint64_t filled = 0;    // of them, that went out empty after all
    std::uint64_t switches = 0;  // of the encoding
    std::uint64_t keyFrames = 0;
    std::uint64_t late = 0;  // packets that went out after one with a higher number
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
  // The output leaves an encoding, or stops.
  struct End {
    std::int64_t before = 0;  // this number, where it goes on
    Instant at;
  };
  void OnFilled(const RtpView& rtp, bool retransmission, Instant now);
  void Judge(const Sent& sent);
  // When the stretch of the output that this number is of ended.
  [[nodiscard]] std::optional<Instant> EndOf(std::int64_t number);
  // When the first of this number and those above it went out.
  [[nodiscard]] Instant FirstSentFrom(std::int64_t number);
  [[nodiscard]] Sent& At(std::int64_t number) { return ring_[static_cast<std::size_t>(number) % kRing]; }
  void Fault(const char* what, const Sent& sent);

  const SimInputLog* input_;
  std::uint32_t ssrc_;
  std::optional<std::uint32_t> rtxSsrc_;
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::vector<Sent> ring_;
  std::vector<std::int64_t> filled_ = std::vector<std::int64_t>(kRing, -1);  // by number, as ring_
  std::optional<std::int64_t> next_;                                         // to be judged
  std::int64_t highest_ = 0;
  std::uint8_t encoding_ = 0;  // of the highest
  std::deque<End> ends_;
  std::optional<Sent> last_;  // the last that was judged
  SimFaults faults_;
  Counters counted_;
};

}  // namespace ringcast::test
