#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"
#include "ringcast/rtc/producer/EarlyReports.hpp"
#include "ringcast/rtc/producer/ProducerStream.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtc {

// The streams that one producer receives, and the only place that knows which stream a packet belongs to. An
// encoding has one stream at a time; its sender may restart with another ssrc.
class ProducerStreams {
 public:
  // Streams of one encoding, so that a sender may restart a few times. The oldest one is dropped for a new
  // one.
  static constexpr std::size_t kMaxStreamsPerEncoding = 4;

  struct Setup {
    const RtpParameters& parameters;
    const RtpMapping& mapping;
    MediaKind kind = MediaKind::kVideo;
    std::shared_ptr<rtp::SourceClock> clock;
    Duration keyFrameRequestDelay{};
    GapShare& gaps;
  };
  explicit ProducerStreams(Setup setup);

  [[nodiscard]] std::span<ProducerStream> All() { return streams_; }

  // Returns the stream with this ssrc, or nullptr.
  [[nodiscard]] ProducerStream* Find(Ssrc ssrc);
  // Creates the stream of a media packet with a new ssrc. Returns nullptr if it belongs to no encoding.
  [[nodiscard]] ProducerStream* Create(const rtp::Packet& packet);
  // Returns the stream that an RTX packet repeats a packet of, or nullptr if no packet of it was received.
  [[nodiscard]] ProducerStream* FindRepaired(const rtp::Packet& packet);
  // A packet of this stream arrived: its ssrc is the one that its encoding uses now.
  void NoteCurrent(const ProducerStream& stream) {
    currentSsrcs_[stream.Params().encodingIdx] = stream.Params().ssrc;
  }
  // Keeps a report whose stream is not known yet.
  void KeepReport(const EarlyReports::Report& report) { earlyReports_.Keep(report); }

  // --- By encoding ---

  // Returns the stream whose score is the encoding's, or nullptr if no packet of the encoding was received.
  [[nodiscard]] const ProducerStream* OfEncoding(std::size_t encoding) const;
  // Returns the encodings that are being received.
  [[nodiscard]] std::bitset<LayerSelector::kMaxEncodings> Sent() const;
  // Returns the score of each encoding, 0 if it is not being received.
  [[nodiscard]] std::vector<std::uint8_t> Scores() const;
  // Returns the score of each encoding of which packets were received.
  [[nodiscard]] std::vector<ProducerScore> DescribeScores() const;
  // Returns the difference between timestamps of two encodings, see rtp::SenderClock::OffsetFrom.
  [[nodiscard]] std::optional<std::uint32_t> TimestampOffset(std::size_t fromEncoding,
                                                             std::size_t toEncoding) const;
  // Returns the RTP timestamp that the source of an encoding has reached by its own sender reports, or
  // nullopt without any.
  [[nodiscard]] std::optional<std::uint32_t> SourceTimestamp(Ssrc mappedSsrc, Instant now) const;

  // --- All streams together ---

  void AppendSsrcs(std::vector<Ssrc>& out) const;
  void SetRoundTripTime(Duration roundTrip);
  // Returns the loss in the intervals of the last reports.
  [[nodiscard]] rtp::LossCount LastLoss() const;
  // Returns the longest usual repair of a stream, or nullopt if few packets were lost lately.
  [[nodiscard]] std::optional<rtp::RepairTime> LongestRepair(Instant now) const;
  [[nodiscard]] std::optional<Instant> NextTimeout(bool paused) const;
  [[nodiscard]] std::vector<RtpStreamDump> Dump() const;
  [[nodiscard]] std::vector<RtpStreamStats> Stats(Instant now);

 private:
  [[nodiscard]] std::optional<std::size_t> MatchEncoding(const rtp::Packet& packet) const;

  Setup setup_;
  EarlyReports earlyReports_;
  std::vector<std::optional<Ssrc>> currentSsrcs_;  // by encoding
  std::vector<ProducerStream> streams_;            // in the order of their first packets
};

}  // namespace ringcast::rtc
