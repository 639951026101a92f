#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "ringcast/sctp/Chunks.hpp"

namespace ringcast::sctp {

// Which TSNs have arrived: the contents of a SACK (RFC 9260 section 3.3.4).
class ReceivedTsns {
 public:
  // Limit on the ranges beyond the cumulative TSN: a window of 5 MiB in packets of 1,200 bytes, of which
  // every second one is lost.
  static constexpr std::size_t kMaxRanges = 2200;
  // Limit on the distance to the cumulative TSN: gap blocks have 16 bits.
  static constexpr std::int64_t kMaxDistance = 65'535;

  explicit ReceivedTsns(std::uint32_t firstTsn)
      : cumulative_(std::int64_t{firstTsn} - 1 + (std::int64_t{1} << 32)) {}

  // Returns the unwrapped TSN: the one nearest to the cumulative TSN.
  [[nodiscard]] std::int64_t Unwrap(std::uint32_t tsn) const {
    return cumulative_ + static_cast<std::int32_t>(tsn - static_cast<std::uint32_t>(cumulative_));
  }
  [[nodiscard]] bool IsDuplicate(std::int64_t tsn) const;
  // Returns false if there is no room to note the TSN.
  [[nodiscard]] bool HasRoom(std::int64_t tsn) const;
  // Notes a TSN that is no duplicate and for which there is room.
  void Add(std::int64_t tsn);
  void NoteDuplicate(std::int64_t tsn);
  // The peer abandons everything up to this TSN.
  void AdvanceTo(std::int64_t tsn);

  [[nodiscard]] std::int64_t Cumulative() const { return cumulative_; }
  [[nodiscard]] bool HasGaps() const { return !ranges_.empty(); }

  // Writes a SACK, with as many gap blocks as fit, and forgets the duplicates.
  void WriteSack(PacketWriter& writer, std::uint32_t receiveWindow);

 private:
  static constexpr std::size_t kMaxDuplicates = 16;  // reported in one SACK
  void Absorb();

  std::int64_t cumulative_;
  std::map<std::int64_t, std::int64_t> ranges_;  // first to last, beyond the cumulative TSN
  std::vector<std::uint32_t> duplicates_;
};

}  // namespace ringcast::sctp
