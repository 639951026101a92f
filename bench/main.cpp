#include <csignal>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "bench/Connect.hpp"
#include "bench/Fanout.hpp"
#include "bench/Flood.hpp"
#include "bench/RemoteLoad.hpp"

namespace {

namespace bench = ringcast::bench;
using Arguments = std::span<const std::string_view>;

enum ExitCode : int { kMeasured = 0, kFailed = 40, kWrongOptions = 42 };

constexpr const char* kHelp =
    R"(Usage: ringcast-bench fanout [OPTION...]   CPU time, loss and latency of forwarding, on this machine
       ringcast-bench floor [OPTION...]    the same of a program that only decrypts, encrypts and sends
       ringcast-bench load [OPTION...]     the load alone, for a worker that test/bench/compare starts
       ringcast-bench connect [OPTION...]  time and memory to set up WebRTC transports
       ringcast-bench flood [OPTION...]    loss and latency of a call while strangers flood its port
       ringcast-bench --help | --version

The benchmarks of ringcast-worker, with the worker's own code in this process and the load in another one.
Options are --name=value or --name value.

Options of fanout, floor and load, with their defaults:
  --producers=1 --consumers=40   each consumer receives the streams of every producer
  --pps=300 --burst=10           video packets/s of a producer, and how many are sent back to back; 0: no video
  --encodings=1                  simulcast encodings of a video, each at the full rate; consumers prefer
                                 them in turn; fanout only
  --rtx                          keep sent packets for retransmission; fanout only
  --audioPps=50 --talkers=100    audio packets/s of a producer, and how many producers send audio
  --size=1200                    bytes of a video packet
  --lastLarger                   the last packet of a frame is one byte larger
  --leaveOutOwn                  consumer i receives every producer but producer i
  --inspectEvery=17              decrypt and compare one video packet in 17
  --inspectAudioEvery=17         likewise for audio
  --receiveEvery=0               microseconds between two reads of the receivers' sockets; 0: on arrival
  --suite=AEAD_AES_128_GCM       or another SRTP suite, or none
  --backend=auto                 or uring, uring-copy, libuv
  --srtp=auto                    SRTP engine, of this build: %s
  --gsoPadding=0 --coalesceMs=0  as the worker's options of these names
  --singleDatagrams              send each datagram by itself, without segmentation
  --sink --sinkVia               the consumers' address, which drops all packets, and ours towards it
  --seconds=5 --ipv6 --json

Options of connect, with their defaults; 0 leaves a part out:
  --transports=20                set up one after another, each timed
  --atOnce=500                   set up at the same moment, each timed
  --cycles=20000                 created, connected and closed: memory and descriptors before and after
  --tolerance=512                KiB by which memory may grow in the cycles
  --tcp --json

Options of flood, with their defaults:
  --kind=garbage                 or stun (wrong passwords), hello (ClientHellos from anywhere), none
  --rate=50000                   datagrams/s of the strangers
  --receiveBuffer=0              bytes of the worker's socket buffer; 0: the worker's default
  --seconds=5 --json

Exit codes: 0 measured, 40 could not measure or found a fault, 42 wrong options.
)";

int Fail(ExitCode code, std::string_view reason) {
  std::fprintf(stderr, "ringcast-bench: %.*s\n", static_cast<int>(reason.size()), reason.data());
  return code;
}

// Prints a report, even if it contains a fault.
template <typename Report>
int Print(const ringcast::Result<Report>& report) {
  if (!report) return Fail(kFailed, report.Failure().reason);
  std::puts(report->options.json ? report->Json().c_str() : report->Table().c_str());
  if (const auto fault = report->Fault(); !fault.empty()) return Fail(kFailed, fault);
  return kMeasured;
}

int RunConnect(Arguments arguments) {
  const auto options = bench::ParseConnectOptions(arguments);
  if (!options) return Fail(kWrongOptions, options.Failure().reason);
  return Print(bench::RunConnect(*options));
}

int RunFlood(Arguments arguments) {
  const auto options = bench::ParseFloodOptions(arguments);
  if (!options) return Fail(kWrongOptions, options.Failure().reason);
  return Print(bench::RunFlood(*options));
}

int RunFanout(std::string_view name, Arguments arguments) {
  auto options = bench::ParseFanoutOptions(arguments);
  if (!options) return Fail(kWrongOptions, options.Failure().reason);
  if (name != "fanout" && (options->encodings > 1 || options->rtx))
    return Fail(kWrongOptions, "--encodings and --rtx are for fanout alone");
  if (name == "load") {
    const auto status = bench::RunRemoteLoad(*options);
    return status ? kMeasured : Fail(kFailed, status.Failure().reason);
  }
  if (name == "floor") options->backend = bench::Backend::kFloor;
  return Print(bench::RunFanout(*options));
}

}  // namespace

int main(int argc, char* argv[]) {
  // A write to a closed socket then returns an error instead of raising the signal.
  std::signal(SIGPIPE, SIG_IGN);

  const std::vector<std::string_view> all(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string_view name = all.empty() ? std::string_view() : all.front();
  if (name == "--help" || name == "-h" || (!all.empty() && all.back() == "--help")) {
    std::printf(kHelp, bench::EngineNames().c_str());
    return kMeasured;
  }
  if (name == "--version") {
    std::puts("ringcast-bench " RINGCAST_VERSION);
    return kMeasured;
  }
  const auto arguments = Arguments(all).subspan(all.empty() ? 0 : 1);
  if (name == "connect") return RunConnect(arguments);
  if (name == "flood") return RunFlood(arguments);
  if (name == "fanout" || name == "floor" || name == "load") return RunFanout(name, arguments);
  return Fail(kWrongOptions, "the benchmarks are fanout, floor, load, connect and flood");
}
