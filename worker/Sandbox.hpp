#pragma once

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// Takes from this process, for good, what a worker that has started never needs: to run programs and create
// processes, to look into other processes or signal them, to change files, mounts, users, clocks and the
// kernel, to create io_uring instances, and to open sockets other than UNIX, IP and netlink ones. The system
// calls answer EPERM from then on (EAFNOSUPPORT for sockets, ENOSYS where the C library falls back to
// another call). Called once, when everything is open.
//
// It is a list of what is denied. A list of what is allowed would be shorter in rights, but every new version
// of the C library, of OpenSSL and of the kernel's io_uring worker adds calls, and a call missing from it is
// a dead worker; a call missing here is one right too many.
//
// Error: the kernel has no seccomp filters; nothing has changed then.
Status EnterSandbox();

// Keeps this process's memory, which is full of keys, out of core dumps and away from other processes of the
// same user (PR_SET_DUMPABLE, ptrace(2)).
void HideMemory();

}  // namespace ringcast::worker
