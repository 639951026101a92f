#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/SipHash.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/ControlPackets.hpp"
#include "ringcast/sctp/Cookie.hpp"
#include "ringcast/sctp/Message.hpp"
#include "ringcast/sctp/SendQueue.hpp"
#include "ringcast/sctp/Types.hpp"

namespace ringcast::sctp {

class Transfer;

// An SCTP association (RFC 9260) with one peer address, for data channels (RFC 8831): partial reliability
// (RFC 3758) and stream resets (RFC 6525). Sans-IO: after each call, send all of NextPacket(), handle all of
// NextEvent(), and re-arm the timer for NextTimeout().
//
// Until the peer is connected nothing is kept of it but a cookie that it sends back. A stream takes memory
// when it is first used.
class Association {
 public:
  // RFC 9260 section 16.
  static constexpr unsigned kMaxInitRetransmissions = 8;

  Association(const Settings& settings, Random& random);
  ~Association();
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  // Sends INIT unless an association exists.
  void Connect(Instant now);
  void Receive(ByteView packet, Instant now);

  enum class SendOutcome : std::uint8_t { kQueued, kFull, kNotConnected };
  // `message.payload` is not empty.
  [[nodiscard]] SendOutcome Send(const OutgoingMessage& message);
  // Resets an outgoing stream: its messages that are not begun are dropped.
  void ResetStream(std::uint16_t stream);
  // Ends the association at once.
  void Abort();

  // Returns the next packet to send; valid until the next call.
  [[nodiscard]] std::optional<ByteView> NextPacket(Instant now);
  [[nodiscard]] std::optional<Event> NextEvent();
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  void OnTimeout(Instant now);

  [[nodiscard]] State CurrentState() const;
  // Returns what was negotiated; nullptr unless connected.
  [[nodiscard]] const Peer* Negotiated() const;
  [[nodiscard]] std::size_t Buffered(std::uint16_t stream) const { return queue_.Buffered(stream); }
  void SetLowThreshold(std::uint16_t stream, std::size_t bytes) { queue_.SetLowThreshold(stream, bytes); }
  // Returns the bytes of messages that wait to be sent or acknowledged, or for missing ones.
  [[nodiscard]] std::size_t Held() const;
  // Limits the receive window further than the settings do.
  void LimitReceiveWindow(std::size_t bytes);
  [[nodiscard]] const Counters<DropReason>& Drops() const { return drops_; }

 private:
  struct New {};
  struct CookieWait {
    unsigned tries = 0;
    Instant due;
  };
  struct CookieEchoed {
    std::unique_ptr<Transfer> transfer;
    std::vector<std::uint8_t> cookie;
    unsigned tries = 0;
    Instant due;
    bool send = true;
  };
  struct Open {
    std::unique_ptr<Transfer> transfer;
  };
  // The peer has closed; our SHUTDOWN ACK waits for its SHUTDOWN COMPLETE.
  struct ShutdownAckSent {
    std::unique_ptr<Transfer> transfer;
    unsigned tries = 0;
    Instant due;
    bool send = true;
  };
  struct Over {
    bool failed = false;
  };
  using Phase = std::variant<New, CookieWait, CookieEchoed, Open, ShutdownAckSent, Over>;

  [[nodiscard]] Transfer* Current() const;  // nullptr: the peer is not known yet
  void Enter(Phase phase);
  [[nodiscard]] static Duration InitTimeout(unsigned tries);

  // One handler for each type of chunk; those of data transfer are in Transfer.
  void OnChunk(const ChunkView& chunk, const CommonHeader& header, Instant now);
  void OnInit(const ChunkView& chunk, const CommonHeader& header, Instant now);
  void OnInitAck(const ChunkView& chunk, Instant now);
  void OnCookieEcho(const ChunkView& chunk, const CommonHeader& header, Instant now);
  void OnShutdown(const ChunkView& chunk, Instant now);
  [[nodiscard]] bool HasValidTag(const ChunkView& first, const CommonHeader& header) const;

  void Fail(std::uint16_t cause);
  // Answers SHUTDOWN once all data is acknowledged.
  void FinishShutdown(Instant now);

  Settings settings_;
  Random& random_;
  SipHashKey cookieKey_{};
  ControlPackets packets_;  // sent before everything else
  std::uint32_t localTag_ = 0;
  std::uint32_t localInitialTsn_ = 0;
  SendQueue queue_;
  Phase phase_;
  bool shutdown_ = false;  // the peer closes: SHUTDOWN ACK follows when its last data is acknowledged
  std::deque<Event> events_;
  std::vector<std::uint8_t> buffer_;  // of the last packet
  Counters<DropReason> drops_;
};

}  // namespace ringcast::sctp
