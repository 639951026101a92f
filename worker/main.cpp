#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "App.hpp"
#include "DtlsFiles.hpp"
#include "Sandbox.hpp"
#include "Settings.hpp"
#include "bench/Connect.hpp"
#include "bench/Fanout.hpp"
#include "bench/Flood.hpp"
#include "bench/RemoteLoad.hpp"
#include "ringcast/base/Log.hpp"
#include "ringcast/io/MessagePipes.hpp"

namespace {

using ringcast::worker::App;
using Arguments = std::span<const std::string_view>;

// What the controller makes of them: all but the first are failures of createWorker().
enum ExitCode : int { kClosed = 0, kUnknownError = 40, kNoController = 41, kWrongSettings = 42 };

constexpr int kInput = 3;   // messages from the controller
constexpr int kOutput = 4;  // messages to it

constexpr const char* kHelp = R"(Usage: ringcast-worker [OPTION...]                as a controller spawns it
       ringcast-worker bench fanout [OPTION...]   measures forwarding on this machine
       ringcast-worker bench floor [OPTION...]    the same of a program that does nothing else
       ringcast-worker bench load [OPTION...]     the load alone, for test/bench/compare
       ringcast-worker bench connect [OPTION...]  measures how WebRTC transports are set up
       ringcast-worker bench flood [OPTION...]    measures a call while strangers flood its port
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
  --evenSizes=0           pad video packets by up to so many bytes to the size of their neighbours, so
                          that they leave in one send; so does RINGCAST_EVEN_SIZES=4 in the environment
  --coalesceMs=0          let video wait so long for the rest of its frame, and for that of others, while there
                          is time to spare; so does RINGCAST_COALESCE_MS=2 in the environment
  --sandbox=on            give up system calls that a running worker never needs; off, or RINGCAST_SANDBOX=off
                          in the environment, keeps them
  --coreDumps=off         on, or RINGCAST_CORE_DUMPS=on in the environment: a crash leaves a core file, with the
                          keys of all participants in it, and debuggers of the same user can attach

Options of fanout, floor and load, with their defaults:
  --producers=1 --consumers=40   each consumer gets the streams of every producer
  --pps=300 --burst=10           video packets/s of a producer, so many back to back; 0: no video
  --encodings=1                  video by simulcast, each encoding as if it was alone; consumers by turns
                                 prefer each of them; of fanout alone
  --rtx                          what goes out can be asked for again, so it is kept; of fanout alone
  --audioPps=50 --talkers=100    audio packets/s of a producer; so many of the producers send any
  --size=1200                    bytes of a video packet
  --lastLarger                   the last packet of a frame is one byte larger
  --leaveOutOwn                  consumer i gets every producer but producer i
  --inspectEvery=17              one video packet in so many is decrypted and compared
  --inspectAudioEvery=17         likewise
  --receiveEvery=0               microseconds between two looks at the receivers' sockets; 0: as they come
  --suite=AEAD_AES_128_GCM       or another SRTP suite, or none
  --backend=auto                 or uring, uring-copy, libuv
  --srtp=auto                    or ipsec-mb, openssl, libsrtp2
  --evenSizes=0 --coalesceMs=0   as above
  --singleDatagrams              no runs of datagrams in one send
  --sink --sinkVia               the consumers' address, if it drops all, and ours on the way to it
  --seconds=5 --ipv6 --json

Options of connect, with their defaults; 0 leaves a part out:
  --transports=20                set up one after another, each timed
  --atOnce=500                   begin at the same moment, each timed
  --cycles=20000                 created, connected and closed: memory and descriptors before and after
  --tolerance=512                KiB by which memory may grow in the cycles
  --tcp --json

Options of flood, with their defaults:
  --kind=garbage                 or stun (wrong passwords), hello (ClientHellos from anywhere), none
  --rate=50000                   datagrams/s of the strangers
  --receiveBuffer=0              bytes, of the worker's socket; 0: as the worker chooses
  --seconds=5 --json

Exit codes: 0 closed properly, 40 could not start, 41 not spawned by a controller, 42 wrong settings.
)";

