#include "App.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "ringcast/base/Log.hpp"

namespace ringcast::worker {
namespace {

// Time limit for the last frames if the controller does not read. A worker whose controller is gone must exit
// within a second.
constexpr Duration kLastWriteLimit = Milliseconds(250);

std::uint64_t ToMilliseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000;
}

std::uint32_t OwnPid() { return static_cast<std::uint32_t>(getpid()); }

std::string Listed(const std::vector<NamedCount>& counts) {
  std::string text;
  for (const auto& count : counts)
    text += (text.empty() ? "" : ", ") + count.name + " " + std::to_string(count.value);
  return text.empty() ? "none" : text;
}

}  // namespace

App::LogToChannel::LogToChannel(channel::Channel& channel) : channel_(channel) {
  log::SetSink(OnMessage, this);
}
App::LogToChannel::~LogToChannel() { log::SetSink(nullptr, nullptr); }

void App::LogToChannel::OnMessage(void* self, std::string_view message) {
  auto& log = *static_cast<LogToChannel*>(self);
  const auto now = io::EventLoop::Now();
  if (!log.limiter_.Admit(now)) return;
  if (const auto suppressed = log.limiter_.TakeUnreported(now); suppressed > 0) {
    channel::Channel::LogSink(&log.channel_,
                              log::Join("W", suppressed, " log lines were suppressed: more than ",
                                        log::Limiter::kLinesPerSecond, " per second"));
  }
  channel::Channel::LogSink(&log.channel_, message);
}

App::App(const Settings& settings, const std::optional<dtls::Context>& dtls,
         std::string_view controllerVersion, int input, int output)
    : settings_(settings), input_(input), output_(output), channel_(*this), log_(channel_) {
  log::SetLevel(settings_.logLevel);
  log::SetTags(settings_.logTags);
  media_ = std::make_unique<MediaCore>(MediaCore::Options{.send = {.disabled = settings_.disableLiburing},
                                                          .dtls = dtls,
                                                          .rtcMinPort = settings_.rtcMinPort,
                                                          .rtcMaxPort = settings_.rtcMaxPort,
                                                          .gsoPadding = settings_.gsoPadding,
                                                          .coalescing = Milliseconds(settings_.coalesceMs)},
                                       channel_.Notifier());
  channel_.Attach(media_->Worker());
  LogStart(controllerVersion);
}

App::~App() = default;

Status App::Run() {
  auto pipes = io::MessagePipes::Open(
      media_->Loop(), input_, output_,
      {.onBytes = [this](ByteView bytes, Instant now) { channel_.OnBytes(bytes, now); },
       .onEnd =
           [this](std::string_view why) {
             log::Debug(log::Tag::kInfo, "closing: ", why);
             Close();
           }});
  if (!pipes) return pipes.Failure();
  pipes_ = std::move(*pipes);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (auto status = media_->Loop().OnSignal(signal, [this] { Close(); }); !status) return status;
  }
  media_->AfterTurn([this] { WriteOutput(); });
  channel_.NotifyRunning(OwnPid());
  media_->Loop().Run();
  LogEnd();
  WriteLastOutput();
  return OkStatus();
}

void App::WriteOutput() {
  auto& output = channel_.Output();
  const auto write = [&] {
    while (!output.Empty() && !pipes_->Blocked()) output.Consume(pipes_->Write(output.Front()));
  };
  write();
  if (channel_.LogDrops()) write();
  pipes_->SetReading(output.TakesRequests());
}

void App::WriteLastOutput() {
  const Instant end = io::EventLoop::Now() + kLastWriteLimit;
  WriteOutput();
  for (auto now = io::EventLoop::Now(); !channel_.Output().Empty() && now < end; now = io::EventLoop::Now()) {
    if (!pipes_->AwaitRoom(end - now)) return;
    WriteOutput();
  }
}

// --- channel::Host ---

rtc::WorkerReport App::Report() {
  return {.pid = OwnPid(),
          .egress = media_->EgressStats(),
          .ingress = media_->IngressStats(),
          .tcp = media_->TcpStats(),
          .channel = channel_.Output().Report(),
          .suppressedLogLines = log_.Suppressed(),
          .media = media_->Worker().Report()};
}

channel::ProcessUsage App::ResourceUsage() const {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto count = [](long value) { return static_cast<std::uint64_t>(value); };
  return {.userTimeMs = ToMilliseconds(usage.ru_utime),
          .systemTimeMs = ToMilliseconds(usage.ru_stime),
          .maxResidentSet = count(usage.ru_maxrss),
          .sharedMemory = count(usage.ru_ixrss),
          .unsharedData = count(usage.ru_idrss),
          .unsharedStack = count(usage.ru_isrss),
          .minorFaults = count(usage.ru_minflt),
          .majorFaults = count(usage.ru_majflt),
          .swaps = count(usage.ru_nswap),
          .blocksIn = count(usage.ru_inblock),
          .blocksOut = count(usage.ru_oublock),
          .messagesSent = count(usage.ru_msgsnd),
          .messagesReceived = count(usage.ru_msgrcv),
          .signals = count(usage.ru_nsignals),
          .voluntarySwitches = count(usage.ru_nvcsw),
          .involuntarySwitches = count(usage.ru_nivcsw)};
}

Status App::UpdateSettings(std::optional<std::string_view> logLevel,
                           const std::vector<std::string>& logTags) {
  return UpdateLog(logLevel, logTags);
}

void App::BeforeRequest(Instant now) { media_->Worker().BeforeRequest(now); }

void App::Close() { media_->Loop().Stop(); }

// --- Logging ---

void App::LogStart(std::string_view controllerVersion) const {
  if (controllerVersion != kControllerVersion) {
    log::Warn("the controller is of version " + std::string(controllerVersion) +
              "; this worker was checked against version " + std::string(kControllerVersion) + " alone");
  }
  for (const auto& warning : settings_.warnings) log::Warn(warning);
  const auto egress = media_->EgressStats();
  log::Debug(log::Tag::kInfo, "ringcast-worker " RINGCAST_VERSION ", sending by ", egress.mode, " (",
             egress.modeReason, ")");
}

void App::LogEnd() const {
  if (!log::Enabled(log::Level::kDebug)) return;
  const auto egress = media_->EgressStats();
  const auto count = [](std::uint64_t value) { return std::to_string(value); };
  log::Debug("egress at exit: " + egress.mode + ", " + count(egress.datagrams) + " datagrams of " +
             count(egress.bytes) + " bytes in " + count(egress.sends) + " sends (" + count(egress.gsoSends) +
             " segmented, " + count(egress.zeroCopySends) + " without copy, " + count(egress.zeroCopyCopied) +
             " of these copied by the kernel), " + count(egress.submits) + " submits, " +
             count(egress.fallbacks) + " fallbacks; drops: " + Listed(egress.drops) +
             "; errors: " + Listed(egress.sendErrors));
}

}  // namespace ringcast::worker
