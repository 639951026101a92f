#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "bench/ChildProcess.hpp"
#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// The load process, and our end of the socket to it. Destroying it ends both.
class LoadProcess {
 public:
  [[nodiscard]] static Result<LoadProcess> Start(const FanoutOptions& options);

  [[nodiscard]] LoadPlan& Plan() const { return *plan_; }
  [[nodiscard]] int Control() const { return process_.Control(); }
  void TellGo() const;
  // Returns nullopt if the load is gone.
  [[nodiscard]] std::optional<Signal> NextSignal() const;
  // Returns why the load is gone.
  [[nodiscard]] Error Failure() const;

 private:
  LoadProcess(std::shared_ptr<LoadPlan> plan, ChildProcess process)
      : plan_(std::move(plan)), process_(std::move(process)) {}

  std::shared_ptr<LoadPlan> plan_;
  ChildProcess process_;
};

// Returns the figures of this process at the time of the call.
[[nodiscard]] Snapshot SnapshotOf(net::EgressStats egress);

}  // namespace ringcast::bench
