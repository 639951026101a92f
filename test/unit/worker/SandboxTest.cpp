// Each case runs in a child process, for a sandbox cannot be left. The child answers by its exit code.

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "Sandbox.hpp"

namespace {

constexpr int kNoSandbox = 200;

// What `body` returns after EnterSandbox() in a child; over 1000 if a signal ended it.
int InSandbox(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(ringcast::worker::EnterSandbox() ? body() : kNoSandbox);
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// The errno of a call that failed; 0: it did not.
int ErrorOf(long result) { return result < 0 ? errno : 0; }

#if defined(__SANITIZE_ADDRESS__) || defined(RINGCAST_SANITIZED)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

TEST_CASE("SandboxTest: denies system calls that a worker never needs", "[worker][sandbox]") {
  struct Case {
    const char* what;
    std::function<long()> call;
    int error;
  };
  const Case cases[] = {
      {"mount", [] { return syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr); }, EPERM},
      {"unshare", [] { return syscall(SYS_unshare, 0); }, EPERM},
      {"chroot", [] { return syscall(SYS_chroot, "/"); }, EPERM},
      {"bpf", [] { return syscall(SYS_bpf, -1, nullptr, 0); }, EPERM},
      {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); }, EPERM},
      {"keyctl", [] { return syscall(SYS_keyctl, -1, 0, 0, 0, 0); }, EPERM},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, -1); }, EPERM},
      {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, nullptr); }, EPERM},
      {"io_uring_setup", [] { return syscall(SYS_io_uring_setup, 0, nullptr); }, EPERM},
      {"setuid", [] { return syscall(SYS_setuid, getuid()); }, EPERM},
      {"unlinkat", [] { return syscall(SYS_unlinkat, AT_FDCWD, "/nonexistent", 0); }, EPERM},
      {"a packet socket", [] { return static_cast<long>(socket(AF_PACKET, SOCK_DGRAM, 0)); }, EAFNOSUPPORT},
      {"a socket for ciphers", [] { return static_cast<long>(socket(AF_ALG, SOCK_SEQPACKET, 0)); },
       EAFNOSUPPORT},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(InSandbox([&] { return ErrorOf(c.call()); }) == c.error);
  }
}

TEST_CASE("SandboxTest: denies programs, processes and writing of files", "[worker][sandbox]") {
  if (kSanitized) {
    // Sanitizers need these: the process tests of the release build look at them.
    CHECK(InSandbox([] { return ErrorOf(open("/dev/null", O_WRONLY)); }) == 0);
    return;
  }
  struct Case {
    const char* what;
    std::function<long()> call;
    int error;
  };
  const Case cases[] = {
      {"execve", [] { return syscall(SYS_execve, "/bin/true", nullptr, nullptr); }, EPERM},
      {"fork", [] { return static_cast<long>(fork()); }, EPERM},
      {"ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }, EPERM},
      {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0); },
       EPERM},
      {"a signal to the parent", [] { return static_cast<long>(kill(getppid(), 0)); }, EPERM},
      {"writing", [] { return static_cast<long>(open("/dev/null", O_WRONLY)); }, EPERM},
      {"creating", [] { return static_cast<long>(open("/tmp/ringcast-sandbox", O_RDONLY | O_CREAT, 0600)); },
       EPERM},
      {"openat2", [] { return syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0); }, ENOSYS},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(InSandbox([&] { return ErrorOf(c.call()); }) == c.error);
  }
}

TEST_CASE("SandboxTest: leaves a worker what it needs", "[worker][sandbox]") {
  CHECK(InSandbox([] {
          for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
            if (socket(family, SOCK_DGRAM, 0) < 0 && errno != EAFNOSUPPORT) return 1;
          }
          if (open("/proc/self/status", O_RDONLY) < 0) return 2;
          std::array<int, 2> pipes{};
          if (pipe(pipes.data()) != 0 || write(pipes[1], "x", 1) != 1) return 3;
          void* const memory =
              mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          if (memory == MAP_FAILED || madvise(memory, 4096, MADV_DONTDUMP) != 0) return 4;
          int ran = 0;
          std::thread([&ran] { ran = 1; }).join();
          return ran == 1 ? 0 : 5;
        }) == 0);
  CHECK(InSandbox([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }) == 1);
  CHECK(InSandbox([] { return kill(getpid(), 0); }) == 0);
  CHECK(InSandbox([] {
          std::signal(SIGABRT, SIG_DFL);
          raise(SIGABRT);
          return 0;
        }) == 1000 + SIGABRT);
}

TEST_CASE("SandboxTest: leaves no core dump once the memory is hidden", "[worker][sandbox]") {
  for (const bool hidden : {false, true}) {
    INFO("hidden: " << hidden);
    const pid_t child = fork();
    if (child == 0) {
      if (hidden) ringcast::worker::HideMemory();
      _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == (hidden ? 0 : 1));
  }
  const pid_t child = fork();
  if (child == 0) {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &unlimited) != 0) _exit(1);
    ringcast::worker::HideMemory();
    std::signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK_FALSE(WCOREDUMP(status));
}
