#pragma once

#include <sys/syscall.h>

#include <functional>

namespace ringcast::test {

// Runs `body` in a child, for what cannot be undone in a process. Returns its result, the exit code.
int InChild(const std::function<int()>& body);

// From here on this system call of the process fails with the error, as under a container's seccomp profile.
[[nodiscard]] bool ForbidCall(long number, int error);

}  // namespace ringcast::test
