#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/SendQueue.hpp"

namespace ringcast::sctp {

// Re-configuration (RFC 6525): resets of outgoing streams, one request at a time, and the answers to the
// peer's requests.
class StreamResets {
 public:
  // Limit on the streams of one request: they fit a packet.
  static constexpr std::size_t kMaxStreams = 256;
  // Limits on the streams that wait to be reset, because the peer can name all 65,535, and on the answers
  // that wait to be sent. What exceeds them is dropped.
  static constexpr std::size_t kMaxWanted = 1024;
  static constexpr std::size_t kMaxResponses = 16;

  StreamResets(std::uint32_t localInitialTsn, std::uint32_t peerInitialTsn)
      : nextRequest_(localInitialTsn), expected_(peerInitialTsn) {}

  // A stream is to be reset as soon as its last message is sent. The queue accepts no more messages for it
  // until then.
  void Want(std::uint16_t stream, SendQueue& queue);

  struct Received {
    bool responded = false;                   // the peer has answered our request
    std::vector<std::uint16_t> reset;         // incoming streams that are reset now
    bool resetAll = false;                    // all incoming streams are
    std::vector<std::uint16_t> wantedByPeer;  // outgoing streams that the peer wants to be reset
  };
  // `cumulativeTsn`: of what was received.
  [[nodiscard]] Received Receive(const ChunkView& chunk, std::int64_t cumulativeTsn, SendQueue& queue);

  // Writes a RE-CONFIG chunk if one is due.
  void Write(PacketWriter& writer, std::uint32_t lastTsn, const SendQueue& queue, Instant now,
             Duration timeout);
  [[nodiscard]] std::optional<Instant> NextTimeout() const { return due_; }
  // Our request was not answered: it is sent again. Returns true if that was the case.
  bool OnTimeout(Instant now);

 private:
  enum class Result : std::uint32_t {
    kNothingToDo = 0,
    kPerformed = 1,
    kDenied = 2,
    kBadSequenceNumber = 5,
    kInProgress = 6,
  };
  struct Request {
    std::uint32_t number = 0;
    std::uint32_t lastTsn = 0;
    std::vector<std::uint16_t> streams;
    bool send = true;
  };
  struct Response {
    std::uint32_t number = 0;
    Result result = Result::kNothingToDo;
  };

  void OnResponse(ByteView value, SendQueue& queue, Received& received);
  [[nodiscard]] static Result Perform(const ParameterView& parameter, std::int64_t cumulativeTsn,
                                      Received& received);

  std::uint32_t nextRequest_;
  std::set<std::uint16_t> wanted_;
  std::optional<Request> request_;
  std::optional<Instant> due_;  // when the request is sent again

  std::uint32_t expected_;  // number of the peer's next request
  std::optional<Response> last_;
  std::vector<Response> responses_;  // to be sent
};

}  // namespace ringcast::sctp
