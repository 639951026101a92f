#include "ringcast/io/DepLibUring.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "io/PlainSender.hpp"
#include "io/SlotSlab.hpp"
#include "io/Uring.hpp"
#include "io/Verdict.hpp"
#include "io/ZeroCopyGovernor.hpp"
#include "ringcast/base/Log.hpp"

namespace ringcast::io {

namespace {

// Submits without progress before the queued sends are given up. The kernel returns EBUSY or EAGAIN while it
// is short of memory; reaping completions in between frees some.
constexpr int kMaxSubmitAttempts = 16;

}  // namespace

struct DepLibUring::State {
  State(std::unique_ptr<Uring> given, const SendOptions& options, SocketTable& socketTable)
      : sockets(socketTable),
        messages(SlotSlab::kCount),
        operations(SlotSlab::kCount),
        plain(options, socketTable, counters),
        ring(std::move(given)) {
    resends.reserve(SlotSlab::kCount);
  }

  // State of a slot's send in the kernel.
  struct Operation {
    bool inFlight = false;
    bool zeroCopy = false;
    bool resendWhenFree = false;
    bool cancelled = false;  // its entry was replaced by a NOP
    int zeroCopyError =
        0;  // error of the zero-copy attempt, if this is the resend, whose result shows the cause
  };
  // An entry of the submission queue that the kernel has not taken yet.
  struct QueuedEntry {
    io_uring_sqe* entry = nullptr;
    std::uint32_t slot = 0;
  };

  SlotSlab slab;
  SocketTable& sockets;
  std::vector<SendMessage> messages;
  std::vector<Operation> operations;
  SendCounters counters;
  PlainSender plain;  // for GSO batches that must be split
  ZeroCopyGovernor zeroCopy;
  std::string reason = "io_uring is available";
  std::vector<QueuedEntry> queued;     // in submission order
  std::vector<std::uint32_t> resends;  // slots; a slot is resent at most once, so kCount is the limit
  std::size_t inFlight = 0;            // queued or submitted, not settled
  std::unique_ptr<Uring> ring;  // last member: destroyed first, so that the kernel releases the memory above
};

std::unique_ptr<DepLibUring> DepLibUring::TryCreate(const SendOptions& options, SocketTable& sockets,
                                                    std::string& reason) {
  int error = 0;
  auto ring = OpenKernelUring(error);
  if (ring == nullptr) {
    reason = "io_uring cannot be set up (" + ErrnoName(error) + ")";
    if (error == ENOSYS) reason += ": the kernel has none, or a container's seccomp profile hides it";
    if (error == EPERM) reason += ": forbidden by a seccomp profile or by kernel.io_uring_disabled";
    if (error == ENOMEM) reason += ": raise RLIMIT_MEMLOCK";
    return nullptr;
  }
  return std::make_unique<DepLibUring>(std::move(ring), options, sockets);
}

DepLibUring::DepLibUring(std::unique_ptr<Uring> ring, const SendOptions& options, SocketTable& sockets)
    : state_(std::make_unique<State>(std::move(ring), options, sockets)) {
  if (options.preference == SendOptions::Preference::kUringCopy) {
    state_->reason = "zero copy was not asked for";
  } else {
    EnableZeroCopy();
  }
}

DepLibUring::~DepLibUring() {
  // The kernel may still read slots: submit all queued sends and wait for the last completion before freeing
  // the memory. A UDP send completes immediately, its zero-copy notification when the device has sent it.
  constexpr int kMaxWaits = 50;
  constexpr int kWaitMs = 20;
  Flush();
  for (int i = 0; i < kMaxWaits && state_->inFlight > 0; ++i) {
    state_->ring->NotifyWakeup(true);
    Reap();
    if (state_->inFlight == 0 || WakeupDescriptor() < 0) break;
    pollfd wakeup{.fd = WakeupDescriptor(), .events = POLLIN, .revents = 0};
    poll(&wakeup, 1, kWaitMs);
    OnWakeup();
  }
}

void DepLibUring::EnableZeroCopy() {
  const int result = state_->ring->RegisterBuffer(state_->slab.Registered());
  if (result == 0) {
    state_->zeroCopy.Enable();
    return;
  }
  const auto name = ErrnoName(-result);
  const auto kib = std::to_string(state_->slab.Registered().size() / 1024);
  if (result == -ENOMEM) {
    state_->reason = "zero copy is off: RLIMIT_MEMLOCK has no room for " + kib + " KiB of send buffers";
    log::Warn(
        state_->reason +
        "; it limits all processes of a user together. Raise it with `ulimit -l`, LimitMEMLOCK= (systemd) "
        "or --ulimit memlock= (Docker)");
  } else {
    state_->reason = "zero copy is off: the send buffers could not be registered (" + name + ")";
    log::Warn(state_->reason);
  }
}

void DepLibUring::DisableZeroCopy(int error) {
  if (!state_->zeroCopy.Enabled()) return;
  state_->zeroCopy.Disable();
  ++state_->counters.Stats().fallbacks;
  state_->reason = "zero copy is off: the kernel refused a send without a copy (" + ErrnoName(error) + ")";
  log::Warn(state_->reason);
}

bool DepLibUring::ZeroCopyEnabled() const { return state_->zeroCopy.Enabled(); }

std::optional<net::SendSlot> DepLibUring::Acquire(std::size_t bytes) {
  auto slot = state_->slab.Take(bytes);
  if (!slot) {
    ++state_->counters.Stats().queueFull;
    Drain();
    slot = state_->slab.Take(bytes);
  }
  if (!slot) {
    state_->counters.OnNoSlot(bytes);
    return std::nullopt;
  }
  return net::SendSlot(*this, *slot, state_->slab.Room(*slot));
}

void DepLibUring::Free(std::uint32_t slotIndex) { state_->slab.Return(slotIndex); }

void DepLibUring::Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
                       const net::Address& to) {
  auto& state = *state_;
  state.messages[slot.Index()].Set(slot.Room(), segments, socket, to, state.sockets.Connected(socket, to));
  const auto index = slot.Release();
  state.operations[index] = {};
  state.operations[index].inFlight = true;
  state.operations[index].zeroCopy = SlotSlab::IsRegistered(index) && state.zeroCopy.Use(segments.total);
  state.counters.OnInFlight(++state.inFlight);
  if (segments.Count() > 1 && !state.plain.Segments(socket, to)) {
    // Send everything queued for this destination first. A UDP send of the ring has been executed when submit
    // returns.
    Drain();
    SendSplit(index);
    return;
  }
  Enqueue(index);
}

