#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dtls/DatagramQueue.hpp"
#include "ringcast/dtls/Connection.hpp"

namespace ringcast::dtls {

// What OpenSSL writes: the datagrams to send, and those of the flight's retransmissions, which are made in
// advance.
//
// Only OpenSSL can retransmit: its records need fresh sequence numbers, else the peer takes them for replays
// (RFC 6347 section 4.1.2.6), and the Finished is encrypted. But it does so by the system's clock alone, and
// whenever it is asked to read. So its timer is told to expire at once kMaxRetransmissions times, as soon as
// the flight is there, and then never; and what it writes is kept until our own timer wants it.
class Outbox {
 public:
  // What is written from now on is a flight that the timer repeats...
  void BeginFlight();
  // ...and then its next repetition. False: it was the last.
  [[nodiscard]] bool BeginRetransmission();
  // And then what is sent at once again.
  void EndFlight() { writing_ = 0; }
  // The flight arrived, since the peer's next one did.
  void ForgetFlight();
  // The flight's next repetition is to be sent; false: there is none.
  [[nodiscard]] bool Retransmit();

  // Until EndRecording() all that is written for the first time is kept as well, for the transcript.
  [[nodiscard]] ByteView Recorded() const { return recorded_; }
  void EndRecording();

  // Dropped where too many wait, as the network may do.
  void Write(ByteView datagram);

  [[nodiscard]] std::optional<ByteView> Pop() { return ready_.Pop(); }
  [[nodiscard]] bool Full() const { return ready_.Waiting() >= kMaxQueuedDatagrams; }
  [[nodiscard]] std::size_t Made() const { return made_; }

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
