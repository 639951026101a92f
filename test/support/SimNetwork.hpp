#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Time.hpp"
#include "support/SimLink.hpp"

namespace ringcast::test {

// Links and the datagrams in flight. The network has no clock: the caller advances the time and asks for the
// next arrival. The same seed and the same calls give the same arrivals.
class SimNetwork {
 public:
  using LinkId = std::uint32_t;

  explicit SimNetwork(std::uint64_t seed) : seeds_(seed) {}

  [[nodiscard]] LinkId AddLink(const LinkConditions& conditions);
  [[nodiscard]] SimLink& Link(LinkId link) { return links_[link]; }

  void Send(LinkId link, ByteView datagram, Instant now);

  [[nodiscard]] std::optional<Instant> NextArrival() const;
  struct Arrival {
    LinkId link = 0;
    ByteView datagram;  // valid until the next call
  };
  // Returns the next datagram that has arrived by `now`, in the order of arrival and then of sending.
  [[nodiscard]] std::optional<Arrival> Receive(Instant now);

  [[nodiscard]] std::size_t OnTheirWay() const { return heap_.size(); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t order;
    std::uint32_t slot;
  };
  struct Slot {
    LinkId link = 0;
    std::vector<std::uint8_t> datagram;
  };
  [[nodiscard]] static bool Later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }
  void Put(LinkId link, ByteView datagram, Instant at);

  SeededRandom seeds_;
  std::deque<SimLink> links_;
  std::vector<Entry> heap_;  // ordered by std::push_heap
  // Reused buffers, which keep their capacity.
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> freeSlots_;
  std::optional<std::uint32_t> handedOut_;
  std::uint64_t sendings_ = 0;
};

}  // namespace ringcast::test
