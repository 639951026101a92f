#include "MediaCore.hpp"

namespace ringcast::worker {

MediaCore::MediaCore(const Options& options, rtc::Notifier& notifier)
    : sink_(io::MakeSendBackend(options.send, socketTable_)),
      sockets_(loop_, socketTable_, *sink_, pool_, random_),
      worker_({.pool = pool_,
               .sink = *sink_,
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
  if (const int wakeup = sink_->WakeupDescriptor(); wakeup >= 0) {
    lateSends_ = loop_.WatchDescriptor(wakeup, UV_READABLE, [this](int) { sink_->OnWakeup(); });
  }
  loop_.OnTurnEnd([this](Instant now) { return OnTurnEnd(now); });
}

bool MediaCore::OnTurnEnd(Instant now) {
  const bool more = worker_.OnTurnEnd(now, loop_.IdleTime());
  if (afterTurn_) afterTurn_();
  if (!more) sink_->BeforeSleep();
  return more;
}

}  // namespace ringcast::worker
