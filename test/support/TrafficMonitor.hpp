#pragma once

#include <cstddef>
#include <cstdint>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::test {

// Watches how much the worker sends, against what it received and the time that passed.
class TrafficMonitor {
 public:
  // RTP of a size, which may go out by so many streams.
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
  static constexpr std::size_t kAdded = 320;  // header extensions with a mid of 255 bytes, SRTP
  static constexpr std::size_t kCopies = 4;   // itself, and three retransmissions
  // Requests for what a gap in front of a packet leaves out, in ten rounds; a key-frame request.
  static constexpr std::size_t kFeedbackPerPacket = 4096;
  static constexpr std::size_t kAnswer = 4;  // STUN
  static constexpr std::uint64_t kReportsPerSecond = 4096;
  static constexpr std::uint64_t kPerRequest = 16'384;  // goodbyes, key-frame requests, a DTLS handshake

  std::uint64_t rtpAllowed_ = 0, rtpSent_ = 0;
  std::uint64_t otherAllowed_ = 65'536, otherSent_ = 0;
};

}  // namespace ringcast::test
