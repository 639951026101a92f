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

// Submits that move nothing before the queued sends are given up: the kernel answers EBUSY or EAGAIN while it
// is short of memory, and reaping in between is what helps it.
constexpr int kMaxSubmitAttempts = 16;

}  // namespace

struct DepLibUring::State {
  State(std::unique_ptr<Uring> given, const SendOptions& options, SocketTable& socketTable)
      : sockets(socketTable),
        messages(SlotSlab::kCount),
        operations(SlotSlab::kCount),
        plain(socketTable, counters,
              options.segmentation ? PlainSender::Rung::kSegmented : PlainSender::Rung::kBatched),
        ring(std::move(given)) {}

  // One send in the kernel's hands, by slot.
  struct Operation {
    bool inFlight = false;
    bool zeroCopy = false;
    bool resendWhenFree = false;
  };

  SlotSlab slab;
  SocketTable& sockets;
  std::vector<SendMessage> messages;
  std::vector<Operation> operations;
  SendCounters counters;
  PlainSender plain;  // for runs that must be split after all
  ZeroCopyGovernor zeroCopy;
  std::string reason = "io_uring is available";
  std::size_t queued = 0;       // in the submission queue
  std::size_t inFlight = 0;     // queued or submitted, not settled
  std::unique_ptr<Uring> ring;  // last: it goes first, and with it the kernel's hold on the memory above
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
  // The kernel may still read slots: give it what was queued and wait for the last completion, so that the
  // memory can go. A send over UDP completes at once, its notification when the device has sent it.
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
  const int result = state_->ring->RegisterBuffer(state_->slab.All());
  if (result == 0) {
    state_->zeroCopy.Enable();
    return;
  }
  const auto name = ErrnoName(-result);
  const auto kib = std::to_string(SlotSlab::kBytes / 1024);
  if (result == -ENOMEM) {
    state_->reason = "zero copy is off: RLIMIT_MEMLOCK is too small for " + kib + " KiB of send buffers";
    log::Warn(state_->reason +
              "; raise it with `ulimit -l`, LimitMEMLOCK= (systemd) or --ulimit memlock= (Docker)");
  } else {
    state_->reason = "zero copy is off: the send buffers could not be registered (" + name + ")";
    log::Warn(state_->reason);
  }
}

bool DepLibUring::ZeroCopyEnabled() const { return state_->zeroCopy.Enabled(); }

std::optional<net::SendSlot> DepLibUring::Acquire(std::size_t bytes) {
  auto slot = state_->slab.Take(bytes);
  if (!slot) {
    ++state_->counters.Stats().queueFull;
    Submit();
    Reap();
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
  state.operations[index] = {
      .inFlight = true, .zeroCopy = state.zeroCopy.Use(segments.total), .resendWhenFree = false};
  state.counters.OnInFlight(++state.inFlight);
  if (segments.Count() > 1 && !state.plain.Segments(socket)) {
    // What is queued for this destination goes first; a UDP send of the ring has run when submit returns.
    Submit();
    Reap();
    SendSplit(index);
    return;
  }
  Enqueue(index);
}

void DepLibUring::Enqueue(std::uint32_t slot) {
  auto& state = *state_;
  auto* entry = state.ring->NextEntry();
  if (entry == nullptr) {
    ++state.counters.Stats().queueFull;
    Submit();
    Reap();
    entry = state.ring->NextEntry();
  }
  if (entry == nullptr) {
    // The kernel takes nothing and gives nothing back: this send is lost, the loop goes on.
    state.counters.OnError(EBUSY, state.messages[slot].Shape());
    Settle(slot);
    return;
  }
  const auto& message = state.messages[slot];
  const bool zeroCopy = state.operations[slot].zeroCopy;
  entry->opcode = zeroCopy ? kOpSendmsgZeroCopy : static_cast<std::uint8_t>(IORING_OP_SENDMSG);
  entry->fd = state.sockets.Descriptor(message.Socket());
  entry->addr = reinterpret_cast<std::uint64_t>(&message.Header());
  entry->len = 1;
  // Never parked by the kernel: a full socket buffer answers EAGAIN at once, and nothing can overtake.
  entry->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  entry->user_data = slot;
  if (zeroCopy) {
    entry->ioprio = kSendFixedBuffer | kSendZeroCopyReportUsage;
    entry->buf_index = 0;
    ++state.counters.Stats().zeroCopySends;
  }
  ++state.queued;
}

void DepLibUring::Submit() {
  auto& state = *state_;
  for (int attempt = 0; state.queued > 0 && attempt < kMaxSubmitAttempts; ++attempt) {
    ++state.counters.Stats().submits;
    const int submitted = state.ring->Submit();
    if (submitted > 0) state.queued -= std::min(state.queued, static_cast<std::size_t>(submitted));
    if (state.queued > 0) Reap();
  }
}

void DepLibUring::Flush() {
  if (state_->queued == 0) return;
  Submit();
  Reap();
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

  const auto verdict = JudgeCompletion(completion.result, completion.flags, operation.zeroCopy);
  if (!verdict.isResult) {
    if (verdict.reportsCopied) ++state.counters.Stats().zeroCopyCopied;
    state.zeroCopy.OnReport(verdict.reportsCopied);
  }
  if (verdict.disableZeroCopy && state.zeroCopy.Enabled()) {
    state.zeroCopy.Disable();
    ++state.counters.Stats().fallbacks;
    state.reason =
        "zero copy is off: the kernel refused a send without a copy (" + ErrnoName(-completion.result) + ")";
    log::Warn(state.reason);
  }
  if (verdict.resendPlain) operation.resendWhenFree = true;
  if (verdict.isResult && !verdict.resendPlain) {
    if (verdict.error == 0) {
      state.counters.OnSend(state.messages[slot].Shape());
    } else if (verdict.freesSlot) {
      OnResultError(slot, verdict.error);
      return;
    } else {
      state.counters.OnError(verdict.error, state.messages[slot].Shape());
    }
  }
  if (verdict.freesSlot) Settle(slot);
}

void DepLibUring::OnResultError(std::uint32_t slot, int error) {
  auto& state = *state_;
  const auto& message = state.messages[slot];
  switch (JudgeSegmentation(error, message.Shape())) {
    case SegmentationVerdict::kNotOnSocket:
      state.sockets.DisableSegments(message.Socket());
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

// The kernel is done with the slot.
void DepLibUring::Settle(std::uint32_t slot) {
  auto& operation = state_->operations[slot];
  if (operation.resendWhenFree) {
    // It is late, as a packet on another path would be; the data is worth more than its place.
    operation = {.inFlight = true, .zeroCopy = false, .resendWhenFree = false};
    ++state_->counters.Stats().fallbacks;
    Enqueue(slot);
    return;
  }
  operation = {};
  --state_->inFlight;
  state_->slab.Return(slot);
}

void DepLibUring::BeforeClose() {
  // What is queued must reach the kernel while the descriptor still means this socket; from then on the
  // kernel holds the socket itself.
  Flush();
}

int DepLibUring::WakeupDescriptor() const { return state_->ring->WakeupDescriptor(); }

void DepLibUring::OnWakeup() {
  // The counter first, completions then: the other way round one that arrives in between would never wake us.
  std::uint64_t count = 0;
  static_cast<void>(!read(WakeupDescriptor(), &count, sizeof count));
  state_->ring->NotifyWakeup(false);
  Reap();
  Flush();  // what had to be sent again
}

void DepLibUring::BeforeSleep() {
  if (state_->inFlight == 0) return;
  // Notification on, then one more look: what arrived before it was on has woken nobody.
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
