#include "bench/Load.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

namespace ringcast::bench {
namespace {

// Enough for every stream to start, for address resolution and for warming the caches.
constexpr std::chrono::seconds kWarmUp(1);
// Packets in flight have arrived after this time, or are lost.
constexpr Nanoseconds kDrain = std::chrono::milliseconds(200);

Nanoseconds Read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Nanoseconds Monotonic() { return Read(CLOCK_MONOTONIC); }
Nanoseconds CpuTime() { return Read(CLOCK_PROCESS_CPUTIME_ID); }

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int Value() const { return value_; }

 private:
  int value_;
};

timespec ToTimespec(Nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
}

}  // namespace

Status Load::Run() {
  if (auto status = Open(); !status) return status;
  const Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (epoll.Value() < 0) return SystemError("epoll_create1");
  if (auto status = WatchReceivers(epoll.Value()); !status) return status;
  Tell(Signal::kReady);
  if (!AwaitGo()) return OkStatus();
  if (auto status = Connect(); !status) return status;

  if (auto status = Play(epoll.Value(), kWarmUp); !status) return status;
  if (auto status = Drain(epoll.Value()); !status) return status;
  Tell(Signal::kBegin);
  if (!AwaitGo()) return OkStatus();
  ResetCounts();

  if (auto status = Play(epoll.Value(), std::chrono::seconds(options_.seconds)); !status) return status;
  if (auto status = Drain(epoll.Value()); !status) return status;
  StoreResult();
  Tell(Signal::kEnd);
  return OkStatus();
}

Status Load::Open() {
  for (std::size_t i = 0; i < options_.producers; ++i) {
    auto sender = LoadSender::Open(options_, i);
    if (!sender) return sender.Failure();
    plan_.senderPorts[i] = sender->Port();
    senders_.push_back(std::move(*sender));
  }
  for (std::size_t i = 0; i < options_.consumers; ++i) {
    auto receiver = LoadReceiver::Open(options_, i);
    if (!receiver) return receiver.Failure();
    plan_.receiverPorts[i] = receiver->Port();
    receivers_.push_back(std::move(*receiver));
  }
  return OkStatus();
}

Status Load::Connect() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    if (auto status = senders_[i].Connect(plan_.producerPorts[i], options_, plan_.senderKey.data()); !status)
      return status;
  }
  if (!options_.suite || options_.sink) return OkStatus();
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    if (auto status = receivers_[i].SetKey(*options_.suite, plan_.consumerKeys[i].data()); !status)
      return status;
  }
  return OkStatus();
}

Status Load::WatchReceivers(int epoll) const {
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, receivers_[i].Descriptor(), &event) != 0)
      return SystemError("epoll_ctl");
  }
  return OkStatus();
}

Status Load::Play(int epoll, std::chrono::seconds time) {
  Nanoseconds now = Monotonic();
  const Nanoseconds end = now + time;
  for (auto& sender : senders_) sender.Start(now);
  while (now < end) {
    Nanoseconds due = end;
    for (auto& sender : senders_) {
      if (auto status = sender.SendDue(now, log_); !status) return status;
      due = std::min(due, sender.NextDue());
    }
    if (auto status = ReceiveUntil(epoll, due); !status) return status;
    now = Monotonic();
  }
  return OkStatus();
}

Status Load::Drain(int epoll) {
  const Nanoseconds end = Monotonic() + kDrain;
  while (Monotonic() < end) {
    if (auto status = ReceiveUntil(epoll, end); !status) return status;
  }
  return OkStatus();
}

Status Load::ReceiveUntil(int epoll, Nanoseconds deadline) {
  if (options_.receiveEvery > 0) return ReceiveInSteps(epoll, deadline);
  const auto received = ReceiveOnce(epoll, std::max(Nanoseconds::zero(), deadline - Monotonic()));
  return received ? OkStatus() : Status(received.Failure());
}

Status Load::ReceiveInSteps(int epoll, Nanoseconds deadline) {
  const Nanoseconds now = Monotonic();
  if (now < nextReceive_) {
    // Sleep instead of waiting in epoll, so that arriving packets do not have to wake this process.
    const timespec until = ToTimespec(std::min(deadline, nextReceive_));
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    return OkStatus();
  }
  const auto more = ReceiveOnce(epoll, Nanoseconds::zero());
  if (!more) return more.Failure();
  nextReceive_ = *more ? now : now + std::chrono::microseconds(options_.receiveEvery);
  return OkStatus();
}

Result<bool> Load::ReceiveOnce(int epoll, Nanoseconds wait) {
  const timespec timeout = ToTimespec(wait);
  std::array<epoll_event, 64> events{};
  const int count = epoll_pwait2(epoll, events.data(), events.size(), &timeout, nullptr);
  if (count < 0 && errno != EINTR) return SystemError("epoll_pwait2");
  bool more = count == static_cast<int>(events.size());
  for (int i = 0; i < count; ++i)
    more |= receivers_[events[static_cast<std::size_t>(i)].data.u64].Receive(batch_, log_, tally_);
  return more;
}

void Load::ResetCounts() {
  tally_ = {};
  for (auto& sender : senders_) sender.ResetCounts();
  overflowsBefore_ = Overflows();
  cpuBefore_ = CpuTime();
}

std::uint64_t Load::Overflows() const {
  std::uint64_t sum = 0;
  for (const auto& receiver : receivers_) sum += receiver.Overflows();
  return sum;
}

void Load::StoreResult() {
  LoadResult& result = plan_.result;
  result.loadCpu = static_cast<std::uint64_t>((CpuTime() - cpuBefore_).count());
  result.overflows = Overflows() - overflowsBefore_;
  for (const auto& sender : senders_) result.lateBursts += sender.LateBursts();
  result.video = ResultOf(MediaKind::kVideo);
  result.audio = ResultOf(MediaKind::kAudio);
  result.sent = result.video.sent + result.audio.sent;
  result.expected = result.video.expected + result.audio.expected;
  result.received = tally_.received;
  result.reordered = tally_.reordered;
  result.inspected = tally_.inspected;
  result.corrupt = tally_.corrupt;
  auto all = tally_.video.latencies;
  all.insert(all.end(), tally_.audio.latencies.begin(), tally_.audio.latencies.end());
  result.latency = FiguresOf(std::move(all));
}

KindResult Load::ResultOf(MediaKind kind) {
  KindResult result;
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    const auto& sender = senders_[i];
    if (kind == MediaKind::kAudio) {
      result.sent += sender.SentAudio();
      result.expected += sender.SentAudio() * options_.ConsumersOf(i);
      continue;
    }
    for (std::size_t encoding = 0; encoding < options_.encodings; ++encoding) {
      result.sent += sender.SentVideo(encoding);
      result.expected += sender.SentVideo(encoding) * options_.ConsumersOf(i, encoding);
    }
  }
  const auto& tally = tally_.Of(kind);
  result.received = tally.received;
  result.inspected = tally.latencies.size();
  result.latency = FiguresOf(tally.latencies);
  return result;
}

void Load::Tell(Signal signal) const {
  const char byte = static_cast<char>(signal);
  // If the write fails, the worker's process is gone; AwaitGo then fails, or this process ends.
  [[maybe_unused]] const auto written = write(control_, &byte, 1);
}

bool Load::AwaitGo() const {
  char byte = 0;
  return read(control_, &byte, 1) == 1 && byte == static_cast<char>(Signal::kGo);
}

}  // namespace ringcast::bench
