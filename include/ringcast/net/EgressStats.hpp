#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ringcast/base/Counters.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::net {

// What every send backend counts; shown in the worker's dump and logged at exit.
struct EgressStats {
  std::string mode;        // rung of the ladder: "io_uring+gso+zerocopy", "io_uring+gso", "sendmmsg+gso",
                           // "sendmmsg", "sendto"
  std::string modeReason;  // why this rung
  bool zeroCopyEnabled = false;
  bool gsoEnabled = false;
  std::uint64_t sends = 0;      // operations handed to the kernel (a run is one)
  std::uint64_t datagrams = 0;  // on the wire
  std::uint64_t bytes = 0;
  std::uint64_t gsoSends = 0;  // sends of more than one segment
  std::uint64_t zeroCopySends = 0;
  std::uint64_t zeroCopyCopied = 0;  // of those, where the kernel reported that it copied after all
  std::uint64_t fallbacks = 0;       // steps down the ladder, and resends by a simpler way
  std::uint64_t flushes = 0;
  std::uint64_t submits = 0;  // times the kernel was entered to send
  std::uint64_t queueFull = 0;
  std::uint64_t slotsInFlight = 0;
  std::uint64_t slotsInFlightMax = 0;
  std::uint64_t slotsTotal = 0;
  std::vector<NamedCount> drops;                         // by reason
  std::vector<NamedCount> sendErrors;                    // by errno
  std::array<std::uint64_t, kMaxSegments> runLengths{};  // [i]: sends that carried i + 1 datagrams
  static constexpr std::size_t kBatchSizes = 16;
  // [i]: flushes of 2^i datagrams or more, and less than twice as many; the last one has no end.
  std::array<std::uint64_t, kBatchSizes> batchSizes{};
};

// What the receiving sockets count.
struct IngressStats {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
  std::uint64_t receiveCalls = 0;
  std::vector<NamedCount> drops;  // by reason
};

}  // namespace ringcast::net
