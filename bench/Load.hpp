#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/FanoutOptions.hpp"
#include "bench/LoadPlan.hpp"
#include "bench/LoadReceiver.hpp"
#include "bench/LoadSender.hpp"

namespace ringcast::bench {

// The load process of a benchmark: senders and receivers in one loop, in a process of its own so that the
// worker's CPU time is the worker's alone.
class Load {
 public:
  // `control`: the stream socket to the worker's process, for the signals.
  Load(const FanoutOptions& options, LoadPlan& plan, int control)
      : options_(options), plan_(plan), control_(control) {}

  // From opening the sockets to storing the result; a fault is stored in the plan as well.
  Status Run();

 private:
  Status Open();
  Status Connect();
  Status WatchReceivers(int epoll) const;
  // Sends and receives for so long.
  Status Play(int epoll, std::chrono::seconds time);
  // Receives what is still on its way.
  Status Drain(int epoll);
  // Waits for datagrams until then at the latest, and receives them.
  Status ReceiveUntil(int epoll, Nanoseconds deadline);
  // The same, but in steps of receiveEvery.
  Status ReceiveInSteps(int epoll, Nanoseconds deadline);
  // Waits for so long at most. Yields whether there may be more.
  Result<bool> ReceiveOnce(int epoll, Nanoseconds wait);
  // The measured time begins.
  void ResetCounts();
  void StoreResult();
  [[nodiscard]] KindResult ResultOf(MediaKind kind);
  [[nodiscard]] std::uint64_t Overflows() const;

  void Tell(Signal signal) const;
  // False: the worker's process is gone.
  [[nodiscard]] bool AwaitGo() const;

  const FanoutOptions& options_;
  LoadPlan& plan_;
  int control_;
  std::vector<LoadSender> senders_;
  std::vector<LoadReceiver> receivers_;
  ReceiveBatch batch_;
  SendLog log_{options_.Streams(), std::max(options_.videoRate, options_.audioRate)};
  Tally tally_;
  Nanoseconds nextReceive_{};  // with receiveEvery
  std::uint64_t overflowsBefore_ = 0;
  Nanoseconds cpuBefore_{};
};

}  // namespace ringcast::bench
