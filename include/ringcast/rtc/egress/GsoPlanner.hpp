#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringcast::rtc {

// Orders the packets that leave for one destination, and groups them into GSO batches: packets that one
// segmented send carries (UDP_SEGMENT, udp(7)). Packets of one stream keep their order; audio precedes video.
//
// A batch is packets of one size, and optionally one shorter packet as its last; at most net::kMaxSegments
// packets and net::kMaxRunBytes bytes. Packets of several streams share batches: the largest size comes
// first, and when no more packets have that size, one shorter packet of any stream completes the batch.
class GsoPlanner {
 public:
  // Packets [first, last) of the sizes, in the order of their sequence numbers.
  struct Stream {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool video = false;
  };
  // [first, last) of Order().
  struct Batch {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };

  // Replaces the plan. `sizes`: of all packets on the wire, each at most net::kMaxRunBytes.
  void Plan(std::span<const std::uint32_t> sizes, std::span<const Stream> streams);

  // Indices into the sizes, in the order of sending.
  [[nodiscard]] const std::vector<std::uint32_t>& Order() const { return order_; }
  [[nodiscard]] const std::vector<Batch>& Batches() const { return batches_; }

  // Up to this many streams share batches: the search for a shorter last packet takes time in proportion to
  // their number. With more, each stream has batches of its own.
  static constexpr std::size_t kMaxMixed = 64;

 private:
  void PlanKind(std::span<const std::uint32_t> sizes, std::span<const Stream> streams, bool video);
  void PlanMixed(std::span<const std::uint32_t> sizes);
  [[nodiscard]] Stream* SinglePacketBelow(std::span<const std::uint32_t> sizes, std::uint32_t size);

  // The batch under construction.
  [[nodiscard]] bool Fits(std::uint32_t size) const;
  void Append(std::uint32_t index, std::uint32_t size);
  void EndBatch();

  std::vector<std::uint32_t> order_;
  std::vector<Batch> batches_;
  std::vector<Stream> heads_;  // the unplanned rest of each stream
  std::size_t batchBytes_ = 0;
  std::uint32_t batchFirst_ = 0;
};

}  // namespace ringcast::rtc
