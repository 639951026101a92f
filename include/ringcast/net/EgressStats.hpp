#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ringcast/base/Counters.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::net {

// Counters of every send backend; included in the worker's dump and logged at exit.
struct EgressStats {
  std::string mode;        // level of the fallback ladder: "io_uring" with optional "+gso" and "+zerocopy",
                           // "sendmmsg+gso", "sendmmsg", "sendto"
  std::string modeReason;  // why this level
  bool zeroCopyEnabled = false;
  bool gsoEnabled = false;
  std::uint64_t sends = 0;      // operations handed to the kernel (a GSO batch is one)
  std::uint64_t datagrams = 0;  // datagrams on the wire
  std::uint64_t bytes = 0;
  std::uint64_t gsoSends = 0;  // sends of more than one segment
  std::uint64_t zeroCopySends = 0;
  std::uint64_t zeroCopyCopied = 0;  // zero-copy sends that the kernel reported as copied
  std::uint64_t fallbacks = 0;       // steps down the ladder, and resends without GSO or zero copy
  std::uint64_t flushes = 0;
  std::uint64_t submits = 0;  // system calls made to send
  std::uint64_t queueFull = 0;
  std::uint64_t slotsInFlight = 0;
  std::uint64_t slotsInFlightMax = 0;
  std::uint64_t slotsTotal = 0;
  std::vector<NamedCount> drops;                         // by reason
  std::vector<NamedCount> sendErrors;                    // by errno
  std::array<std::uint64_t, kMaxSegments> runLengths{};  // [i]: sends of i + 1 datagrams
  static constexpr std::size_t kBatchSizes = 16;
  // [i]: flushes of at least 2^i and less than 2^(i+1) datagrams; the last one has no upper bound.
  std::array<std::uint64_t, kBatchSizes> batchSizes{};
};

// Counters of the receiving sockets.
struct IngressStats {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
  std::uint64_t receiveCalls = 0;
  std::vector<NamedCount> drops;  // by reason
};

}  // namespace ringcast::net
