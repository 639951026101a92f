#pragma once

#include <memory>
#include <optional>
#include <string>

#include <liburing.h>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::io {

// An entry of the completion queue. liburing's own type ends in a flexible array and cannot be copied.
struct Completion {
  std::uint64_t userData = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;
};

// The ring operations that DepLibUring needs: of the kernel, or of a fake whose results a test sets.
class Uring {
 public:
  virtual ~Uring() = default;

  // Returns a zeroed entry to fill, or nullptr if the submission queue is full.
  virtual io_uring_sqe* NextEntry() = 0;
  // Hands the filled entries to the kernel. Returns the number taken, or a negative errno if none was taken.
  virtual int Submit() = 0;
  // Removes and returns the next completion.
  virtual std::optional<Completion> TakeCompletion() = 0;
  // Registers (pins) memory as buffer 0 for zero-copy sends. Returns 0 or a negative errno.
  virtual int RegisterBuffer(MutableBytes memory) = 0;

  // Becomes readable when a completion arrives while notification is on; -1 if there is none.
  [[nodiscard]] virtual int WakeupDescriptor() const = 0;
  virtual void NotifyWakeup(bool on) = 0;
};

// Returns the kernel's ring, or nullptr if it could not be set up, with the errno in `error`. Flags that
// older kernels lack are removed one by one until the setup succeeds, instead of checking the kernel's
// version.
[[nodiscard]] std::unique_ptr<Uring> OpenKernelUring(int& error);

// Constants missing from liburing 2.3's headers, with the values of the kernel's
// include/uapi/linux/io_uring.h.
inline constexpr std::uint8_t kOpSendmsgZeroCopy = 48;  // IORING_OP_SENDMSG_ZC, Linux 6.1
inline constexpr std::uint16_t kSendFixedBuffer = 1U
                                                  << 2;  // IORING_RECVSEND_FIXED_BUF; for sendmsg since 6.15
inline constexpr std::uint16_t kSendZeroCopyReportUsage = 1U << 3;  // IORING_SEND_ZC_REPORT_USAGE, Linux 6.2
inline constexpr std::uint32_t kNotificationCopied = 1U << 31;      // IORING_NOTIF_USAGE_ZC_COPIED

}  // namespace ringcast::io
