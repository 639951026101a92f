#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/StrongInteger.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtc/Parameters.hpp"
#include "ringcast/rtc/egress/PacketToSend.hpp"

namespace ringcast::rtc {

class Consumer;
class ConsumerStream;

// A stream, and the consumer that it belongs to.
struct OutgoingStream {
  Consumer* consumer = nullptr;
  ConsumerStream* stream = nullptr;
};

// The outgoing streams of one transport, by the id that their queued packets carry and by ssrc.
class SendStreamTable {
 public:
  // TypeError: a consumer of the transport sends one of these ssrcs. Under one SRTP key each ssrc has one
  // sequence of indexes (RFC 3711 section 9.1), so streams of media and of retransmissions must not share
  // one.
  [[nodiscard]] Status CheckUnused(const RtpParameters& parameters) const;
  // Assigns ids to the consumer's streams. Ids of removed streams are reused.
  void Add(Consumer& consumer);
  void Remove(Consumer& consumer);

  // The id must be of a stream in the table.
  [[nodiscard]] const OutgoingStream& operator[](StreamId id) const {
    return byId_[static_cast<std::size_t>(id)];
  }
  // Returns the stream that sends this ssrc, not as its RTX, or nullptr.
  [[nodiscard]] const OutgoingStream* Find(Ssrc ssrc) const;

  // RTP bytes that removed streams had sent.
  [[nodiscard]] std::uint64_t RemovedBytesSent() const { return removedBytesSent_; }

 private:
  void Add(const OutgoingStream& outgoing);

  std::vector<OutgoingStream> byId_;  // without a stream: a free id
  std::vector<StreamId> freeIds_;
  std::unordered_map<Ssrc, OutgoingStream> bySsrc_;
  std::uint64_t removedBytesSent_ = 0;
};

}  // namespace ringcast::rtc
