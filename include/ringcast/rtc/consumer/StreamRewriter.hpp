#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"

namespace ringcast::rtc {

class Producer;

// Gives the packets of one outgoing stream continuous sequence numbers and timestamps, across pauses,
// restarts of the source and switches between encodings.
class StreamRewriter {
 public:
  StreamRewriter(std::int64_t firstSequenceNumber, std::uint32_t clockRate, std::uint8_t encoding)
      : clockRate_(clockRate), encoding_(encoding), sequence_(firstSequenceNumber) {}

  // Returns true once the first packet was forwarded.
  [[nodiscard]] bool Started() const { return timeline_ != Timeline::kUnset; }
  // Returns the encoding that is forwarded, or was forwarded last.
  [[nodiscard]] std::uint8_t Encoding() const { return encoding_; }

  // The source of the forwarded encoding jumped: the next synchronisation chooses new timestamps.
  void OnSourceChange() {
    if (timeline_ == Timeline::kContinuing) timeline_ = Timeline::kSourceChanged;
  }
  // The output has to be synchronised with the next packet.
  void Resync() { sequence_.Resync(); }
  [[nodiscard]] bool NeedsSync() const { return sequence_.NeedsSync(); }
  enum class Synchronised : std::uint8_t { kFirst, kSameSource, kNewSource };
  // Continues the output with this packet. The timestamps of the same source are kept, so that a pause shows
  // as the time that passed; those of a new source continue where the old one would be by now.
  Synchronised Synchronise(const RoutedPacket& routed, const Producer& producer, Instant now);

  // Returns true unless the packet is redelivered for streams that began at another key frame.
  [[nodiscard]] bool Accepts(const RoutedPacket& routed) const {
    return !routed.repeatedBehind || (routed.repeatedBehind == begunAt_ && routed.encodingIndex == encoding_);
  }
  // Returns the new sequence number and timestamp, or nullopt if the packet is too late to be forwarded.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Rewrite(const RoutedPacket& routed, bool marker, Instant now);
  // Closes the gap that the packet leaves. If later packets were forwarded already, the gap stays: then
  // returns the empty packet that fills it, so that the receiver does not wait for the missing one.
  [[nodiscard]] std::optional<rtp::RtpRewrite> Drop(const RoutedPacket& routed);
  // Returns the output timestamp of an instant of the source.
  [[nodiscard]] std::uint32_t MapTimestamp(std::uint32_t input) const { return timestamp_.Map(input); }

  void Prefetch() const { __builtin_prefetch(&sequence_, 1); }

 private:
  enum class Timeline : std::uint8_t {
    kUnset,          // nothing was forwarded
    kContinuing,     // output timestamps follow the source's
    kSourceChanged,  // the source jumped, and no packet has been forwarded since
  };

  [[nodiscard]] std::optional<std::uint32_t> AlignedTimestamp(const Producer& producer, std::uint8_t before,
                                                              std::uint32_t input) const;

  // See ConsumerStream: everything down to the numbers of `sequence_` is read for each packet.
  Instant lastForwarded_{};
  std::uint32_t lastTimestamp_ = 0;
  std::uint32_t clockRate_;
  rtp::TimestampRewriter timestamp_;
  std::uint8_t encoding_;
  Timeline timeline_ = Timeline::kUnset;
  rtp::SequenceRewriter sequence_;
  std::optional<std::int64_t> begunAt_;  // sequence number at the source of the first packet since the resync
};

}  // namespace ringcast::rtc
