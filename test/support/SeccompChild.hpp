#pragma once

#include <sys/syscall.h>

#include <functional>

namespace ringcast::test {

// Runs `body` in a child process, for irreversible changes. Returns its result, the exit code.
int InChild(const std::function<int()>& body);

// Makes this system call of the process fail with the error, as under a container's seccomp profile.
[[nodiscard]] bool ForbidCall(long number, int error);

}  // namespace ringcast::test
