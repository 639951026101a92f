#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringcast::rtc {

// Orders what leaves for one destination in one loop turn, and cuts it into runs: packets that one segmented
// send can carry. Packets of one stream keep their order; audio goes before video.
//
// A run is packets of one size, and one shorter packet that may end it; at most net::kMaxSegments of them and
// net::kMaxRunBytes bytes. Where several streams have something to send, runs are made of all of them: the
// largest size first, and where no more of it is there, a single shorter packet of any stream goes along.
class RunPlan {
 public:
  // Packets [first, last) of the sizes, in the order of their sequence numbers.
  struct Stream {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool video = false;
  };
  // [first, last) of Order().
  struct Run {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };

  // `sizes`: of all packets on the wire, each at most net::kMaxRunBytes.
  void Make(std::span<const std::uint32_t> sizes, std::span<const Stream> streams);

  // Indices into the sizes, in the order of sending.
  [[nodiscard]] const std::vector<std::uint32_t>& Order() const { return order_; }
  [[nodiscard]] const std::vector<Run>& Runs() const { return runs_; }

  // Streams that are mixed to make runs longer: looking for partners takes time that grows with their number.
  // With more, each stream makes its own.
  static constexpr std::size_t kMaxMixed = 64;

 private:
  void PlanKind(std::span<const std::uint32_t> sizes, std::span<const Stream> streams, bool video);
  void PlanMixed(std::span<const std::uint32_t> sizes);
  [[nodiscard]] Stream* SinglePacketBelow(std::span<const std::uint32_t> sizes, std::uint32_t size);

  // The run that is being made.
  [[nodiscard]] bool Fits(std::uint32_t size) const;
  void Append(std::uint32_t index, std::uint32_t size);
  void EndRun();

  std::vector<std::uint32_t> order_;
  std::vector<Run> runs_;
  std::vector<Stream> heads_;  // what of each stream is not planned yet
  std::size_t runBytes_ = 0;
  std::uint32_t runFirst_ = 0;
};

}  // namespace ringcast::rtc
