#pragma once

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// Permanently drops the permissions that a running worker never needs: to run programs and create processes,
// to read the memory of other processes or signal them, to modify files, mounts, users, clocks and the
// kernel, to create io_uring instances, and to open sockets other than UNIX, IP and netlink ones. These
// system calls then fail with EPERM (EAFNOSUPPORT for sockets, ENOSYS where the C library falls back to
// another call). Call it once, when everything is open.
//
// This is a deny list. An allow list would grant fewer permissions, but each new version of the C library, of
// OpenSSL and of the kernel's io_uring worker adds calls: a call missing from an allow list breaks the
// worker, while a call missing here is only one permission too many.
//
// Returns an error if the kernel does not support seccomp filters. All system calls then remain allowed.
Status EnterSandbox();

// Keeps the memory of this process, which contains keys, out of core dumps and inaccessible to other
// processes of the same user (PR_SET_DUMPABLE, ptrace(2)).
void HideMemory();

}  // namespace ringcast::worker
