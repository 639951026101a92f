#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <utility>

#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::worker::bench {

// The load's process, and our end of the socket to it. Destroying it ends both.
class LoadProcess {
 public:
  [[nodiscard]] static Result<LoadProcess> Start(const FanoutOptions& options);
  LoadProcess(LoadProcess&& other) noexcept
      : plan_(std::move(other.plan_)),
        pid_(std::exchange(other.pid_, -1)),
        control_(std::exchange(other.control_, -1)) {}
  LoadProcess& operator=(LoadProcess&&) = delete;
  ~LoadProcess();

  [[nodiscard]] LoadPlan& Plan() const { return *plan_; }
  [[nodiscard]] int Control() const { return control_; }
  void TellGo() const;
  // nullopt: the load is gone.
  [[nodiscard]] std::optional<Signal> NextSignal() const;
  // Why it is gone.
  [[nodiscard]] Error Failure() const;

 private:
  LoadProcess(std::shared_ptr<LoadPlan> plan, pid_t pid, int control)
      : plan_(std::move(plan)), pid_(pid), control_(control) {}

  std::shared_ptr<LoadPlan> plan_;
  pid_t pid_;
  int control_;
};

// This process now.
[[nodiscard]] Snapshot SnapshotOf(net::EgressStats egress);

}  // namespace ringcast::worker::bench
