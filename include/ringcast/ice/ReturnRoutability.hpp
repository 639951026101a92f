#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/ice/Tuple.hpp"

namespace ringcast::ice {

// Limits the data sent to an address of a transport's peer until the peer has proved that it receives there
// ("return routability" as in RFC 9853; RFC 9000 section 8 calls it address validation).
//
// A binding request with the right password proves who sent it, but not that its source address is the
// sender's: a participant can forge the address and direct media to a third party. A response that depends on
// data sent to that address and to no other one confirms the address:
//  1. a TCP connection: its handshake;
//  2. the end of a DTLS handshake, if all its datagrams were sent to the address, even if the last datagram
//     came from another one;
//  3. a report block whose LSR (RFC 3550 section 6.4.1) is the timestamp of a sender report that was sent to
//     the address. The timestamp is chosen at random within a second: see ChallengeTime.
// SRTP and SRTCP prove that their sender has the keys, which the participant has anyway. A sequence number in
// a report proves nothing: sequence numbers are predictable, so that a peer can acknowledge packets that it
// did not receive (RFC 9000 section 21.4).
class ReturnRoutability {
 public:
  // RFC 9000 section 8: "an endpoint MUST limit the amount of data it sends to the unvalidated address to
  // three times the amount of data received from that address."
  static constexpr std::size_t kFactor = 3;

  // Bytes that a transport may send to unconfirmed addresses beyond that: 33 packets of 1,200 bytes, or 40
  // kbit/s of audio until the receiver's next report, which arrives within 5 s, or 7.5 s (RFC 3550 section
  // 6.3.1).
  static constexpr std::size_t kAllowance = 40'000;
  // Part of the allowance that media may not use: it is for sender reports, and for the flights of a DTLS
  // handshake with all retransmissions.
  static constexpr std::size_t kReserve = 10'000;
  // Time in which the whole allowance refills. A peer that changes its address repeatedly gains 1.3 kB/s.
  static constexpr Duration kRefillTime = Seconds(30);

  // Sender reports to an unconfirmed address whose timestamps are stored. At most one is sent per second, and
  // a receiver of video reports every one or two seconds.
  static constexpr std::size_t kMaxChallenges = 4;
  static constexpr Duration kChallengeInterval = Seconds(1);
  // Reported timestamps that were never sent, after which reports confirm no address for the rest of the
  // transport's life. A guess hits one of four timestamps in 65,536, so eight guesses succeed on one
  // transport in 2,000.
  static constexpr std::size_t kMaxGuesses = 8;

  enum class Use : std::uint8_t { kControl, kMedia };

  explicit ReturnRoutability(const WallClock& wallClock) : wallClock_(wallClock) {}

  // Adds a tuple that ICE has validated; no effect if it is known. TCP is confirmed at once.
  void Add(const Tuple& tuple);
  void Remove(const Tuple& tuple);
  // Sets the tuple that media is sent to. A confirmed tuple that was selected before remains as the fallback.
  void OnSelected(const Tuple& tuple, Instant now);

  // True while the selected tuple is not confirmed. At other times no limit applies, and the calls below may
  // be skipped.
  [[nodiscard]] bool Limited() const { return limited_; }
  [[nodiscard]] bool IsConfirmed(const Tuple& tuple) const;
  // The confirmed tuple to use when the limit of the selected one is reached, or nullptr if there is none.
  [[nodiscard]] const Tuple* Fallback() const { return fallback_ ? &*fallback_ : nullptr; }

  void OnReceived(const Tuple& from, std::size_t bytes);
  // Returns true if `bytes` may be sent to the tuple, and counts them as sent.
  [[nodiscard]] bool Take(const Tuple& to, std::size_t bytes, Use use, Instant now);
  // Counts bytes that are sent without asking Take.
  void OnSent(const Tuple& to, std::size_t bytes);

  void OnDtlsSent(const Tuple& to);
  // The handshake ended: the peer has received our datagrams, whatever address its last datagram came from.
  void OnDtlsConnected();

  // Returns the time for a sender report to the selected, unconfirmed tuple: up to a second from now. NTP and
  // RTP timestamps are related linearly, so that the report is as accurate for that time as for now.
  [[nodiscard]] Instant ChallengeTime(Random& random, Instant now);
  // `lsr` is from an authenticated report block. Returns true if it confirmed the address.
  bool OnLastSenderReport(const Tuple& from, std::uint32_t lsr);

 private:
  struct Entry {
    Tuple tuple;
    std::size_t received = 0;
    std::size_t sent = 0;
    bool confirmed = false;
  };
  struct Challenge {
    Tuple to;
    Instant time;
    std::uint32_t timestamp = 0;  // middle 32 bits of the NTP timestamp of `time`
  };

  [[nodiscard]] const Entry* Find(const Tuple& tuple) const;
  [[nodiscard]] Entry* Find(const Tuple& tuple);
  [[nodiscard]] std::uint32_t Compact(Instant time) const { return wallClock_.Ntp(time).Compact(); }
  void Confirm(Entry& entry);
  void Refill(Instant now);

  WallClock wallClock_;
  std::vector<Entry> entries_;
  std::optional<Tuple> selected_;
  std::optional<Tuple> fallback_;
  bool limited_ = false;
  std::size_t allowance_ = kAllowance;
  Instant refilledAt_{};

  std::optional<Tuple> dtlsTo_;
  bool dtlsElsewhere_ = false;  // parts of the handshake went to another tuple than dtlsTo_

  std::vector<Challenge> challenges_;  // oldest first
  Instant challengedAt_{};
  std::uint32_t selectedAt_ = 0;  // when the selected tuple was selected, in the format of an LSR
  std::size_t guesses_ = 0;
};

}  // namespace ringcast::ice
