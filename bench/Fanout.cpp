#include "bench/Fanout.hpp"

#include <optional>
#include <string>
#include <utility>

#include "bench/FanoutRoom.hpp"
#include "bench/Floor.hpp"
#include "bench/LoadProcess.hpp"
#include "bench/SilentNotifier.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "worker/MediaCore.hpp"

namespace ringcast::bench {
namespace {

// The worker's side of a run.
class FanoutRun {
 public:
  FanoutRun(const FanoutOptions& options, LoadProcess& load)
      : load_(load), media_(MediaOptionsOf(options), notifier_) {
    report_.options = options;
  }

  Result<FanoutReport> Run() {
    if (load_.NextSignal() != Signal::kReady) return load_.Failure();
    SystemRandom random;
    const auto made =
        CreateFanoutRoom(media_.Worker(), report_.options, load_.Plan(), random, io::EventLoop::Now());
    if (!made) return made.Failure();
    const auto control =
        media_.Loop().WatchDescriptor(load_.Control(), UV_READABLE, [this](int) { OnControl(); });
    if (!control) return control.Failure();
    load_.TellGo();
    media_.Loop().Run();
    if (!complete_) return load_.Failure();
    report_.load = load_.Plan().result;
    return report_;
  }

 private:
  static io::SendOptions SendOptionsOf(Backend backend) {
    using Preference = io::SendOptions::Preference;
    switch (backend) {
      case Backend::kAuto:
      case Backend::kFloor:
        return {.preference = Preference::kAuto};
      case Backend::kUring:
        return {.preference = Preference::kUring};
      case Backend::kUringWithCopy:
        return {.preference = Preference::kUringCopy};
      case Backend::kLibuv:
        return {.preference = Preference::kLibuv};
    }
    return {};
  }

  static worker::MediaCore::Options MediaOptionsOf(const FanoutOptions& options) {
    auto send = SendOptionsOf(options.backend);
    send.segmentation = !options.singleDatagrams;
    return {.send = send,
            .srtpEngine = options.srtpEngine,
            .gsoPadding = options.gsoPadding,
            .coalescing = Milliseconds(options.coalesceMs)};
  }

  void OnControl() {
    const auto signal = load_.NextSignal();
    if (signal == Signal::kBegin) {
      report_.begin = TakeSnapshot();
      load_.TellGo();
      return;
    }
    complete_ = signal == Signal::kEnd;
    report_.end = TakeSnapshot();
    media_.Loop().Stop();
  }

  [[nodiscard]] Snapshot TakeSnapshot() const { return SnapshotOf(media_.EgressStats()); }

  LoadProcess& load_;
  SilentNotifier notifier_;
  worker::MediaCore media_;
  FanoutReport report_;
  bool complete_ = false;
};

}  // namespace

Result<FanoutReport> RunFanout(const FanoutOptions& options) {
  // Start the load before this process has any state that fork would copy.
  auto load = LoadProcess::Start(options);
  if (!load) return load.Failure();
  if (options.backend == Backend::kFloor) return RunFloor(options, *load);
  return FanoutRun(options, *load).Run();
}

}  // namespace ringcast::bench
