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
               .evenSizes = options.evenSizes}) {
  if (const int wakeup = backend_->WakeupDescriptor(); wakeup >= 0) {
    lateSends_ = loop_.WatchDescriptor(wakeup, UV_READABLE, [this](int) { backend_->OnWakeup(); });
  }
  loop_.OnTurnEnd([this](Instant now) { OnTurnEnd(now); });
}

void MediaCore::OnTurnEnd(Instant now) {
  worker_.OnTurnEnd(now);
  if (afterTurn_) afterTurn_();
  backend_->BeforeSleep();
}

}  // namespace ringcast::worker
