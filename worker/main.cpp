#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "App.hpp"
#include "BenchProgram.hpp"
#include "DtlsFiles.hpp"
#include "Sandbox.hpp"
#include "Settings.hpp"
#include "ringcast/base/Log.hpp"
#include "ringcast/io/MessagePipes.hpp"

namespace {

using ringcast::worker::App;
using Arguments = std::span<const std::string_view>;

// Exit codes as the controller interprets them: all except kClosed make createWorker() fail. kNoBench is for
// `bench`, which no controller runs.
enum ExitCode : int {
  kClosed = 0,
  kNoBench = 1,
  kUnknownError = 40,
  kNoController = 41,
  kWrongSettings = 42
};

constexpr int kInput = 3;   // messages from the controller
constexpr int kOutput = 4;  // messages to it

constexpr const char* kHelp = R"(Usage: ringcast-worker [OPTION...]                as a controller spawns it
       ringcast-worker bench [ARGUMENT...]        runs ringcast-bench, the benchmarks
       ringcast-worker --help | --version

A media worker for the Node.js package mediasoup %s: set MEDIASOUP_WORKER_BIN to the path of
this program, or pass it to createWorker({ workerBin }).

Options of the worker, as --name=value or --name value:
  --logLevel              debug, warn, error (default) or none
  --logTag, --logTags     for debug and warn: info, ice, dtls, rtp, srtp, rtcp, rtx, bwe, score,
                          simulcast, svc, sctp, message; once for each
  --rtcMinPort            lowest UDP port to use, default 10000
  --rtcMaxPort            highest, default 59999
  --dtlsCertificateFile   PEM file; with --dtlsPrivateKeyFile or not at all
  --dtlsPrivateKeyFile    PEM file of its key
  --libwebrtcFieldTrials  accepted, without effect
  --disableLiburing=true  never use io_uring; so does RINGCAST_DISABLE_LIBURING=1 in the environment
  --gsoPadding=0          pad video packets by up to this many bytes to the size of their neighbours, so that
                          one GSO batch carries them; so does RINGCAST_GSO_PADDING=4 in the environment
  --coalesceMs=0          let video wait so long for the rest of its frame, and for that of others, while there
                          is time to spare; so does RINGCAST_COALESCE_MS=2 in the environment
  --sandbox=on            give up system calls that a running worker never needs; off, or RINGCAST_SANDBOX=off
                          in the environment, keeps them
  --coreDumps=off         on, or RINGCAST_CORE_DUMPS=on in the environment: a crash leaves a core file, with the
                          keys of all participants in it, and debuggers of the same user can attach

Exit codes: 0 closed properly, 1 no ringcast-bench to run, 40 could not start, 41 not spawned by a controller, 42 wrong settings.
)";

constexpr const char* kNoControllerText = R"(ringcast-worker: the environment has no MEDIASOUP_VERSION.
This program is spawned by a controller, the Node.js package mediasoup: set MEDIASOUP_WORKER_BIN to its path, or
pass it to createWorker({ workerBin }). Its options: ringcast-worker --help.
)";

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string_view() : value;
}

int Fail(ExitCode code, std::string_view reason) {
  std::fprintf(stderr, "ringcast-worker: %.*s\n", static_cast<int>(reason.size()), reason.data());
  return code;
}

int RunWorker(Arguments arguments) {
  const auto controllerVersion = Variable("MEDIASOUP_VERSION");
  if (controllerVersion.empty()) {
    std::fputs(kNoControllerText, stderr);
    return kNoController;
  }
  const auto settings =
      ringcast::worker::ParseSettings(arguments, {.disableLiburing = Variable("RINGCAST_DISABLE_LIBURING"),
                                                  .gsoPadding = Variable("RINGCAST_GSO_PADDING"),
                                                  .evenSizes = Variable("RINGCAST_EVEN_SIZES"),
                                                  .coalesceMs = Variable("RINGCAST_COALESCE_MS"),
                                                  .sandbox = Variable("RINGCAST_SANDBOX"),
                                                  .coreDumps = Variable("RINGCAST_CORE_DUMPS")});
  if (!settings) return Fail(kWrongSettings, settings.Failure().reason);
  if (!settings->coreDumps) ringcast::worker::HideMemory();  // before the process holds a key
  std::optional<ringcast::dtls::Context> dtls;
  if (!settings->dtlsCertificateFile.empty()) {
    const auto loaded =
        ringcast::worker::LoadDtlsFiles(settings->dtlsCertificateFile, settings->dtlsPrivateKeyFile);
    if (!loaded) return Fail(kWrongSettings, loaded.Failure().reason);
    dtls = *loaded;
  }
  if (const auto pipes = ringcast::io::MessagePipes::Check(kInput, kOutput); !pipes) {
    return Fail(kUnknownError, pipes.Failure().reason);
  }
  if (const auto loop = ringcast::io::EventLoop::Check(); !loop) {
    return Fail(kUnknownError, loop.Failure().reason);
  }
  App app(*settings, dtls, controllerVersion, kInput, kOutput);
  // Everything is open now, including the io_uring instance, and no input has been read yet.
  if (settings->sandbox) {
    if (const auto status = ringcast::worker::EnterSandbox(); !status) {
      ringcast::log::Warn("no sandbox: " + status.Failure().reason);
    }
  }
  if (const auto status = app.Run(); !status) return Fail(kUnknownError, status.Failure().reason);
  return kClosed;
}

}  // namespace

int main(int argc, char* argv[]) {
  const std::span<char* const> all(argv, static_cast<std::size_t>(argc));
  // This comes first, so that the other program inherits the original signal dispositions.
  if (all.size() > 1 && std::string_view(all[1]) == "bench")
    return Fail(kNoBench, ringcast::worker::ExecuteBench(all.subspan(2)).reason);

  // The controller's terminal and its other child processes must not terminate the worker. A write to a
  // closed pipe returns an error.
  for (const int signal : {SIGPIPE, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);

  const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string_view first = arguments.empty() ? std::string_view() : arguments.front();
  if (first == "--help" || first == "-h") {
    std::printf(kHelp, std::string(ringcast::worker::kControllerVersion).c_str());
    return kClosed;
  }
  if (first == "--version") {
    std::puts("ringcast-worker " RINGCAST_VERSION);
    return kClosed;
  }
  return RunWorker(arguments);
}
