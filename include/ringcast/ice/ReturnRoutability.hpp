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

// How much may be sent to an address of one transport's peer before it has proved that it receives there
// ("return routability" as in RFC 9853; RFC 9000 section 8 says address validation).
//
// A binding request with the right password proves who sent it, but not that its source address is the
// sender's: a participant can forge that, and have media sent to a third party. An address is confirmed by an
// answer that depends on what was sent there and to no other address:
//  1. a TCP connection: its handshake;
//  2. the end of a DTLS handshake, all of whose datagrams were sent there;
//  3. a report block whose LSR (RFC 3550 section 6.4.1) is the timestamp of a sender report that was sent
//     there. The timestamp is chosen at random within a second: see ChallengeTime.
// SRTP and SRTCP prove that their sender has the keys, which the participant has anyway. A sequence number in
// a report proves nothing: numbers count up, so that they can be acknowledged unseen (RFC 9000 section 21.4).
class ReturnRoutability {
 public:
  // RFC 9000 section 8: "an endpoint MUST limit the amount of data it sends to the unvalidated address to
  // three times the amount of data received from that address."
  static constexpr std::size_t kFactor = 3;

  // Bytes of a transport that may go to unconfirmed addresses beyond that, 33 packets of 1,200 bytes: audio
  // of 40 kbit/s until the receiver's next report, which comes every 5 s, or 7.5 s (RFC 3550 section 6.3.1).
  static constexpr std::size_t kAllowance = 40'000;
  // Of these, not for media: sender reports, and the flights of a DTLS handshake with all retransmissions.
  static constexpr std::size_t kReserve = 10'000;
  // The allowance is full again after this, so that choosing one address after the other gains 1.3 kB/s.
  static constexpr Duration kRefillTime = Seconds(30);

  // Sender reports to an unconfirmed address whose timestamps are remembered. There is one a second at most,
  // and a receiver reports every second or two on video.
  static constexpr std::size_t kMaxChallenges = 4;
  static constexpr Duration kChallengeInterval = Seconds(1);
  // Timestamps that a peer may report although they were never sent. It guesses one of four in 65,536, so
  // that it succeeds on one transport of 2,000. Then reports confirm nothing for the rest of the transport's
  // life.
  static constexpr std::size_t kMaxGuesses = 8;

  enum class Use : std::uint8_t { kControl, kMedia };

  explicit ReturnRoutability(const WallClock& wallClock) : wallClock_(wallClock) {}

  // A tuple that ICE has validated; no effect if it is known. TCP is confirmed at once.
  void Add(const Tuple& tuple);
  void Remove(const Tuple& tuple);
  // Where media is to go from now on. A confirmed tuple that was selected before remains the fallback.
  void OnSelected(const Tuple& tuple, Instant now);

  // True while the selected tuple is not confirmed: only then do the calls below have an effect.
  [[nodiscard]] bool Limited() const { return limited_; }
  [[nodiscard]] bool IsConfirmed(const Tuple& tuple) const;
  // The confirmed tuple to use when the limit of the selected one is reached; nullptr: none.
  [[nodiscard]] const Tuple* Fallback() const { return fallback_ ? &*fallback_ : nullptr; }

  void OnReceived(const Tuple& from, std::size_t bytes);
  // Returns true if `bytes` may be sent there, and counts them as sent.
  [[nodiscard]] bool Take(const Tuple& to, std::size_t bytes, Use use, Instant now);
  // Counts what is sent without asking.
  void OnSent(const Tuple& to, std::size_t bytes);

  void OnDtlsSent(const Tuple& to);
  // The datagram from there ended the handshake.
  void OnDtlsConnected(const Tuple& from);

  // Returns the time that a sender report to the selected, unconfirmed tuple describes: up to a second from
  // now. Timestamps lie on one line, so that the report is as true of that time as it is of now.
  [[nodiscard]] Instant ChallengeTime(Random& random, Instant now);
  // `lsr`: of an authenticated report block. Returns true if it confirmed the address.
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
    std::uint32_t timestamp = 0;  // the middle 32 bits of its NTP timestamp
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
  bool dtlsElsewhere_ = false;  // not all of the handshake went to dtlsTo_

  std::vector<Challenge> challenges_;  // the latest last
  Instant challengedAt_{};
  std::uint32_t selectedAt_ = 0;  // when the selected tuple was selected, as an LSR
  std::size_t guesses_ = 0;
};

}  // namespace ringcast::ice
