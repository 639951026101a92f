#include "bench/Flood.hpp"

#include <sys/socket.h>

#include <memory>
#include <string_view>

#include "bench/CallLoad.hpp"
#include "bench/ChildProcess.hpp"
#include "bench/LoadPlan.hpp"
#include "bench/PeerHost.hpp"
#include "bench/ProcessFigures.hpp"
#include "bench/RoomStreams.hpp"
#include "bench/Strangers.hpp"
#include "ringcast/base/Log.hpp"
#include "ringcast/io/EventLoop.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint32_t kAllTags = (1U << log::kTagCount) - 1;

// The worker's side of a run.
class FloodRun {
 public:
  FloodRun(const FloodOptions& options, int call, int strangers)
      : strangers_(strangers),
        host_({.receiveBuffer = options.receiveBuffer}, call,
              [this](const PeerMessage& message) { OnCall(message); }) {
    report_.options = options;
    // Enable all logging that an operator may enable.
    log::SetSink([](void* lines, std::string_view) { ++*static_cast<std::uint64_t*>(lines); }, &logLines_);
    log::SetLevel(log::Level::kDebug);
    log::SetTags(kAllTags);
  }
  FloodRun(const FloodRun&) = delete;
  FloodRun& operator=(const FloodRun&) = delete;
  ~FloodRun() {
    log::SetLevel(log::Level::kNone);
    log::SetSink(nullptr, nullptr);
  }

  Result<FloodReport> Run() {
    auto watch =
        host_.Media().Loop().WatchDescriptor(strangers_, UV_READABLE, [this](int) { OnStrangers(); });
    if (!watch) return watch.Failure();
    watch_ = std::move(*watch);
    if (auto status = host_.Run(); !status) return status.Failure();
    if (!status_) return status_.Failure();
    return report_;
  }

 private:
  // The call's process reports its progress, and waits for the reply.
  void OnCall(const PeerMessage& message) {
    if (message.kind == PeerMessage::Kind::kEnd) {
      callOver_ = true;
      if (report_.options.kind == FloodKind::kNone) report_.end = Figures();
      host_.Reply(PeerMessage::Kind::kGo);
      return StopIfOver();
    }
    if (message.number == static_cast<std::uint32_t>(FloodPart::kCall)) {
      status_ = MakeStreams();
      if (!status_) return host_.Stop();
      if (report_.options.kind == FloodKind::kNone) {
        strangersOver_ = true;
      } else {
        SendMessage(strangers_, host_.TicketOf(kViewer));
      }
      return host_.Reply(PeerMessage::Kind::kGo);
    }
    callWaits_ = true;
    BeginIfReady();
  }

  void OnStrangers() {
    const auto message = ReceiveMessage(strangers_);
    if (!message) {
      status_ = GenericError("the strangers' process is gone");
      return host_.Stop();
    }
    switch (message->kind) {
      case PeerMessage::Kind::kBegin:
        strangersReady_ = true;
        return BeginIfReady();
      case PeerMessage::Kind::kEnd:
        report_.end = Figures();
        return;
      default:
        strangersOver_ = true;
        watch_->Want(0);  // the process ends now
        StopIfOver();
    }
  }

  void BeginIfReady() {
    const bool none = report_.options.kind == FloodKind::kNone;
    if (!callWaits_ || !(strangersReady_ || none)) return;
    report_.begin = Figures();
    host_.Reply(PeerMessage::Kind::kGo);
    PeerMessage go;
    go.kind = PeerMessage::Kind::kGo;
    if (!none) SendMessage(strangers_, go);
  }

  void StopIfOver() {
    if (callOver_ && strangersOver_) host_.Stop();
  }

  Status MakeStreams() {
    const Instant now = io::EventLoop::Now();
    for (const auto kind : {MediaKind::kVideo, MediaKind::kAudio}) {
      const auto names = NamesOf(0, kind);
      const auto produced = host_.Find(kPublisher)->Produce(ProduceOptionsOf(names), now);
      if (!produced) return produced.Failure();
      const Ssrc ssrc(names.encodings.front().mappedSsrc.Value() + 0x10000);
      const auto consumed =
          host_.Find(kViewer)->Consume(ConsumeOptionsOf(names, names.producerId + "-to-viewer", ssrc), now);
      if (!consumed) return consumed.Failure();
    }
    return OkStatus();
  }

  [[nodiscard]] FloodFigures Figures() const {
    return {.wall = io::EventLoop::Now().time_since_epoch(),
            .cpu = ProcessCpu(),
            .overflows = UdpOverflows(host_.UdpPort()),
            .logLines = logLines_};
  }

  int strangers_;
  std::uint64_t logLines_ = 0;
  FloodReport report_;
  Status status_ = OkStatus();
  bool callWaits_ = false;
  bool callOver_ = false;
  bool strangersReady_ = false;
  bool strangersOver_ = false;
  PeerHost host_;
  std::unique_ptr<io::Watch> watch_;  // watches the socket to the strangers' process
};

}  // namespace

Result<FloodReport> RunFlood(const FloodOptions& options) {
  RaiseDescriptorLimit();
  auto result = MapShared<FloodResult>();
  if (!result) return result.Failure();
  auto& shared = **result;
  // Start both before this process has any state that fork would copy.
  const auto start = [&shared, &options](auto run) {
    return ChildProcess::Start(SOCK_SEQPACKET, [&shared, &options, run](int control) {
      const auto status = run(options, shared, control);
      if (!status) StoreText(shared.fault, status.Failure().reason);
    });
  };
  auto call = start(RunCallLoad);
  if (!call) return call.Failure();
  auto strangers = start(RunStrangers);
  if (!strangers) return strangers.Failure();
  auto report = FloodRun(options, call->Control(), strangers->Control()).Run();
  if (shared.fault.front() != 0) return GenericError(shared.fault.data());
  if (!report) return report.Failure();
  report->result = shared;
  return report;
}

}  // namespace ringcast::bench
