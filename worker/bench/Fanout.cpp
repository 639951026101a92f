#include "bench/Fanout.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "MediaCore.hpp"
#include "bench/FanoutRoom.hpp"
#include "bench/Load.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/EventLoop.hpp"

namespace ringcast::worker::bench {
namespace {

// A benchmark has no controller to tell anything.
class SilentNotifier final : public rtc::Notifier {
 public:
  void PlainTransportTuple(std::string_view /*id*/, const rtc::Tuple& /*tuple*/) override {}
  void PlainTransportRtcpTuple(std::string_view /*id*/, const rtc::Tuple& /*tuple*/) override {}
  void DirectTransportRtcp(std::string_view /*id*/, ByteView /*compound*/) override {}
  void ProducerScores(std::string_view /*id*/, const std::vector<rtc::ProducerScore>& /*scores*/) override {}
  void ConsumerProducerPause(std::string_view /*id*/) override {}
  void ConsumerProducerResume(std::string_view /*id*/) override {}
  void ConsumerProducerClose(std::string_view /*id*/) override {}
  void ConsumerScores(std::string_view /*id*/, const rtc::ConsumerScore& /*score*/) override {}
  void ConsumerRtp(std::string_view /*id*/, ByteView /*packet*/) override {}
};

struct Unmapper {
  void operator()(LoadPlan* plan) const { munmap(plan, sizeof(LoadPlan)); }
};

Result<std::shared_ptr<LoadPlan>> MapPlan() {
  void* const memory =
      mmap(nullptr, sizeof(LoadPlan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return SystemError("mmap");
  static_assert(std::is_trivially_destructible_v<LoadPlan>);
  return std::shared_ptr<LoadPlan>(new (memory) LoadPlan, Unmapper());
}

// The load's process, and our end of the socket to it. Destroying it ends both.
class LoadProcess {
 public:
  static Result<LoadProcess> Start(const FanoutOptions& options, LoadPlan& plan) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return SystemError("socketpair");
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return SystemError("fork");
    if (pid == 0) {
      close(ends[0]);
      RunLoad(options, plan, ends[1], parent);
    }
    close(ends[1]);
    return LoadProcess(pid, ends[0]);
  }
  LoadProcess(LoadProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), control_(std::exchange(other.control_, -1)) {}
  LoadProcess& operator=(LoadProcess&&) = delete;
  ~LoadProcess() {
    if (pid_ < 0) return;
    close(control_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] int Control() const { return control_; }
  void TellGo() const {
    const char byte = static_cast<char>(Signal::kGo);
    // If it cannot be told, it is gone, and the next signal does not come.
    [[maybe_unused]] const auto written = write(control_, &byte, 1);
  }
  // nullopt: the load is gone.
  [[nodiscard]] std::optional<Signal> NextSignal() const {
    char byte = 0;
    if (read(control_, &byte, 1) != 1) return std::nullopt;
    return static_cast<Signal>(byte);
  }

 private:
  LoadProcess(pid_t pid, int control) : pid_(pid), control_(control) {}

  [[noreturn]] static void RunLoad(const FanoutOptions& options, LoadPlan& plan, int control, pid_t parent) {
    // It must not outlive the one that it is for.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    const auto status = std::make_unique<Load>(options, plan, control)->Run();
    if (!status) StoreText(plan.failure, status.Failure().reason);
    _exit(status ? 0 : 1);
  }

  pid_t pid_;
  int control_;
};

Duration ToDuration(const timeval& time) { return Seconds(time.tv_sec) + Microseconds(time.tv_usec); }

// The worker's half of a run.
class FanoutRun {
 public:
  FanoutRun(const FanoutOptions& options, LoadPlan& plan, LoadProcess& load)
      : plan_(plan), load_(load), media_(MediaOptionsOf(options), notifier_) {
    report_.options = options;
  }

  Result<FanoutReport> Run() {
    if (load_.NextSignal() != Signal::kReady) return LoadFailure();
    SystemRandom random;
    const auto made = CreateFanoutRoom(media_.Worker(), report_.options, plan_, random, io::EventLoop::Now());
    if (!made) return made.Failure();
    const auto control =
        media_.Loop().WatchDescriptor(load_.Control(), UV_READABLE, [this](int) { OnControl(); });
    load_.TellGo();
    media_.Loop().Run();
    if (!complete_) return LoadFailure();
    report_.load = plan_.result;
    return report_;
  }

 private:
  static io::SendOptions SendOptionsOf(Backend backend) {
    using Preference = io::SendOptions::Preference;
    switch (backend) {
      case Backend::kAuto:
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

  static MediaCore::Options MediaOptionsOf(const FanoutOptions& options) {
    auto send = SendOptionsOf(options.backend);
    send.segmentation = !options.singleDatagrams;
    return {.send = send, .srtpEngine = options.srtpEngine};
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

  [[nodiscard]] Snapshot TakeSnapshot() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {.userTime = ToDuration(usage.ru_utime),
            .systemTime = ToDuration(usage.ru_stime),
            .egress = media_.EgressStats()};
  }

  [[nodiscard]] Error LoadFailure() const {
    const std::string why = plan_.failure.data();
    return GenericError("the load process failed: " + (why.empty() ? "it is gone" : why));
  }

  LoadPlan& plan_;
  LoadProcess& load_;
  SilentNotifier notifier_;
  MediaCore media_;
  FanoutReport report_;
  bool complete_ = false;
};

}  // namespace

Result<FanoutReport> RunFanout(const FanoutOptions& options) {
  const auto plan = MapPlan();
  if (!plan) return plan.Failure();
  // The load starts before this process has anything that a fork would share.
  auto load = LoadProcess::Start(options, **plan);
  if (!load) return load.Failure();
  return FanoutRun(options, **plan, *load).Run();
}

}  // namespace ringcast::worker::bench
