#pragma once

namespace ringcast {

// Prints the condition and its location on stderr and aborts. For bugs of this process only: a fault of a
// peer or of the controller is returned as a value.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace ringcast

// Enabled in release builds as well: a worker that continues with broken invariants corrupts other
// participants' media.
#define RC_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::ringcast::AssertionFailed(#condition, __FILE__, __LINE__))
