#include "Sandbox.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "ringcast/base/Assert.hpp"

namespace ringcast::worker {

namespace {

// LeakSanitizer stops the process from a child process, and symbolizes its report with an external program. A
// build with AddressSanitizer therefore keeps the system calls for processes and files.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
// System calls of the x32 ABI, the same ones with other numbers, have this bit set.
constexpr std::uint32_t kFirstForeign = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kFirstForeign = 0xFFFFFFFF;
#else
constexpr std::uint32_t kArchitecture = 0;
constexpr std::uint32_t kFirstForeign = 0xFFFFFFFF;
#endif

// Programs and other processes.
constexpr int kProcesses[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_setpriority,
    SYS_process_madvise,
#if defined(SYS_fork)
    SYS_fork,
    SYS_vfork,
#endif
};

// Files, mounts, users, clocks, keys and the kernel.
constexpr int kSystem[] = {
    // Changes of file names and modes.
    SYS_unlinkat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_fchmodat,
    SYS_fchownat,
    SYS_truncate,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_fchmod,
    SYS_fchown,
    SYS_utimensat,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
#if defined(SYS_open)
    SYS_unlink,
    SYS_rename,
    SYS_renameat,
    SYS_mkdir,
    SYS_rmdir,
    SYS_link,
    SYS_symlink,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_creat,
#endif
    // Mounts and namespaces.
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    // Users and capabilities.
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_setsid,
    SYS_personality,
    // System clock, host name and machine state.
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_reboot,
    SYS_acct,
    SYS_syslog,
    SYS_vhangup,
#if defined(SYS_iopl)
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
    // Kernel modules, and the interfaces through which most kernel vulnerabilities were exploited.
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#if defined(SYS_kexec_file_load)
    SYS_kexec_file_load,
#endif
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_io_uring_setup,
    SYS_vmsplice,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_mbind,
    SYS_set_mempolicy,
};

// A classic BPF program over struct seccomp_data. Arguments are compared by their lower 32 bits, which are
// the ones that the kernel uses for an int. (The offset assumes a little-endian machine.)
class Program {
 public:
  void Load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void LoadCall() { Load(offsetof(seccomp_data, nr)); }
  void LoadArgument(std::size_t index) { Load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t)); }
  void Return(std::uint32_t action) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
  void And(std::uint32_t mask) { code_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask)); }

  // These skip the next `count` instructions if the loaded value is not equal to, is equal to, or is less
  // than `value`.
  void SkipUnless(std::uint32_t value, std::uint8_t count) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
  }
  void SkipIf(std::uint32_t value, std::uint8_t count) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0));
  }
  void SkipBelow(std::uint32_t value, std::uint8_t count) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, count));
  }
  void Deny(int call, int error = EPERM) {
    SkipUnless(static_cast<std::uint32_t>(call), 1);
    Return(Errno(error));
  }
  static std::uint32_t Errno(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

  [[nodiscard]] std::vector<sock_filter>& Code() { return code_; }

 private:
  std::vector<sock_filter> code_;
};

// Denies fork but not the creation of threads, which share the memory and the filter of this process.
void DenyNewProcesses(Program& program) {
  // the filter cannot read its flags, which are in memory; the C library falls back to clone
  program.Deny(SYS_clone3, ENOSYS);
  program.SkipUnless(SYS_clone, 5);
  program.LoadArgument(0);
  program.And(CLONE_THREAD);
  program.SkipIf(CLONE_THREAD, 1);
  program.Return(Program::Errno(EPERM));
  program.LoadCall();
}

// Allows signals to this process only, for abort() and raise().
void DenySignalsToOthers(Program& program) {
  for (const auto call : {SYS_kill, SYS_tgkill}) {
    program.SkipUnless(static_cast<std::uint32_t>(call), 4);
    program.LoadArgument(0);
    program.SkipIf(static_cast<std::uint32_t>(getpid()), 1);
    program.Return(Program::Errno(EPERM));
    program.LoadCall();
  }
}

// Allows opening files for reading only, for OpenSSL, the C library and /proc.
void DenyWritingFiles(Program& program) {
  program.Deny(SYS_openat2, ENOSYS);
  const auto deny = [&program](int call, std::size_t flags) {
    program.SkipUnless(static_cast<std::uint32_t>(call), 5);
    program.LoadArgument(flags);
    program.And(O_ACCMODE | O_CREAT | O_TRUNC);
    program.SkipIf(O_RDONLY, 1);
    program.Return(Program::Errno(EPERM));
    program.LoadCall();
  };
  deny(SYS_openat, 2);
#if defined(SYS_open)
  deny(SYS_open, 1);
#endif
}

void DenyOtherSockets(Program& program) {
  program.SkipUnless(SYS_socket, 7);
  program.LoadArgument(0);
  program.SkipIf(AF_UNIX, 4);
  program.SkipIf(AF_INET, 3);
  program.SkipIf(AF_INET6, 2);
  program.SkipIf(AF_NETLINK, 1);
  program.Return(Program::Errno(EAFNOSUPPORT));
  program.LoadCall();
}

Program Filter() {
  Program program;
  program.Load(offsetof(seccomp_data, arch));
  program.SkipIf(kArchitecture, 1);
  program.Return(Program::Errno(EPERM));
  program.LoadCall();
  program.SkipBelow(kFirstForeign, 1);
  program.Return(Program::Errno(EPERM));
  for (const int call : kSystem) program.Deny(call);
  if (!kSanitized) {
    for (const int call : kProcesses) program.Deny(call);
    DenyNewProcesses(program);
    DenySignalsToOthers(program);
    DenyWritingFiles(program);
  }
  DenyOtherSockets(program);
  program.Return(SECCOMP_RET_ALLOW);
  return program;
}

Status Failed(const char* what) {
  return GenericError(std::string(what) + ": " +
                      std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): one thread
}

}  // namespace

Status EnterSandbox() {
  if (kArchitecture == 0) return GenericError("no filter for this architecture");
  auto program = Filter();
  RC_ASSERT(program.Code().size() <= BPF_MAXINSNS);
  const sock_fprog filter{.len = static_cast<unsigned short>(program.Code().size()),
                          .filter = program.Code().data()};
  // The kernel requires this flag for a filter of an unprivileged process.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("PR_SET_NO_NEW_PRIVS");
  // For all threads, because a library may have started one.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
    return Failed("seccomp");
  return OkStatus();
}

void HideMemory() { RC_ASSERT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0); }

}  // namespace ringcast::worker
