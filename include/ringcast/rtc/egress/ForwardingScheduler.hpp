#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/producer/Policer.hpp"
#include "ringcast/rtc/producer/PoolBudget.hpp"

namespace ringcast::rtc {

class Producer;
class Transport;

// Decides at the end of a loop iteration which received packets are forwarded, and in which order.
//
// If there is little to forward, everything leaves, transport by transport. If there is much, audio leaves
// first, to all receivers. Video follows in slices, and between two slices the loop reads its sockets and
// pipes, so that audio and requests that arrive meanwhile do not wait behind it. Packets of one producer stay
// in order: while a round forwards some of them, later ones wait for the next round.
class ForwardingScheduler {
 public:
  // `coalescing`: how long video may wait for the rest of its frame while the loop has time to spare; zero
  // forwards it at once.
  ForwardingScheduler(TimerQueue& timers, Duration coalescing)
      : coalescing_(coalescing), timer_(timers, [](Instant) {}) {}

  // Packets that may wait for their round: more than half a second of 10,000 packets per second, and a
  // quarter of the packet pool, so that audio finds buffers whatever video does. Waiting audio counts too,
  // but only video is dropped.
  static constexpr std::size_t kMaxWaiting = PoolBudget{}.Waiting();
  static_assert(kMaxWaiting == 8192);
  [[nodiscard]] std::size_t WaitingPackets() const { return waitingPackets_; }
  [[nodiscard]] bool Full() const { return waitingPackets_ >= kMaxWaiting; }
  // Returns how many packets may still wait.
  [[nodiscard]] std::size_t Room() const { return Full() ? 0 : kMaxWaiting - waitingPackets_; }
  // Waiting packets of one audio producer: half a second at the limit of one encoding.
  static constexpr std::size_t kMaxAudioWaiting = Policer::kAudioRate / 2;
  // Packets of one producer times its consumers in one round, so that no producer occupies the thread for
  // long. Audio leaves in one piece: about 10 ms at 0.5 to 1 us for each packet. Video leaves in slices, and
  // costs less in long GSO batches: 65,536, but at least four batches of 64 packets.
  static constexpr std::size_t kMaxAudioWork = 16384;
  static constexpr std::size_t kMaxVideoWork = 65536;
  static constexpr std::size_t kMinVideoRound = 256;
  // Makes room for video of `asking` when the scheduler is full: drops half of the waiting packets of the
  // producer that has most. Returns false if `asking` has about as many itself.
  [[nodiscard]] bool MakeRoom(Producer& asking);

  // Adds a producer whose first packet since its last round waits.
  void Schedule(Producer& producer);
  void CountWaiting(std::size_t packets) { waitingPackets_ += packets; }
  void Remove(Producer& producer);
  void Remove(Transport& transport);

  // Forwards at the end of a loop iteration: at most about `slice` packets of video at once. `busy`: the loop
  // has no time to spare. Returns true if packets are left and the loop should come back at once.
  bool Forward(Instant now, std::size_t slice, bool busy);
  // Forwards what was received before a request that may change who receives it, if that is little.
  void ForwardBeforeRequest(Instant now, std::size_t slice);

  struct Stats {
    std::uint64_t forwarded = 0;       // packets that were queued for receivers
    std::uint64_t splitTurns = 0;      // rounds of video that took more than one slice
    std::uint64_t coalescedTurns = 0;  // iterations after which video waited for the rest of its frame
  };
  [[nodiscard]] const Stats& Totals() const { return stats_; }
  // Returns how long packets waited from their arrival to their round, at the best moment since the last
  // call: the shortest wait of all rounds of video, or of audio that a producer has too much of for one
  // round.
  [[nodiscard]] Duration TakeLeastWait(Instant now);

 private:
  // One kind of media on its way from producers to transports.
  struct Queue {
    std::vector<Producer*> waiting;  // producers with packets for a later round
    std::vector<Producer*> round;    // producers whose packets are being forwarded
    std::vector<Transport*>
        transports;  // with receivers of the round, served from `next` on; nullptr: closed
    std::size_t next = 0;

    [[nodiscard]] bool InRound() const { return next < transports.size(); }
  };

  [[nodiscard]] Queue& QueueOf(const Producer& producer);
  [[nodiscard]] bool Due(Producer& producer, Instant now, bool busy) const;
  [[nodiscard]] std::size_t PacketsToSend() const;
  void BeginAudioRound();
  void BeginVideoRound(Instant now, bool busy);
  // Hands packets of the producer to its router. Returns true if some are left for the next round.
  bool Publish(Producer& producer, Queue& queue);
  void ForwardAudio(Instant now);
  // Serves transports until about `slice` packets were queued, and ends the round after the last one.
  void Serve(Queue& queue, Instant now, std::size_t slice);
  static void EndRound(Queue& queue);
  // Notes how long the audio waits that this iteration leaves.
  void NoteAudioWait(Instant now);

  Queue audio_;
  Queue video_;
  Instant roundOldest_{};  // arrival of the first packet in the round of video
  std::optional<Duration> leastWait_;
  std::optional<Duration> leastAudioWait_;
  std::size_t waitingPackets_ = 0;
  Duration coalescing_;
  Timer timer_;  // for video that waits; the loop iteration ends after it fires, as after any event
  Stats stats_;
};

}  // namespace ringcast::rtc
