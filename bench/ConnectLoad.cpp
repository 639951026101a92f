#include "bench/ConnectLoad.hpp"

#include <algorithm>
#include <vector>

#include "bench/LoadPlan.hpp"
#include "ringcast/io/EventLoop.hpp"

namespace ringcast::bench {
namespace {

// Transports requested but not created yet. The socket's buffer has room for a few hundred messages; when it
// is full in both directions, both processes block.
constexpr std::size_t kMaxAsked = 32;
// Upper bound of a wait; events arrive long before.
constexpr Duration kLongest = Seconds(1);

// `total` browsers, of which `parallel` exist at the same time.
struct Batch {
  ConnectPart part = ConnectPart::kSetUps;
  std::size_t total = 0;
  std::size_t parallel = 1;
  bool together = false;  // none starts before all are ready, none closes before all are connected
  std::span<std::uint32_t> times;
};

class BatchRun {
 public:
  BatchRun(Browsers& browsers, const Batch& batch, std::uint32_t firstNumber, ConnectResult& result)
      : browsers_(browsers),
        batch_(batch),
        firstNumber_(firstNumber),
        result_(result),
        part_(result.Of(batch.part)),
        over_(batch.total, false) {}

  Status Run() {
    const auto number = static_cast<std::uint32_t>(batch_.part);
    if (auto status = browsers_.Report(PeerMessage::Kind::kBegin, number); !status) return status;
    const Instant begin = io::EventLoop::Now();
    while (closed_ < batch_.total) {
      if (auto status = AskForMore(); !status) return status;
      auto status = browsers_.RunOnce(
          io::EventLoop::Now() + kLongest,
          [this](std::uint32_t changed, BrowserPeer& peer) { return OnChange(changed, peer); });
      if (!status) return status;
    }
    part_.micros = static_cast<std::uint64_t>(ToMicroseconds(io::EventLoop::Now() - begin));
    return browsers_.Report(PeerMessage::Kind::kEnd, number);
  }

 private:
  Status AskForMore() {
    while (asked_ < batch_.total && asked_ - closed_ < batch_.parallel && asked_ - there_ < kMaxAsked) {
      const auto number = firstNumber_ + static_cast<std::uint32_t>(asked_++);
      if (auto status = browsers_.Ask(number); !status) return status;
    }
    return OkStatus();
  }

  Status OnChange(std::uint32_t number, BrowserPeer& peer) {
    if (!peer.Started()) {
      ++there_;
      if (!batch_.together) return browsers_.Begin(number);
      return there_ == batch_.total ? BeginAll() : OkStatus();
    }
    if (over_[number - firstNumber_] || !(peer.Connected() || peer.Failed())) return OkStatus();
    over_[number - firstNumber_] = true;
    Count(peer);
    if (!batch_.together) return Close(number);
    return finished_ == batch_.total ? CloseAll() : OkStatus();
  }

  void Count(const BrowserPeer& peer) {
    ++finished_;
    if (peer.Failed()) {
      if (part_.failed++ == 0) StoreText(result_.firstFailure, peer.WhyFailed());
      return;
    }
    if (part_.connected < batch_.times.size())
      batch_.times[part_.connected] = static_cast<std::uint32_t>(ToMicroseconds(peer.SetUpTime()));
    ++part_.connected;
  }

  Status BeginAll() {
    for (std::size_t i = 0; i < batch_.total; ++i) {
      if (auto status = browsers_.Begin(firstNumber_ + static_cast<std::uint32_t>(i)); !status) return status;
    }
    return OkStatus();
  }

  Status CloseAll() {
    for (std::size_t i = 0; i < batch_.total; ++i) {
      if (auto status = Close(firstNumber_ + static_cast<std::uint32_t>(i)); !status) return status;
    }
    return OkStatus();
  }

  Status Close(std::uint32_t number) {
    ++closed_;
    return browsers_.Close(number);
  }

  Browsers& browsers_;
  const Batch& batch_;
  std::uint32_t firstNumber_;
  ConnectResult& result_;
  ConnectResult::Part& part_;
  std::vector<bool> over_;  // connected or failed
  std::size_t asked_ = 0;
  std::size_t there_ = 0;
  std::size_t finished_ = 0;
  std::size_t closed_ = 0;
};

}  // namespace

Status RunConnectLoad(const ConnectOptions& options, ConnectResult& result, int control) {
  auto browsers = Browsers::Start(control);
  if (!browsers) return browsers.Failure();
  const Batch batches[] = {
      {.part = ConnectPart::kSetUps, .total = options.transports, .times = result.setUps},
      {.part = ConnectPart::kWarmUp,
       .total = options.cycles > 0 ? kWarmUpCycles : 0,
       .parallel = kParallelCycles},
      {.part = ConnectPart::kCycles, .total = options.cycles, .parallel = kParallelCycles},
      {.part = ConnectPart::kAtOnce,
       .total = options.atOnce,
       .parallel = options.atOnce,
       .together = true,
       .times = result.atOnce}};
  std::uint32_t number = 0;
  for (const auto& batch : batches) {
    if (batch.total == 0) continue;
    if (auto status = BatchRun(**browsers, batch, number, result).Run(); !status) return status;
    number += static_cast<std::uint32_t>(batch.total);
  }
  PeerMessage done;
  done.kind = PeerMessage::Kind::kDone;
  SendMessage(control, done);
  return OkStatus();
}

}  // namespace ringcast::bench
