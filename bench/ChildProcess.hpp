#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "bench/LoopbackSocket.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Runs a part of a benchmark in a process of its own, so that its CPU time is not counted as the worker's,
// and holds our end of the socket to it. Destroying it ends both.
class ChildProcess {
 public:
  // Calls `run` with its end of the socket in the child process, which ends when `run` returns. `type` is
  // SOCK_STREAM or SOCK_SEQPACKET. The child inherits a copy of this process and its open descriptors: start
  // it early.
  [[nodiscard]] static Result<ChildProcess> Start(int type, const std::function<void(int control)>& run);
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), control_(std::exchange(other.control_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  [[nodiscard]] int Control() const { return control_; }

 private:
  ChildProcess(pid_t pid, int control) : pid_(pid), control_(control) {}

  pid_t pid_;
  int control_;
};

// Returns memory that this process shares with the processes that it starts from now on.
template <typename T>
[[nodiscard]] Result<std::shared_ptr<T>> MapShared() {
  static_assert(std::is_trivially_destructible_v<T>);
  void* const memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return SystemError("mmap");
  return std::shared_ptr<T>(new (memory) T, [](T* shared) { munmap(shared, sizeof(T)); });
}

// Raises the limit of descriptors: a socket for each participant exceeds the soft limit that shells set. If
// it cannot be raised, opening the sockets reports the error.
void RaiseDescriptorLimit();

}  // namespace ringcast::bench
