#pragma once

#include <cstddef>
#include <cstdint>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::test {

// Limits the bytes that the worker sends, relative to the received bytes and the elapsed time.
class TrafficMonitor {
 public:
  // Adds a received RTP packet, which the worker may forward to this many streams.
  void OnReceivedRtp(std::size_t bytes, std::size_t streams) {
    rtpAllowed_ += static_cast<std::uint64_t>((bytes + kAdded) * streams * kCopies);
    otherAllowed_ += kFeedbackPerPacket;
  }
  void OnReceivedOther(std::size_t bytes) { otherAllowed_ += bytes * kAnswer + kFeedbackPerPacket; }
  // `objects`: producers, consumers and transports.
  void OnTime(Duration passed, std::size_t objects) {
    otherAllowed_ +=
        static_cast<std::uint64_t>(ToMicroseconds(passed)) * objects * kReportsPerSecond / 1'000'000;
  }
  void OnRequest() { otherAllowed_ += kPerRequest; }
  void OnSentRtp(std::size_t bytes) {
    rtpSent_ += bytes;
    RC_ASSERT(rtpSent_ <= rtpAllowed_);
  }
  void OnSentOther(std::size_t bytes) {
    otherSent_ += bytes;
    RC_ASSERT(otherSent_ <= otherAllowed_);
  }

  [[nodiscard]] std::uint64_t RtpSent() const { return rtpSent_; }

 private:
  static constexpr std::size_t kAdded = 320;  // header extensions with a mid of 255 bytes, SRTP overhead
  static constexpr std::size_t kCopies = 4;   // the packet and three retransmissions
  // NACKs for a gap before a packet in ten rounds, and a key frame request.
  static constexpr std::size_t kFeedbackPerPacket = 4096;
  static constexpr std::size_t kAnswer = 4;  // STUN
  static constexpr std::uint64_t kReportsPerSecond = 4096;
  static constexpr std::uint64_t kPerRequest = 16'384;  // BYE, key frame requests, a DTLS handshake

  std::uint64_t rtpAllowed_ = 0, rtpSent_ = 0;
  std::uint64_t otherAllowed_ = 65'536, otherSent_ = 0;
};

}  // namespace ringcast::test
