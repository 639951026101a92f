#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/rtc/egress/GsoPlanner.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::rtc {

class ConsumerStream;

// What one transport sends at the end of a loop turn: references to the shared packets and their rewrites,
// stream by stream. There is one for all transports, which fill it and send it in turn: its memory stays
// in the cache.
class EgressBatch {
 public:
  struct Entry {
    const rtp::Packet* packet = nullptr;
    rtp::RtpRewrite rewrite;
    std::uint32_t stream = 0;  // index into Streams()
    std::uint32_t size = 0;    // serialised, without SRTP
  };
  // The packets of one stream, and what became of them.
  struct Stream {
    ConsumerStream* stream = nullptr;
    bool video = false;
    bool retransmissions = false;
    std::uint32_t first = 0;  // of the entries
    std::uint32_t last = 0;
    std::uint32_t sent = 0;
    std::uint32_t sentBytes = 0;         // without SRTP
    std::uint32_t sentPayloadBytes = 0;  // without headers and padding
    std::uint32_t timestamp = 0;         // of the last one sent
  };

  // A turn's worth: what a receive batch can fan into one transport many times over. Beyond it packets are
  // dropped and counted, so that one transport's subscriptions cannot eat the memory of all.
  static constexpr std::size_t kMaxEntries = 16384;

  void Clear();
  // Entries pushed from here on are this stream's.
  void BeginStream(ConsumerStream& stream, bool video, bool retransmissions = false);
  // True if Push() would drop a packet. To be asked before the packet gets its sequence number.
  [[nodiscard]] bool Full() const { return entries_.size() >= kMaxEntries; }
  // False: dropped, the limit is reached.
  bool Push(const rtp::Packet& packet, const rtp::RtpRewrite& rewrite);

  [[nodiscard]] bool Empty() const { return entries_.empty(); }
  [[nodiscard]] const std::vector<Entry>& Entries() const { return entries_; }
  [[nodiscard]] const std::vector<Stream>& Streams() const { return streams_; }

  struct Destination {
    net::SocketId socket;
    net::Address to;
    srtp::RtpEncryptor* srtp = nullptr;             // nullptr: plain RTP
    std::size_t overhead = 0;                       // what SRTP adds
    std::uint16_t nextTransportSequenceNumber = 1;  // transport-wide, in send order
  };
  struct Sent {
    std::size_t bytes = 0;      // on the wire
    std::size_t notSent = 0;    // packets: no send slot was free
    std::size_t refused = 0;    // packets: by SRTP
    std::size_t indexUsed = 0;  // packets: another one was encrypted under their index
    std::size_t paddedPackets = 0;
    std::size_t paddingBytes = 0;
  };
  // Hands everything to the sink, in runs, and tells the streams. Does not flush the sink.
  Sent Send(net::DatagramSink& sink, Destination& destination, Instant now);

 private:
  void SendRun(net::DatagramSink& sink, Destination& destination, std::span<const std::uint32_t> run,
               const rtp::SendTimeValues& values, Sent& sent);
  // The right to encrypt the entry; nullopt: another packet has its index, so it must not be sent.
  [[nodiscard]] std::optional<srtp::PacketIndex> ClaimIndex(srtp::RtpEncryptor& encryptor,
                                                            const Entry& entry);
  // When the entry leaves, as it says itself.
  [[nodiscard]] rtp::SendTimeValues SendTimeOf(const Entry& entry, Destination& destination,
                                               rtp::SendTimeValues values) const;
  // What follows the entry's header; a changed body is put at `scratch`.
  static ByteView BodyOf(const Entry& entry, MutableBytes scratch);
  void CountSent(std::span<const std::uint32_t> run, Sent& sent);

  std::vector<Entry> entries_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> sizes_;  // of the entries on the wire
  std::vector<GsoPlanner::Stream> planned_;
  GsoPlanner plan_;
  std::vector<std::uint32_t> leaving_;         // of one run: what is encrypted and sent
  std::vector<srtp::RtpEncryptor::Job> jobs_;  // likewise
  std::vector<std::uint8_t> bodies_;           // of a run: those that are not parts of shared packets
};

}  // namespace ringcast::rtc