void DepLibUring::Enqueue(std::uint32_t slot) {
  auto& state = *state_;
  const auto& message = state.messages[slot];
  const int descriptor = state.sockets.Descriptor(message.Socket());
  if (descriptor < 0) {
    state.counters.OnSocketClosed(message.Shape());
    Settle(slot);
    return;
  }
  auto* entry = state.ring->NextEntry();
  if (entry == nullptr) {
    ++state.counters.Stats().queueFull;
    Submit();
    Reap();
    entry = state.ring->NextEntry();
  }
  if (entry == nullptr) {
    // The kernel neither accepts entries nor returns completions: drop this send.
    state.counters.OnError(EBUSY, message.Shape());
    Settle(slot);
    return;
  }
  const bool zeroCopy = state.operations[slot].zeroCopy;
  entry->opcode = zeroCopy ? kOpSendmsgZeroCopy : static_cast<std::uint8_t>(IORING_OP_SENDMSG);
  entry->fd = descriptor;
  entry->addr = reinterpret_cast<std::uint64_t>(&message.Header());
  entry->len = 1;
  // The kernel never defers the send: with a full socket buffer it completes with EAGAIN at once, and no
  // later send can overtake it.
  entry->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  entry->user_data = slot;
  if (zeroCopy) {
    entry->ioprio = kSendFixedBuffer | kSendZeroCopyReportUsage;
    entry->buf_index = 0;
    ++state.counters.Stats().zeroCopySends;
  }
  state.queued.push_back({entry, slot});
}

