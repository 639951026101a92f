#pragma once

#include <cstdint>

namespace ringcast::io {

// What a completion means, and nothing else: no state, so that a table can test it.
struct Verdict {
  bool freesSlot = false;    // the kernel is done with the slot's memory
  bool isResult = false;     // carries the outcome of the send; a notification does not
  bool resendPlain = false;  // zero copy failed where a copy may not: send it again, once the slot is free
  bool disableZeroCopy = false;
  bool reportsCopied = false;  // the kernel copied after all
  int error = 0;               // positive errno of a send that failed for good
};

// `result` and `flags` of the completion, and whether the send was one without a copy:
// 1. a notification (F_NOTIF) frees the slot; its result says whether the kernel copied.
// 2. a zero-copy result with F_MORE keeps the slot until its notification, whatever the result is.
// 3. a zero-copy result without F_MORE frees it: there will be no notification.
// 4. ENOMEM (too much pinned) and EOPNOTSUPP (the device or protocol) of a zero-copy send: zero copy off, the
//    data is sent again plainly. EINVAL means that the kernel does not know the operation or the flag, or
//    that this path refuses the segments: sent again plainly, and zero copy goes off if that succeeds.
// 5. a plain result frees the slot; an error is final.
[[nodiscard]] Verdict JudgeCompletion(std::int32_t result, std::uint32_t flags, bool zeroCopy);

}  // namespace ringcast::io
