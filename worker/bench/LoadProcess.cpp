#include "bench/LoadProcess.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <string>
#include <type_traits>

#include "bench/Load.hpp"

namespace ringcast::worker::bench {
namespace {

struct Unmapper {
  void operator()(LoadPlan* plan) const { munmap(plan, sizeof(LoadPlan)); }
};

Result<std::shared_ptr<LoadPlan>> MapPlan() {
  void* const memory =
      mmap(nullptr, sizeof(LoadPlan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return SystemError("mmap");
  static_assert(std::is_trivially_destructible_v<LoadPlan>);
  return std::shared_ptr<LoadPlan>(new (memory) LoadPlan, Unmapper());
}

[[noreturn]] void RunLoad(const FanoutOptions& options, LoadPlan& plan, int control, pid_t parent) {
  // It must not outlive the one that it is for.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // By default the kernel rounds times to 50 us: bursts would leave late, and together.
  prctl(PR_SET_TIMERSLACK, 1UL);
  const auto status = std::make_unique<Load>(options, plan, control)->Run();
  if (!status) StoreText(plan.failure, status.Failure().reason);
  _exit(status ? 0 : 1);
}

// A socket for each participant: more than the soft limit that shells give. If it cannot be raised, opening
// them says so.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Duration ToDuration(const timeval& time) { return Seconds(time.tv_sec) + Microseconds(time.tv_usec); }

}  // namespace

Result<LoadProcess> LoadProcess::Start(const FanoutOptions& options) {
  RaiseDescriptorLimit();
  auto plan = MapPlan();
  if (!plan) return plan.Failure();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return SystemError("socketpair");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    auto failure = SystemError("fork");
    close(ends[0]);
    close(ends[1]);
    return failure;
  }
  if (pid == 0) {
    close(ends[0]);
    RunLoad(options, **plan, ends[1], parent);
  }
  close(ends[1]);
  return LoadProcess(std::move(*plan), pid, ends[0]);
}

LoadProcess::~LoadProcess() {
  if (pid_ < 0) return;
  close(control_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void LoadProcess::TellGo() const {
  const char byte = static_cast<char>(Signal::kGo);
  // If it cannot be told, it is gone, and the next signal does not come.
  [[maybe_unused]] const auto written = write(control_, &byte, 1);
}

std::optional<Signal> LoadProcess::NextSignal() const {
  char byte = 0;
  if (read(control_, &byte, 1) != 1) return std::nullopt;
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

}  // namespace ringcast::worker::bench
