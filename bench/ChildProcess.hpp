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

// A part of a benchmark in a process of its own, so that the worker's CPU time is the worker's alone, and our
// end of the socket to it. Destroying it ends both.
class ChildProcess {
 public:
  // `run` gets its end of the socket; when it returns, the process ends. `type`: SOCK_STREAM, SOCK_SEQPACKET.
  // It has everything that this process has now, but for its descriptors' later life: start it early.
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

// Memory that this process and those that it starts from now on share.
template <typename T>
[[nodiscard]] Result<std::shared_ptr<T>> MapShared() {
  static_assert(std::is_trivially_destructible_v<T>);
  void* const memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return SystemError("mmap");
  return std::shared_ptr<T>(new (memory) T, [](T* shared) { munmap(shared, sizeof(T)); });
}

// A socket for each participant is more than the soft limit that shells give. If it cannot be raised, opening
// them says so.
void RaiseDescriptorLimit();

}  // namespace ringcast::bench
