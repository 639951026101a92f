#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>

#include "ringcast/net/EgressStats.hpp"

namespace ringcast::io {

// The counting that all backends share.
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
  // `error`: a positive errno; the datagrams of the send did not leave.
  void OnError(int error, net::Segments segments) {
    ++errors_[error];
    drops_["sendError"] += segments.Count();
  }
  // Of so many bytes.
  void OnNoSlot(std::size_t bytes) {
    ++drops_[bytes > net::DatagramSink::kLargeSlot ? "largerThanSlot" : "noSlot"];
  }
  // The socket of a queued or repeated send was closed before the kernel took it.
  void OnSocketClosed(net::Segments segments) { drops_["socketClosed"] += segments.Count(); }
  void OnInFlight(std::size_t slots) {
    stats_.slotsInFlightMax = std::max<std::uint64_t>(stats_.slotsInFlightMax, slots);
  }

  // What was sent since the last one was one batch.
  void OnFlush() {
    ++stats_.flushes;
    const auto datagrams = stats_.datagrams - flushedDatagrams_;
    flushedDatagrams_ = stats_.datagrams;
    if (datagrams == 0) return;
    const auto size = static_cast<std::size_t>(std::bit_width(datagrams)) - 1;
    ++stats_.batchSizes[std::min(size, net::EgressStats::kBatchSizes - 1)];
  }

  net::EgressStats& Stats() { return stats_; }
  // With the maps written out.
  [[nodiscard]] net::EgressStats Snapshot() const;

 private:
  net::EgressStats stats_;
  std::uint64_t flushedDatagrams_ = 0;
  std::map<int, std::uint64_t> errors_;
  std::map<std::string, std::uint64_t> drops_;
};

// "EAGAIN"; the number where it has no name.
[[nodiscard]] std::string ErrnoName(int error);

// What an error of a segmented send tells about segmentation.
enum class SegmentationVerdict : std::uint8_t {
  kUnrelated,  // the datagrams could not be sent, in whatever shape
  kSplitThis,  // the run does not fit the path as segments (EMSGSIZE: larger than the MTU): send it one by
               // one
  kNotOnPath   // this path knows no segmentation (EIO without checksum offload, EINVAL, EOPNOTSUPP): see
               // SegmentationPolicy
};
[[nodiscard]] SegmentationVerdict JudgeSegmentation(int error, net::Segments segments);

}  // namespace ringcast::io