constexpr const char* kNoControllerText = R"(ringcast-worker: the environment has no MEDIASOUP_VERSION.
This program is spawned by a controller, the Node.js package mediasoup: set MEDIASOUP_WORKER_BIN to its path, or
pass it to createWorker({ workerBin }). It also has commands that work alone: see ringcast-worker --help.
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
                                                  .evenSizes = Variable("RINGCAST_EVEN_SIZES"),
                                                  .coalesceMs = Variable("RINGCAST_COALESCE_MS"),
                                                  .sandbox = Variable("RINGCAST_SANDBOX"),
                                                  .coreDumps = Variable("RINGCAST_CORE_DUMPS")});
  if (!settings) return Fail(kWrongSettings, settings.Failure().reason);
  if (!settings->coreDumps) ringcast::worker::HideMemory();  // before there is a key in it
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
  // Everything is open by now, the ring among it; nothing has been read yet.
  if (settings->sandbox) {
    if (const auto status = ringcast::worker::EnterSandbox(); !status) {
      ringcast::log::Warn("no sandbox: " + status.Failure().reason);
    }
  }
  if (const auto status = app.Run(); !status) return Fail(kUnknownError, status.Failure().reason);
  return kClosed;
}

// Prints what was measured. A report with a fault is printed all the same.
template <typename Report>
int Tell(const ringcast::Result<Report>& report) {
  if (!report) return Fail(kUnknownError, report.Failure().reason);
  std::puts(report->options.json ? report->Json().c_str() : report->Table().c_str());
  if (const auto fault = report->Fault(); !fault.empty()) return Fail(kUnknownError, fault);
  return kClosed;
}

int RunConnect(Arguments arguments) {
  const auto options = ringcast::worker::bench::ParseConnectOptions(arguments);
  if (!options) return Fail(kWrongSettings, options.Failure().reason);
  return Tell(ringcast::worker::bench::RunConnect(*options));
}

int RunFlood(Arguments arguments) {
  const auto options = ringcast::worker::bench::ParseFloodOptions(arguments);
  if (!options) return Fail(kWrongSettings, options.Failure().reason);
  return Tell(ringcast::worker::bench::RunFlood(*options));
}

int RunFanout(std::string_view name, Arguments arguments) {
  auto options = ringcast::worker::bench::ParseFanoutOptions(arguments);
  if (!options) return Fail(kWrongSettings, options.Failure().reason);
  if (name != "fanout" && (options->encodings > 1 || options->rtx))
    return Fail(kWrongSettings, "--encodings and --rtx are for fanout alone");
  if (name == "load") {
    const auto status = ringcast::worker::bench::RunRemoteLoad(*options);
    return status ? kClosed : Fail(kUnknownError, status.Failure().reason);
  }
  if (name == "floor") options->backend = ringcast::worker::bench::Backend::kFloor;
  return Tell(ringcast::worker::bench::RunFanout(*options));
}

int RunBench(Arguments arguments) {
  const auto name = arguments.empty() ? std::string_view() : arguments.front();
  if (name == "connect") return RunConnect(arguments.subspan(1));
  if (name == "flood") return RunFlood(arguments.subspan(1));
  if (name == "fanout" || name == "floor" || name == "load") return RunFanout(name, arguments.subspan(1));
  return Fail(kWrongSettings, "the benchmarks are fanout, floor, load, connect or flood");
}

}  // namespace

int main(int argc, char* argv[]) {
  // The controller's terminal and its other children must not end the worker; a write to a closed pipe is an
  // error value.
  for (const int signal : {SIGPIPE, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);

  const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string_view first = arguments.empty() ? std::string_view() : arguments.front();
  const std::string_view last = arguments.empty() ? std::string_view() : arguments.back();
  if (first == "--help" || first == "-h" || (first == "bench" && last == "--help")) {
    std::printf(kHelp, std::string(ringcast::worker::kControllerVersion).c_str());
    return kClosed;
  }
  if (first == "--version") {
    std::puts("ringcast-worker " RINGCAST_VERSION);
    return kClosed;
  }
  if (first == "bench") return RunBench(Arguments(arguments).subspan(1));
  return RunWorker(arguments);
}
