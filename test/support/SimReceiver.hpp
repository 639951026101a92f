#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "support/SimDecoder.hpp"
#include "support/SimPacket.hpp"

namespace ringcast::test {

// The receiver of one stream: orders its packets, requests missing ones, sends receiver reports, and passes
// packets to a decoder.
class SimReceiver {
 public:
  struct Settings {
    SimCodec codec = SimCodec::kVp8;
    std::uint32_t ssrc = 0;
    std::optional<std::uint32_t> rtxSsrc;
    std::uint32_t ownSsrc = 1;
    bool nack = true;
    Duration reorderTolerance = Milliseconds(30);
    Duration nackInterval = Milliseconds(120);     // longer than the round trip time
    Duration patience = Milliseconds(1000);        // time until a missing packet is given up
    Duration pictureInterval = Milliseconds(500);  // between two requests for a key frame
    Duration reportInterval = Seconds(1);
  };
  explicit SimReceiver(const Settings& settings)
      : settings_(settings), ring_(kRing), decoder_(settings.codec) {}

  // Returns false for a packet of another stream.
  bool OnRtp(const RtpView& rtp, Instant now);
  void OnSenderReport(Ssrc ssrc, NtpTime ntp, Instant now);
  // Call it every few milliseconds. Returns the compounds to send, one per kind at most.
  void OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out);

  [[nodiscard]] SimDecoder& Decoder() { return decoder_; }
  [[nodiscard]] const SimDecoder& Decoder() const { return decoder_; }
  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  struct Counters {
    std::uint64_t packets = 0;     // media packets, first copies
    std::uint64_t duplicates = 0;  // second copies, and packets that arrived after they were given up
    std::uint64_t repaired = 0;    // received as a retransmission
    std::uint64_t nacked = 0;      // requests for a packet
    std::uint64_t givenUp = 0;
    std::uint64_t pictureLosses = 0;
    Duration longestRepair{};
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  static constexpr std::size_t kRing = 2048;  // packets from the oldest missing to the newest
  struct Missing {
    std::int64_t sequenceNumber = 0;
    Instant since;
    std::optional<Instant> asked;
  };
  struct Waiting {
    std::int64_t sequenceNumber = -1;
    std::optional<SimPacket> packet;  // nullopt: an empty packet
  };

  void Take(std::uint16_t sequenceNumber, std::optional<SimPacket> packet, bool retransmitted, Instant now);
  void NoteMissing(std::int64_t sequenceNumber, Instant now);
  // Passes packets to the decoder up to the first gap, and over gaps older than the patience.
  void Deliver(Instant now);
  void GiveUp(Instant now);
  void AskAgain(Instant now, std::vector<std::vector<std::uint8_t>>& out);
  void AskForPicture(Instant now, std::vector<std::vector<std::uint8_t>>& out);
  void Report(Instant now, std::vector<std::vector<std::uint8_t>>& out);
  [[nodiscard]] Waiting& At(std::int64_t sequenceNumber) {
    return ring_[static_cast<std::size_t>(sequenceNumber) % kRing];
  }

  Settings settings_;
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::optional<std::int64_t> next_;  // next sequence number for the decoder
  std::int64_t first_ = 0;
  std::int64_t highest_ = 0;
  bool gap_ = true;  // before next_
  std::vector<Waiting> ring_;
  std::vector<Missing> missing_;
  SimDecoder decoder_;
  SimFaults faults_;
  Counters counted_;
  std::optional<Instant> nextReport_;
  std::optional<Instant> waitsSince_;  // waits for a key frame since then
  std::optional<Instant> pictureAsked_;
  std::uint64_t reportedPackets_ = 0;
  std::int64_t reportedHighest_ = 0;
  std::uint32_t lastSenderReport_ = 0;
  Instant lastSenderReportAt_;
};

}  // namespace ringcast::test
