#pragma once

#include <cstdint>

namespace ringcast::io {

// The meaning of a completion. It is computed without state, so that a table can test it.
struct Verdict {
  bool freesSlot = false;    // the kernel no longer uses the slot's memory
  bool isResult = false;     // carries the result of the send; a notification does not
  bool resendPlain = false;  // zero copy failed, but a copied send may succeed: resend once the slot is free
  bool disableZeroCopy = false;
  bool reportsCopied = false;  // the kernel copied the data after all
  int error = 0;               // positive errno of a send that failed permanently
};

// Interprets a completion by its `result` and `flags`; `zeroCopy` is true for a zero-copy send:
// 1. A notification (F_NOTIF) frees the slot; its result reports whether the kernel copied.
// 2. A zero-copy result with F_MORE keeps the slot until its notification, whatever the result is.
// 3. A zero-copy result without F_MORE frees it: no notification follows.
// 4. ENOMEM (too much pinned memory) and EOPNOTSUPP (device or protocol) of a zero-copy send disable zero
//    copy, and the data is resent with a copy. EINVAL means that the kernel does not support the operation or
//    the flag, or that the path refuses the segments: the data is resent with a copy, and zero copy is
//    disabled if that succeeds.
// 5. A copied send's result frees the slot; an error is final.
[[nodiscard]] Verdict JudgeCompletion(std::int32_t result, std::uint32_t flags, bool zeroCopy);

}  // namespace ringcast::io
