#pragma once

namespace ringcast {

// Says where and what on stderr and aborts. Our own fault only: a peer's or the controller's fault is a
// value.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace ringcast

// Stays on in release builds: a worker that goes on with broken invariants corrupts other people's media.
#define RC_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::ringcast::AssertionFailed(#condition, __FILE__, __LINE__))
