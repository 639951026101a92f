#include "io/Verdict.hpp"

#include <cerrno>

#include "io/Uring.hpp"

namespace ringcast::io {

Verdict JudgeCompletion(std::int32_t result, std::uint32_t flags, bool zeroCopy) {
  Verdict verdict;
  if ((flags & IORING_CQE_F_NOTIF) != 0) {
    verdict.freesSlot = true;
    verdict.reportsCopied = (static_cast<std::uint32_t>(result) & kNotificationCopied) != 0;
    return verdict;
  }
  verdict.isResult = true;
  verdict.freesSlot = !zeroCopy || (flags & IORING_CQE_F_MORE) == 0;
  if (result >= 0) return verdict;
  if (zeroCopy && (result == -ENOMEM || result == -EOPNOTSUPP || result == -EINVAL)) {
    verdict.resendPlain = true;
    verdict.disableZeroCopy = result != -EINVAL;
    return verdict;
  }
  verdict.error = -result;
  return verdict;
}

}  // namespace ringcast::io
