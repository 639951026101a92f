#include "MediaCore.hpp"

namespace ringcast::worker {

MediaCore::MediaCore(const Options& options, rtc::Notifier& notifier)
    : backend_(io::MakeSendBackend(options.send, socketTable_)),
      sockets_(loop_, socketTable_, *backend_, pool_, random_),
      sink_(*backend_, sockets_.Tcp()),
      worker_({.pool = pool_,
               .sink = sink_,
               .sockets = sockets_,
               .timers = loop_.Timers(),
               .notifier = notifier,
               .random = random_,
               .wallClock = WallClock(io::EventLoop::UnixTimeAtOrigin()),
               .rtcMinPort = options.rtcMinPort,
               .rtcMaxPort = options.rtcMaxPort,
               .srtpEngine = options.srtpEngine,
               .evenSizes = options.evenSizes,
               .coalescing = options.coalescing}) {
  if (const int wakeup = backend_->WakeupDescriptor(); wakeup >= 0) {
    lateSends_ = loop_.WatchDescriptor(wakeup, UV_READABLE, [this](int) { backend_->OnWakeup(); });
  }
  loop_.OnTurnEnd([this](Instant now) { return OnTurnEnd(now); });
}

bool MediaCore::OnTurnEnd(Instant now) {
  const bool more = worker_.OnTurnEnd(now, loop_.IdleTime());
  if (afterTurn_) afterTurn_();
  if (!more) backend_->BeforeSleep();
  return more;
}

}  // namespace ringcast::worker
