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

// The load process of a benchmark: senders and receivers in one loop, in a process of its own, so that its
// CPU time is not counted as the worker's.
class Load {
 public:
  // `control` is the stream socket to the worker's process, for the signals.
  Load(const FanoutOptions& options, LoadPlan& plan, int control)
      : options_(options), plan_(plan), control_(control) {}

  // Runs from opening the sockets to storing the result. Returns the error of a failure, which the caller
  // stores in the plan.
  Status Run();

 private:
  Status Open();
  Status Connect();
  Status WatchReceivers(int epoll) const;
  // Sends and receives for `time`.
  Status Play(int epoll, std::chrono::seconds time);
  // Receives the packets still in flight.
  Status Drain(int epoll);
  // Waits for datagrams until `deadline`, and receives them.
  Status ReceiveUntil(int epoll, Nanoseconds deadline);
  // Like ReceiveUntil, but at intervals of receiveEvery.
  Status ReceiveInSteps(int epoll, Nanoseconds deadline);
  // Waits at most `wait`. Returns true if more datagrams may be pending.
  Result<bool> ReceiveOnce(int epoll, Nanoseconds wait);
  // Call when the measured period begins.
  void ResetCounts();
  void StoreResult();
  [[nodiscard]] KindResult ResultOf(MediaKind kind);
  [[nodiscard]] std::uint64_t Overflows() const;

  void Tell(Signal signal) const;
  // Returns false if the worker's process is gone.
  [[nodiscard]] bool AwaitGo() const;

  const FanoutOptions& options_;
  LoadPlan& plan_;
  int control_;
  std::vector<LoadSender> senders_;
  std::vector<LoadReceiver> receivers_;
  ReceiveBatch batch_;
  SendLog log_{options_.Streams(), std::max(options_.videoRate, options_.audioRate)};
  Tally tally_;
  Nanoseconds nextReceive_{};  // only with receiveEvery
  std::uint64_t overflowsBefore_ = 0;
  Nanoseconds cpuBefore_{};
};

}  // namespace ringcast::bench
