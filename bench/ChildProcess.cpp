#include "bench/ChildProcess.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace ringcast::bench {

Result<ChildProcess> ChildProcess::Start(int type, const std::function<void(int control)>& run) {
  int ends[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return SystemError("socketpair");
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
    // The child must not outlive its parent.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    // By default the kernel rounds timers to 50 us, so that bursts would be sent late and together.
    prctl(PR_SET_TIMERSLACK, 1UL);
    run(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  return ChildProcess(pid, ends[0]);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  close(control_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ringcast::bench
