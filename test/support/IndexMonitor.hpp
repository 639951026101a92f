#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "support/SimPacket.hpp"

namespace ringcast::test {

// Checks that one SRTP session never encrypts two different packets under the same ssrc and index (RFC 3711
// section 9.1, RFC 7714 section 8.4). It sees datagrams as they leave, encrypted. The ciphers are
// deterministic: a packet that is sent again under the same index has the same bytes on the wire, and two
// different packets do not. So the monitor needs no key. Each monitor watches one transport, which has one
// key.
class IndexMonitor {
 public:
  // Ignores all datagrams except RTP.
  void OnSent(ByteView datagram);

  [[nodiscard]] const SimFaults& Faults() const { return faults_; }
  struct Counters {
    std::uint64_t packets = 0;  // with a new index
    std::uint64_t repeats = 0;  // the same bytes with the same index
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

  // Number of indices per ssrc with recorded bytes: more than a worker may retransmit. An older index is a
  // fault with any bytes.
  static constexpr std::int64_t kRemembered = 4096;

 private:
  struct Sent {
    std::int64_t index = -1;
    std::uint64_t digest = 0;
  };
  struct Stream {
    std::int64_t highest = 0;
    std::vector<Sent> sent;  // by index modulo kRemembered
  };

  std::unordered_map<std::uint32_t, Stream> streams_;
  SimFaults faults_;
  Counters counted_;
};

}  // namespace ringcast::test