void DepLibUring::Submit() {
  auto& state = *state_;
  for (int attempt = 0; !state.queued.empty() && attempt < kMaxSubmitAttempts; ++attempt) {
    ++state.counters.Stats().submits;
    const int submitted = state.ring->Submit();
    if (submitted > 0) {
      const auto taken = std::min(state.queued.size(), static_cast<std::size_t>(submitted));
      state.queued.erase(state.queued.begin(), state.queued.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    if (!state.queued.empty()) Reap();
  }
}

void DepLibUring::Drain() {
  auto& state = *state_;
  do {
    // Use indices, because submitting within Enqueue may append.
    for (std::size_t i = 0; i < state.resends.size(); ++i) Enqueue(state.resends[i]);
    state.resends.clear();
    Submit();
    Reap();
    // Resends are copied, and copied sends are never resent: the second round is the last one.
  } while (!state.resends.empty());
}

void DepLibUring::Flush() {
  if (state_->queued.empty() && state_->resends.empty()) return;
  Drain();
  state_->counters.OnFlush();
}

void DepLibUring::Reap() {
  while (const auto completion = state_->ring->TakeCompletion()) OnCompletion(*completion);
}

void DepLibUring::OnCompletion(const Completion& completion) {
  auto& state = *state_;
  RC_ASSERT(completion.userData < SlotSlab::kCount);
  const auto slot = static_cast<std::uint32_t>(completion.userData);
  auto& operation = state.operations[slot];
  RC_ASSERT(operation.inFlight);
  if (operation.cancelled) return Settle(slot);  // already counted

  const auto verdict = JudgeCompletion(completion.result, completion.flags, operation.zeroCopy);
  if (!verdict.isResult) {
    if (verdict.reportsCopied) ++state.counters.Stats().zeroCopyCopied;
    state.zeroCopy.OnReport(verdict.reportsCopied);
  }
  if (verdict.disableZeroCopy) DisableZeroCopy(-completion.result);
  if (verdict.resendPlain) {
    operation.resendWhenFree = true;
    operation.zeroCopyError = -completion.result;
  } else if (verdict.isResult) {
    return OnResult(slot, verdict.error, verdict.freesSlot);
  }
  if (verdict.freesSlot) Settle(slot);
}

void DepLibUring::OnResult(std::uint32_t slot, int error, bool freesSlot) {
  auto& state = *state_;
  const auto& message = state.messages[slot];
  if (error == 0) {
    state.counters.OnSend(message.Shape());
    if (message.Shape().Count() > 1) state.plain.OnSegmentsSent(message.Socket());
    // The copied resend succeeded, so the earlier refusal concerned zero copy.
    if (const int first = state.operations[slot].zeroCopyError; first != 0) DisableZeroCopy(first);
  } else if (freesSlot) {
    return OnResultError(slot, error);
  } else {
    state.counters.OnError(error, message.Shape());
  }
  if (freesSlot) Settle(slot);
}

void DepLibUring::OnResultError(std::uint32_t slot, int error) {
  auto& state = *state_;
  const auto& message = state.messages[slot];
  switch (JudgeSegmentation(error, message.Shape())) {
    case SegmentationVerdict::kNotOnPath:
      state.plain.OnSegmentsRefused(message.Socket(), message.To());
      [[fallthrough]];
    case SegmentationVerdict::kSplitThis:
      ++state.counters.Stats().fallbacks;
      SendSplit(slot);
      return;
    case SegmentationVerdict::kUnrelated:
      state.counters.OnError(error, message.Shape());
      Settle(slot);
      return;
  }
}

void DepLibUring::SendSplit(std::uint32_t slot) {
  state_->operations[slot].resendWhenFree = false;
  state_->plain.SendSplit(state_->messages[slot]);
  Settle(slot);
}

// Call when the kernel no longer uses the slot.
void DepLibUring::Settle(std::uint32_t slot) {
  auto& operation = state_->operations[slot];
  if (operation.resendWhenFree) {
    // The resend is out of order, as if on another path; late delivery is better than loss.
    operation.zeroCopy = false;
    operation.resendWhenFree = false;
    ++state_->counters.Stats().fallbacks;
    state_->resends.push_back(slot);  // Drain() sends it, at the next flush at the latest
    return;
  }
  operation = {};
  --state_->inFlight;
  state_->slab.Return(slot);
}

void DepLibUring::BeforeClose(net::SocketId socket) {
  // Queued sends must reach the kernel while the descriptor still refers to this socket. Once submitted, the
  // kernel holds a reference to the socket itself.
  Flush();
  // An entry that the kernel does not accept now must not be sent on another socket that reuses the
  // descriptor. The kernel reads an entry only when it is submitted (io_uring_setup(2); earlier only with
  // IORING_SETUP_SQPOLL).
  for (const auto& [entry, slot] : state_->queued) {
    const auto& message = state_->messages[slot];
    auto& operation = state_->operations[slot];
    if (message.Socket() != socket || operation.cancelled) continue;
    *entry = {};
    entry->opcode = IORING_OP_NOP;
    entry->user_data = slot;
    operation.cancelled = true;
    state_->counters.OnSocketClosed(message.Shape());
  }
}

int DepLibUring::WakeupDescriptor() const { return state_->ring->WakeupDescriptor(); }

void DepLibUring::OnWakeup() {
  // Read the counter before the completions: in the opposite order, a completion that arrives in between
  // would not wake the loop.
  std::uint64_t count = 0;
  static_cast<void>(!read(WakeupDescriptor(), &count, sizeof count));
  state_->ring->NotifyWakeup(false);
  Reap();
  Flush();  // sends the resends
}

void DepLibUring::BeforeSleep() {
  if (state_->inFlight == 0) return;
  // Enable notification, then reap once more: a completion that arrived before does not wake the loop.
  state_->ring->NotifyWakeup(true);
  Reap();
  Flush();
}

net::EgressStats DepLibUring::Stats() const {
  auto stats = state_->counters.Snapshot();
  stats.gsoEnabled = state_->plain.CurrentRung() == PlainSender::Rung::kSegmented;
  stats.zeroCopyEnabled = ZeroCopyEnabled();
  stats.mode = "io_uring";
  if (stats.gsoEnabled) stats.mode += "+gso";
  if (stats.zeroCopyEnabled) stats.mode += "+zerocopy";
  stats.modeReason = state_->reason;
  stats.slotsInFlight = state_->inFlight;
  stats.slotsTotal = SlotSlab::kCount;
  return stats;
}

}  // namespace ringcast::io
