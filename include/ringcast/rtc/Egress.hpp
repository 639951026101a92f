#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/rtc/Registry.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::rtc {

// What a transport sends at the end of the loop turn. Packets are queued as a reference and a rewrite; the
// batch is ordered so that audio goes before video and packets of one size stand together, never out of order
// within one ssrc; equal-sized neighbours leave as one run.
class Egress {
 public:
  struct Entry {
    const RoutedPacket* routed = nullptr;
    Consumer* consumer = nullptr;
    rtp::RtpRewrite rewrite;
    std::uint32_t size = 0;  // serialised, without SRTP
    bool video = false;
  };

  // A turn's worth: what a receive batch can fan into one transport many times over. Beyond it packets are
  // dropped and counted, so that one transport's subscriptions cannot eat the memory of all.
  static constexpr std::size_t kMaxEntries = 16384;

  // False: dropped, the limit is reached.
  bool Push(const Entry& entry);
  [[nodiscard]] bool Empty() const { return entries_.empty(); }
  [[nodiscard]] const std::vector<Entry>& Entries() const { return entries_; }
  void Clear() { entries_.clear(); }

  // A consumer that is going away takes its packets with it.
  void Forget(const Consumer& consumer);

  struct Destination {
    net::SocketId socket;
    net::Address to;
    srtp::RtpEncryptor* srtp = nullptr;  // nullptr: plain RTP
    std::size_t overhead = 0;            // what SRTP adds
  };
  struct Sent {
    std::size_t packets = 0;
    std::size_t bytes = 0;     // on the wire
    std::size_t rtpBytes = 0;  // without SRTP's overhead
    std::size_t notSent = 0;   // no send slot was free
    std::size_t refused = 0;   // by SRTP
  };
  // Builds the batch and hands it to the sink; the queue is empty afterwards. Does not flush the sink.
  Sent Flush(net::DatagramSink& sink, const Destination& destination, Instant now);

 private:
  // [first, last) of order_ that leave as one run; pure.
  [[nodiscard]] std::size_t RunEnd(std::size_t first, std::size_t overhead) const;
  void Order();
  void CountSent(std::size_t first, std::size_t last, Instant now, Sent& sent) const;
  void SendRun(net::DatagramSink& sink, const Destination& destination, std::size_t first, std::size_t last,
               Instant now, Sent& sent);

  std::vector<Entry> entries_;
  std::vector<std::uint64_t>
      keys_;  // sort keys, low bits the index: sorting them needs no memory and is stable
  std::vector<std::uint32_t> order_;
  std::vector<srtp::RtpEncryptor::Job> jobs_;      // of one run
  std::uint16_t nextTransportSequenceNumber_ = 1;  // transport-wide, in send order
};

}  // namespace ringcast::rtc
