#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtp/PacketCache.hpp"

namespace ringcast::rtc {

// The packets of one producer between their arrival and the end of their forwarding round.
//
// Marks where the numbering of an encoding restarts (RoutedPacket::restarted). Consumers must see each such
// change, whichever packets are dropped before: they would take new sequence numbers for old ones, and use
// their own numbers twice.
class ForwardingQueue {
 public:
  explicit ForwardingQueue(std::size_t encodings) : sources_(encodings) {}

  // Appends packets to a queue, as far as the scheduler has room.
  class Writer {
   public:
    // `room`: packets that may still wait in the worker.
    Writer(ForwardingQueue& queue, std::size_t room) : queue_(queue), room_(room) {}

    [[nodiscard]] bool Full() const { return room_ == 0; }
    [[nodiscard]] std::size_t Count() const { return count_; }  // of the packets pushed
    // Appends a packet even if there is no room: the caller decides by Full().
    void Push(RoutedPacket&& routed, Instant now) {
      if (room_ > 0) --room_;
      ++count_;
      queue_.Push(std::move(routed), now);
    }

   private:
    ForwardingQueue& queue_;
    std::size_t room_;
    std::size_t count_ = 0;
  };

  // --- Waiting packets ---

  [[nodiscard]] std::size_t Size() const { return waiting_.size(); }
  // Returns the arrival of the oldest packet. The queue must not be empty.
  [[nodiscard]] Instant WaitingSince() const { return waitingSince_; }
  // True if the newest packet ends a frame. The queue must not be empty.
  [[nodiscard]] bool FrameComplete() const { return waiting_.back().packet.Marker(); }
  void DropNewest(std::size_t count);
  // The sequence numbers of this source have restarted.
  void OnRestart(std::size_t encoding, Ssrc source) {
    if (sources_[encoding] == source) sources_[encoding].reset();
  }

  // --- The round ---

  // Moves the oldest waiting packets, at most `limit`, to the round and returns them in the order of arrival.
  // They stay until EndRound(). Adds up to `gsoPadding` bytes of padding to each, for packets of equal size,
  // and puts them into `cache` unless it is nullptr.
  [[nodiscard]] std::span<const RoutedPacket> BeginRound(std::size_t limit, std::uint8_t gsoPadding,
                                                         rtp::PacketCache* cache);
  void EndRound() { round_.clear(); }

 private:
  void Push(RoutedPacket&& routed, Instant now);
  void Pad(std::uint8_t gsoPadding);

  // By encoding, the source of the newest packet; nullopt if the next packet restarts the numbering.
  std::vector<std::optional<Ssrc>> sources_;
  // The vectors keep their memory from round to round.
  std::vector<RoutedPacket> waiting_;
  Instant waitingSince_{};
  std::vector<RoutedPacket> round_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint8_t> padding_;
};

}  // namespace ringcast::rtc
