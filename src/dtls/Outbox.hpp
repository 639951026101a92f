#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dtls/DatagramQueue.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls {

// The datagrams that OpenSSL writes: those to send now, and the retransmissions of the flight, made in
// advance.
//
// Only OpenSSL can make a retransmission: its records need fresh sequence numbers, or the peer drops them as
// replays (RFC 6347 section 4.1.2.6), and the Finished is encrypted. But OpenSSL retransmits by the system
// clock, and on each read. Therefore its timer expires at once, kMaxRetransmissions times, as soon as the
// flight is written, and never again; the datagrams wait here until our own timer expires.
class Outbox {
 public:
  // The following datagrams are a flight.
  void BeginFlight();
  // The following datagrams are its next retransmission. Returns false after the last one.
  [[nodiscard]] bool BeginRetransmission();
  // The following datagrams are sent at once.
  void EndFlight() { writing_ = 0; }
  // Drops the retransmissions: the peer's next flight acknowledges this one.
  void ForgetFlight();
  // Queues the next retransmission of the flight. Returns false if there is none.
  [[nodiscard]] bool Retransmit();

  // Returns all datagrams written before EndRecording(), without retransmissions, for the transcript.
  [[nodiscard]] ByteView Recorded() const { return recorded_; }
  void EndRecording();

  // Drops the datagram if kMaxQueuedDatagrams wait, as the network may do.
  void Write(ByteView datagram);

  [[nodiscard]] std::optional<ByteView> Pop() { return ready_.Pop(); }
  [[nodiscard]] bool Full() const { return ready_.Waiting() >= kMaxQueuedDatagrams; }
  [[nodiscard]] std::size_t Retransmissions() const { return made_; }  // made so far

 private:
  DatagramQueue ready_;
  std::vector<std::uint8_t> recorded_;
  bool recording_ = true;
  std::array<DatagramQueue, kMaxRetransmissions> retransmissions_;
  std::size_t writing_ = 0;  // which retransmission, from 1; 0: ready_
  std::size_t made_ = 0;     // of retransmissions_
  std::size_t sent_ = 0;
};

}  // namespace ringcast::dtls
