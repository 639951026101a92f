#include "ringcast/rtc/consumer/StreamRewriter.hpp"

#include <utility>

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtp/ClockUnits.hpp"

namespace ringcast::rtc {

namespace {

// Returns true within one second. A larger offset means unrelated clocks, not network delay.
bool Near(std::uint32_t a, std::uint32_t b, std::uint32_t clockRate) {
  const auto apart = static_cast<std::int32_t>(a - b);
  return static_cast<std::uint32_t>(apart < 0 ? -apart : apart) <= clockRate;
}

// Returns true for a late packet, which must not become the reference for the next change of source. A
// timestamp that lies farther back than packets are repaired is not late: the source has set its clock back.
bool IsLate(std::uint32_t timestamp, std::uint32_t newest, std::uint32_t clockRate) {
  constexpr std::int64_t kLatestSeconds = 3;
  const auto behind = static_cast<std::int32_t>(newest - timestamp);
  return behind > 0 && behind <= kLatestSeconds * clockRate;
}

}  // namespace

StreamRewriter::Synchronised StreamRewriter::Synchronise(const RoutedPacket& routed, const Producer& producer,
                                                         Instant now) {
  begunAt_ = routed.sequenceNumber;
  const auto input = routed.packet.Timestamp();
  const auto before = std::exchange(encoding_, routed.encodingIndex);
  // The first packet always says that it begins a source.
  const auto timeline = std::exchange(timeline_, Timeline::kContinuing);
  if (timeline == Timeline::kUnset) {
    timestamp_.Sync(input, input);
    lastTimestamp_ = input;
    return Synchronised::kFirst;
  }
  const bool otherEncoding = before != routed.encodingIndex;
  if (!routed.restarted && timeline == Timeline::kContinuing && !otherEncoding)
    return Synchronised::kSameSource;
  const auto expected = lastTimestamp_ + rtp::ToClockUnits(now - lastForwarded_, clockRate_);
  if (otherEncoding) {
    const auto aligned = AlignedTimestamp(producer, before, input);
    const bool usable = aligned && Near(*aligned, expected, clockRate_);
    timestamp_.SyncOverlapping(input, usable ? *aligned : expected, lastTimestamp_);
  } else {
    timestamp_.Sync(input, expected);
  }
  return Synchronised::kNewSource;
}

// By sender reports of both encodings, so that audio and video stay in sync (RFC 3550 section 6.4.1).
std::optional<std::uint32_t> StreamRewriter::AlignedTimestamp(const Producer& producer, std::uint8_t before,
                                                              std::uint32_t input) const {
  const auto offset = producer.Streams().TimestampOffset(encoding_, before);
  return offset ? std::optional(timestamp_.Map(input + *offset)) : std::nullopt;
}

std::optional<rtp::RtpRewrite> StreamRewriter::Rewrite(const RoutedPacket& routed, bool marker, Instant now) {
  const auto sequenceNumber = sequence_.Map(routed.sequenceNumber);
  if (!sequenceNumber) return std::nullopt;
  const auto timestamp = timestamp_.MapFrame(routed.packet.Timestamp());
  if (!IsLate(timestamp, lastTimestamp_, clockRate_)) {
    lastTimestamp_ = timestamp;
    lastForwarded_ = now;
  }
  return rtp::RtpRewrite{.timestamp = timestamp,
                         .sequenceNumber = *sequenceNumber,
                         .payloadType = routed.mappedPayloadType,
                         .marker = marker,
                         .padded = routed.padded};
}

std::optional<rtp::RtpRewrite> StreamRewriter::Drop(const RoutedPacket& routed) {
  const auto number = sequence_.Skip(routed.sequenceNumber);
  if (!number) return std::nullopt;
  return rtp::RtpRewrite{
      .timestamp = timestamp_.Map(routed.packet.Timestamp()), .sequenceNumber = *number, .empty = true};
}

}  // namespace ringcast::rtc
