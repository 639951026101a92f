#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/Uring.hpp"

namespace ringcast::io {

namespace {

// Sizes of the submission queue to try, largest first: the sends between two submits. A full queue is
// submitted, so its size does not limit the worker. Newer kernels charge the queues to RLIMIT_MEMLOCK: those
// of the first size take 40 KiB.
constexpr std::array<unsigned, 3> kEntries{256, 64, 16};
// Completions per entry: results, and notifications of earlier sends. The kernel holds further ones back.
constexpr unsigned kCompletionsAnEntry = 4;

class KernelUring final : public Uring {
 public:
  KernelUring() = default;
  ~KernelUring() override {
    if (open_) io_uring_queue_exit(&ring_);
    if (wakeup_ >= 0) close(wakeup_);
  }
  KernelUring(const KernelUring&) = delete;
  KernelUring& operator=(const KernelUring&) = delete;

  // Returns 0 or a positive errno.
  int Open() {
    // SUBMIT_ALL (5.18): an invalid entry does not stop the submission of later ones. COOP_TASKRUN (5.19):
    // completions cause no interrupt, since the next submit processes them. SINGLE_ISSUER (6.0): only one
    // thread submits.
    constexpr std::array<unsigned, 4> kFlags{
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER,
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN, IORING_SETUP_SUBMIT_ALL, 0U};
    int result = -EINVAL;
    for (const auto entries : kEntries) {
      for (const auto flags : kFlags) {
        io_uring_params parameters{};
        parameters.flags = flags | IORING_SETUP_CQSIZE;
        parameters.cq_entries = entries * kCompletionsAnEntry;
        result = io_uring_queue_init_params(entries, &ring_, &parameters);
        if (result != -EINVAL) break;
      }
      if (result != -ENOMEM) break;
    }
    if (result < 0) return -result;
    open_ = true;

    wakeup_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wakeup_ < 0) return errno;
    if (const int registered = io_uring_register_eventfd(&ring_, wakeup_); registered < 0) return -registered;
    NotifyWakeup(false);
    return 0;
  }

  io_uring_sqe* NextEntry() override {
    auto* const entry = io_uring_get_sqe(&ring_);
    if (entry != nullptr) *entry = {};
    return entry;
  }
  int Submit() override { return io_uring_submit(&ring_); }
  std::optional<Completion> TakeCompletion() override {
    io_uring_cqe* completion = nullptr;
    if (io_uring_peek_cqe(&ring_, &completion) != 0 || completion == nullptr) return std::nullopt;
    const Completion taken{
        .userData = completion->user_data, .result = completion->res, .flags = completion->flags};
    io_uring_cqe_seen(&ring_, completion);
    return taken;
  }
  int RegisterBuffer(MutableBytes memory) override {
    const iovec vector{.iov_base = memory.data(), .iov_len = memory.size()};
    return io_uring_register_buffers(&ring_, &vector, 1);
  }
  [[nodiscard]] int WakeupDescriptor() const override { return wakeup_; }
  void NotifyWakeup(bool on) override { io_uring_cq_eventfd_toggle(&ring_, on); }

 private:
  io_uring ring_{};
  bool open_ = false;
  int wakeup_ = -1;
};

}  // namespace

std::unique_ptr<Uring> OpenKernelUring(int& error) {
  auto ring = std::make_unique<KernelUring>();
  error = ring->Open();
  if (error != 0) return nullptr;
  return ring;
}

}  // namespace ringcast::io
