#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "support/SimTag.hpp"

namespace ringcast::test {

// One outgoing RTP stream with its retransmissions (RFC 4588) and sender reports.
class SimRtpSender {
 public:
  struct Settings {
    std::uint32_t ssrc = 1;
    std::uint8_t payloadType = 96;
    std::optional<std::uint32_t> rtxSsrc;
    std::uint8_t rtxPayloadType = 97;
    std::uint32_t clockRate = 90000;
    Instant start;  // capture time at tick 0
    WallClock clock;
  };
  // The seed determines the first sequence numbers, the timestamp offset and the times of the reports.
  SimRtpSender(const Settings& settings, std::uint64_t seed);

  // Makes a packet from the payload, and sets the sequence number in the payload's tag.
  void Send(const SimTag& tag, bool marker, std::vector<std::uint8_t>& payload,
            std::vector<std::vector<std::uint8_t>>& out);
  // Retransmits a packet. Returns false if it is no longer in the history.
  bool Retransmit(std::uint16_t sequenceNumber, std::vector<std::vector<std::uint8_t>>& out);

  [[nodiscard]] Instant NextReport() const { return nextReport_; }
  // Returns a compound of SR and SDES when one is due and packets were sent.
  void OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out);

  [[nodiscard]] Ssrc Name() const { return Ssrc(settings_.ssrc); }
  // Returns the capture clock at this instant.
  [[nodiscard]] std::uint32_t Ticks(Instant now) const;

 private:
  static constexpr std::size_t kHistory = 1024;  // 5 s of a stream of 200 packets/s
  void AppendHeader(std::vector<std::uint8_t>& packet, bool rtx, bool marker, std::uint16_t sequenceNumber,
                    std::uint32_t timestamp) const;

  Settings settings_;
  std::uint16_t firstSequenceNumber_;
  std::uint16_t rtxSequenceNumber_;
  std::uint32_t timestampOffset_;
  Instant nextReport_;
  std::uint32_t sent_ = 0;
  std::uint32_t octets_ = 0;
  std::vector<std::vector<std::uint8_t>> history_;  // by sequence number
};

}  // namespace ringcast::test
