#include "MediaCore.hpp"

#include <utility>

#include "ringcast/base/Log.hpp"
#include "ringcast/io/TcpSockets.hpp"
#include "ringcast/io/UdpSockets.hpp"
#include "ringcast/rtc/producer/PoolBudget.hpp"

namespace ringcast::worker {
namespace {

// The limits of the sockets match their shares of the packet pool.
static_assert(io::TcpLimits{}.connections <= rtc::PoolBudget{}.Framing());
static_assert(io::UdpSockets::kBatch + io::TcpSockets::kBatch <=
              rtc::PoolBudget{}.Share(rtc::PoolBudget::kControl) / 2);

dtls::Context MakeContext(Random& random) {
  const auto certificate = dtls::Certificate::Generate(random, io::EventLoop::UnixTime());
  // OpenSSL cannot reject a generated key as too weak.
  return dtls::Context::Create(certificate).Value();
}

}  // namespace

MediaCore::MediaCore(const Options& options, rtc::Notifier& notifier)
    : dtls_(options.dtls ? *options.dtls : MakeContext(random_)),
      backend_(io::MakeSendBackend(options.send, socketTable_)),
      sockets_(loop_, socketTable_, *backend_, pool_, random_),
      sink_(*backend_, sockets_.Tcp()),
      worker_({.pool = pool_,
               .sink = sink_,
               .sockets = sockets_,
               .timers = loop_.Timers(),
               .notifier = notifier,
               .random = random_,
               .wallClock = WallClock(io::EventLoop::UnixTimeAtOrigin()),
               .dtls = dtls_,
               .rtcMinPort = options.rtcMinPort,
               .rtcMaxPort = options.rtcMaxPort,
               .srtpEngine = options.srtpEngine,
               .gsoPadding = options.gsoPadding,
               .coalescing = options.coalescing,
               .hashSeed = std::uint64_t{random_.U32()} << 32 | random_.U32()}),
      heapTrimmer_(loop_.Timers(), MeasureHeap, TrimHeap) {
  if (const int wakeup = backend_->WakeupDescriptor(); wakeup >= 0) {
    auto watch = loop_.WatchDescriptor(wakeup, UV_READABLE, [this](int) { backend_->OnWakeup(); });
    if (watch) {
      lateSends_ = std::move(*watch);
    } else {
      log::Warn("late completions of sends are only seen when something else happens: " +
                watch.Failure().reason);
    }
  }
  loop_.OnStopped([this](Duration length, Instant now) { worker_.OnStopped(length, now); });
  loop_.OnTurnEnd([this](Instant now) { return OnTurnEnd(now); });
}

MediaCore::~MediaCore() { worker_.Close(io::EventLoop::Now()); }

bool MediaCore::OnTurnEnd(Instant now) {
  const bool more = worker_.OnTurnEnd(now, loop_.IdleTime());
  if (afterTurn_) afterTurn_();
  if (more) return true;
  heapTrimmer_.OnTurnEnd(now);
  backend_->BeforeSleep();
  return false;
}

}  // namespace ringcast::worker
