#pragma once

#include <memory>
#include <optional>
#include <string>

#include <liburing.h>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::io {

// One entry of the completion queue; liburing's own ends in a flexible array and cannot be a value.
struct Completion {
  std::uint64_t userData = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;
};

// What DepLibUring needs of a ring: the kernel's, or one whose answers a test writes.
class Uring {
 public:
  virtual ~Uring() = default;

  // A zeroed entry to fill; nullptr: the submission queue is full.
  virtual io_uring_sqe* NextEntry() = 0;
  // Hands the filled entries to the kernel. Negative: an errno, nothing was taken.
  virtual int Submit() = 0;
  // Takes the next completion off the queue.
  virtual std::optional<Completion> TakeCompletion() = 0;
  // Pins memory for sending without a copy, as buffer 0. 0, or a negative errno.
  virtual int RegisterBuffer(MutableBytes memory) = 0;

  // Becomes readable when a completion arrives while notification is on; -1: there is none.
  [[nodiscard]] virtual int WakeupDescriptor() const = 0;
  virtual void NotifyWakeup(bool on) = 0;
};

// The kernel's. nullptr: it could not be set up, and `error` is the errno. Flags that older kernels lack are
// tried and left out one by one: what the kernel takes is what it can, whatever its version says.
[[nodiscard]] std::unique_ptr<Uring> OpenKernelUring(int& error);

// What liburing 2.3's headers lack; values of the kernel's include/uapi/linux/io_uring.h.
inline constexpr std::uint8_t kOpSendmsgZeroCopy = 48;  // IORING_OP_SENDMSG_ZC, Linux 6.1
inline constexpr std::uint16_t kSendFixedBuffer = 1U
                                                  << 2;  // IORING_RECVSEND_FIXED_BUF; for sendmsg since 6.15
inline constexpr std::uint16_t kSendZeroCopyReportUsage = 1U << 3;  // IORING_SEND_ZC_REPORT_USAGE, Linux 6.2
inline constexpr std::uint32_t kNotificationCopied = 1U << 31;      // IORING_NOTIF_USAGE_ZC_COPIED

}  // namespace ringcast::io
