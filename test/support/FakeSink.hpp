#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::test {

// The datagrams of one Send().
struct Run {
  std::vector<std::uint8_t> bytes;
  net::Segments segments;
  net::SocketId socket;
  net::Address to;
};

struct Datagram {
  std::vector<std::uint8_t> bytes;
  net::SocketId socket;
  net::Address to;
};

// Records the sends instead of sending. A slot is free again right after its send.
class FakeSink final : public net::DatagramSink {
 public:
  // Each slot size has `slots` slots.
  explicit FakeSink(std::size_t slots = 64) : limit_(slots) {}
  // With 0, no slot is free.
  void SetLimit(std::size_t slots) { limit_ = slots; }
  ~FakeSink() override;

  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t bytes) override;
  void Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
            const net::Address& to) override;
  void Flush() override;

  // All sends since the test last cleared the list, in order.
  std::vector<Run> sent;
  // Returns the sent datagrams, segmented like in the kernel.
  [[nodiscard]] std::vector<Datagram> Datagrams() const;

  [[nodiscard]] std::size_t Flushes() const { return flushes_; }
  // Returns the number of sends since the last flush.
  [[nodiscard]] std::size_t Unflushed() const { return unflushed_; }
  // Returns the number of requests for more than the largest slot.
  [[nodiscard]] std::size_t Oversize() const { return oversize_; }
  // Returns the number of acquired slots that are neither sent nor dropped.
  [[nodiscard]] std::size_t SlotsInUse() const { return inUse_; }

 private:
  struct Slot {
    std::unique_ptr<std::uint8_t[]> memory;
    std::size_t size = 0;
    std::size_t asked = 0;  // the size requested from Acquire()
    bool taken = false;
  };

  void Free(std::uint32_t slotIndex) override;

  std::size_t limit_;
  std::vector<Slot> slots_;
  std::size_t flushes_ = 0;
  std::size_t unflushed_ = 0;
  std::size_t inUse_ = 0;
  std::size_t oversize_ = 0;
};

}  // namespace ringcast::test
