#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/Policer.hpp"
#include "ringcast/rtc/PoolBudget.hpp"

namespace ringcast::rtc {

class Producer;
class Transport;

// What one turn of the event loop received, on its way to those who are to get it.
//
// A small turn goes out whole, transport by transport. A large one is cut: audio goes first, to everybody;
// video follows in slices, and between two slices the loop looks at its sockets and pipes, so that audio and
// requests that come meanwhile do not wait behind it. Packets of one producer stay in order: while its last
// ones are on their way out, newer ones wait for the next round.
class Turn {
 public:
  // `coalescing`: how long video may wait for the rest of its frame while the loop has time to spare; zero:
  // not at all.
  Turn(TimerQueue& timers, Duration coalescing) : coalescing_(coalescing), timer_(timers, [](Instant) {}) {}

  // Packets that may wait for their round: half a second of ten thousand a second and more, and a quarter of
  // the packet pool, so that audio finds buffers whatever happens to video. Audio counts as well, while it
  // waits; video alone is refused.
  static constexpr std::size_t kMaxWaiting = PoolBudget{}.Waiting();
  static_assert(kMaxWaiting == 8192);
  [[nodiscard]] std::size_t WaitingPackets() const { return waitingPackets_; }
  [[nodiscard]] bool Full() const { return waitingPackets_ >= kMaxWaiting; }
  // Of audio the waiting packets of one producer are limited: half a second at the limit of one encoding.
  static constexpr std::size_t kMaxAudioWaiting = Policer::kAudioRate / 2;
  // Packets of one producer times its consumers in one round, so that no producer has the thread to itself
  // for long. Audio goes out in one piece: about 10 ms at half a microsecond to a microsecond each. Video
  // goes out in slices, and is cheaper in long runs: 65,536, but at least four runs of 64 packets.
  static constexpr std::size_t kMaxAudioWork = 16384;
  static constexpr std::size_t kMaxVideoWork = 65536;
  static constexpr std::size_t kMinVideoRound = 256;
  // The turn is full, and `asking` wants to publish video. Drops half of what the producer that has most
  // waits with. False: `asking` has about as much itself.
  [[nodiscard]] bool MakeRoom(const Producer& asking);

  // The producer has received its first packet since it was told to announce what it has.
  void Add(Producer& producer) { producers_.push_back(&producer); }
  void CountWaiting() { ++waitingPackets_; }
  // Consumers of it are to be offered something; `first`: none of them waits for that already.
  void Add(Transport& transport, bool first);
  void Forget(Producer& producer);
  void Forget(Transport& transport);

  // The turn ends. At most about `slice` packets of video are sent at once. `busy`: the loop has no time to
  // spare. True: there is more, and the loop should come back at once.
  bool End(Instant now, std::size_t slice, bool busy);
  // What has come so far must not be overtaken by what a request changes; a turn that is too large for that
  // goes on as it would.
  void EndBeforeRequest(Instant now, std::size_t slice);

  struct Stats {
    std::uint64_t forwarded = 0;       // packets that consumers took
    std::uint64_t splitTurns = 0;      // that took more than one slice
    std::uint64_t coalescedTurns = 0;  // after which video waited for the rest of its frame
  };
  [[nodiscard]] const Stats& Totals() const { return stats_; }
  // How long packets waited from their arrival until their round began, at the best moment since the last
  // call: video in the least of all rounds, or audio that a producer has too much of for one round.
  [[nodiscard]] Duration TakeLeastWait(Instant now);

 private:
  [[nodiscard]] bool InRound() const { return next_ < transports_.size(); }
  [[nodiscard]] bool Due(const Producer& producer, Instant now, bool busy) const;
  void SendAudio(Instant now);
  // Notes how long audio waits that did not go out in this turn.
  void NoteAudioWait(Instant now);
  // Announces what those producers have that are due, of both kinds or of video only.
  void BeginRound(Instant now, bool busy, bool videoOnly);
  void Serve(Instant now, std::size_t slice);
  void EndRound();
  [[nodiscard]] std::size_t PacketsToSend() const;
  // What waits with it goes out now.
  void Announce(Producer& producer);

  std::vector<Producer*> producers_;    // with packets that nobody was told of
  std::vector<Producer*> round_;        // whose packets are on their way out
  std::vector<Transport*> transports_;  // of the round, to be served from next_ on; nullptr: gone
  std::size_t next_ = 0;
  Instant roundOldest_{};  // arrival of the round's first packet of video
  std::optional<Duration> leastWait_;
  std::optional<Duration> leastAudioWait_;
  bool audioFirst_ = false;          // only in SendAudio()
  std::vector<Transport*> hurried_;  // likewise
  std::size_t waitingPackets_ = 0;
  Duration coalescing_;
  Timer timer_;  // for video that waits; the turn ends when it fires, as after all else
  Stats stats_;
};

}  // namespace ringcast::rtc
