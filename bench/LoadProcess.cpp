#include "bench/LoadProcess.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "bench/Load.hpp"

namespace ringcast::bench {
namespace {

Duration ToDuration(const timeval& time) { return Seconds(time.tv_sec) + Microseconds(time.tv_usec); }

}  // namespace

Result<LoadProcess> LoadProcess::Start(const FanoutOptions& options) {
  RaiseDescriptorLimit();
  auto plan = MapShared<LoadPlan>();
  if (!plan) return plan.Failure();
  auto process = ChildProcess::Start(SOCK_STREAM, [&options, &plan = **plan](int control) {
    const auto status = std::make_unique<Load>(options, plan, control)->Run();
    if (!status) StoreText(plan.failure, status.Failure().reason);
  });
  if (!process) return process.Failure();
  return LoadProcess(std::move(*plan), std::move(*process));
}

void LoadProcess::TellGo() const {
  const char byte = static_cast<char>(Signal::kGo);
  // If the write fails, the load is gone, and NextSignal returns nullopt.
  [[maybe_unused]] const auto written = write(Control(), &byte, 1);
}

std::optional<Signal> LoadProcess::NextSignal() const {
  char byte = 0;
  if (read(Control(), &byte, 1) != 1) return std::nullopt;
  return static_cast<Signal>(byte);
}

Error LoadProcess::Failure() const {
  const std::string why = plan_->failure.data();
  return GenericError("the load process failed: " + (why.empty() ? "it is gone" : why));
}

Snapshot SnapshotOf(net::EgressStats egress) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {.userTime = ToDuration(usage.ru_utime),
          .systemTime = ToDuration(usage.ru_stime),
          .egress = std::move(egress)};
}

}  // namespace ringcast::bench
