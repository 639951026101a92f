#include "ringcast/io/UvDatagramSink.hpp"

#include <array>
#include <utility>
#include <vector>

#include "io/PlainSender.hpp"
#include "io/SlotSlab.hpp"

namespace ringcast::io {

struct UvDatagramSink::State {
  State(const SendOptions& options, SocketTable& socketTable)
      : sockets(socketTable), messages(SlotSlab::kCount), sender(options, socketTable, counters) {}

  SocketTable& sockets;
  SlotSlab slab;
  std::vector<SendMessage> messages;  // indexed by slot
  std::vector<std::uint32_t> queue;   // slots, in send order
  std::vector<const SendMessage*> batch;
  SendCounters counters;
  PlainSender sender;
  std::string reason;
};

UvDatagramSink::UvDatagramSink(const SendOptions& options, SocketTable& sockets, std::string reason)
    : state_(std::make_unique<State>(options, sockets)) {
  state_->reason = std::move(reason);
}

UvDatagramSink::~UvDatagramSink() = default;

std::optional<net::SendSlot> UvDatagramSink::Acquire(std::size_t bytes) {
  auto slot = state_->slab.Take(bytes);
  if (!slot) {
    // Flushing frees the slots of all queued sends.
    ++state_->counters.Stats().queueFull;
    Flush();
    slot = state_->slab.Take(bytes);
  }
  if (!slot) {
    state_->counters.OnNoSlot(bytes);
    return std::nullopt;
  }
  return net::SendSlot(*this, *slot, state_->slab.Room(*slot));
}

void UvDatagramSink::Free(std::uint32_t slotIndex) { state_->slab.Return(slotIndex); }

void UvDatagramSink::Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
                          const net::Address& to) {
  state_->messages[slot.Index()].Set(slot.Room(), segments, socket, to,
                                     state_->sockets.Connected(socket, to));
  state_->queue.push_back(slot.Release());
  state_->counters.OnInFlight(state_->queue.size());
}

void UvDatagramSink::Flush() {
  auto& state = *state_;
  if (state.queue.empty()) return;
  state.batch.clear();
  for (const auto slot : state.queue) state.batch.push_back(&state.messages[slot]);
  state.sender.SendAll(state.batch);
  state.counters.OnFlush();
  // Return them in reverse, so that the next loop iteration uses the same first slots again.
  for (auto slot = state.queue.rbegin(); slot != state.queue.rend(); ++slot) state.slab.Return(*slot);
  state.queue.clear();
}

net::EgressStats UvDatagramSink::Stats() const {
  constexpr std::array<const char*, 3> kModes{"sendmmsg+gso", "sendmmsg", "sendto"};
  auto stats = state_->counters.Snapshot();
  const auto rung = state_->sender.CurrentRung();
  stats.mode = kModes[static_cast<std::size_t>(rung)];
  stats.modeReason = state_->reason;
  stats.gsoEnabled = rung == PlainSender::Rung::kSegmented;
  stats.slotsInFlight = state_->queue.size();
  stats.slotsTotal = SlotSlab::kCount;
  return stats;
}

}  // namespace ringcast::io
