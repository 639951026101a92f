#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>

#include "ringcast/net/EgressStats.hpp"

namespace ringcast::io {

// The counters that all backends share.
class SendCounters {
 public:
  void OnSend(net::Segments segments) {
    const auto count = segments.Count();
    ++stats_.sends;
    stats_.datagrams += count;
    stats_.bytes += segments.total;
    if (count > 1) ++stats_.gsoSends;
    ++stats_.runLengths[count - 1];
  }
  // `error` is a positive errno; the send's datagrams were not sent.
  void OnError(int error, net::Segments segments) {
    ++errors_[error];
    drops_["sendError"] += segments.Count();
  }
  // Counts an Acquire of `bytes` that failed.
  void OnNoSlot(std::size_t bytes) {
    ++drops_[bytes > net::DatagramSink::kLargeSlot ? "largerThanSlot" : "noSlot"];
  }
  // The socket of a queued send or resend was closed before the kernel accepted it.
  void OnSocketClosed(net::Segments segments) { drops_["socketClosed"] += segments.Count(); }
  void OnInFlight(std::size_t slots) {
    stats_.slotsInFlightMax = std::max<std::uint64_t>(stats_.slotsInFlightMax, slots);
  }

  // Counts the datagrams since the last flush as one batch.
  void OnFlush() {
    ++stats_.flushes;
    const auto datagrams = stats_.datagrams - flushedDatagrams_;
    flushedDatagrams_ = stats_.datagrams;
    if (datagrams == 0) return;
    const auto size = static_cast<std::size_t>(std::bit_width(datagrams)) - 1;
    ++stats_.batchSizes[std::min(size, net::EgressStats::kBatchSizes - 1)];
  }

  net::EgressStats& Stats() { return stats_; }
  // Returns the statistics with the drops and errors filled in.
  [[nodiscard]] net::EgressStats Snapshot() const;

 private:
  net::EgressStats stats_;
  std::uint64_t flushedDatagrams_ = 0;
  std::map<int, std::uint64_t> errors_;
  std::map<std::string, std::uint64_t> drops_;
};

// Returns the name, such as "EAGAIN", or the number if the errno has no name.
[[nodiscard]] std::string ErrnoName(int error);

// What an error of a GSO send implies for GSO.
enum class SegmentationVerdict : std::uint8_t {
  kUnrelated,  // the datagrams could not be sent in any form
  kSplitThis,  // the path cannot carry the GSO batch (EMSGSIZE: a segment exceeds the MTU): send the
               // datagrams one by one
  kNotOnPath   // the path does not support GSO (EIO without checksum offload, EINVAL, EOPNOTSUPP): see
               // SegmentationPolicy
};
[[nodiscard]] SegmentationVerdict JudgeSegmentation(int error, net::Segments segments);

}  // namespace ringcast::io
