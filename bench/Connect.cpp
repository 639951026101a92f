#include "bench/Connect.hpp"

#include <sys/socket.h>

#include "bench/ChildProcess.hpp"
#include "bench/ConnectLoad.hpp"
#include "bench/LoadPlan.hpp"
#include "bench/PeerHost.hpp"
#include "bench/ProcessFigures.hpp"

namespace ringcast::bench {
namespace {

// The worker's side of a run.
class ConnectRun {
 public:
  ConnectRun(const ConnectOptions& options, int control)
      : host_({.tcp = options.tcp}, control, [this](const PeerMessage& message) { OnMessage(message); }) {
    report_.options = options;
  }

  Result<ConnectReport> Run() {
    if (auto status = host_.Run(); !status) return status.Failure();
    return report_;
  }

 private:
  void OnMessage(const PeerMessage& message) {
    if (message.kind == PeerMessage::Kind::kDone) return host_.Stop();
    auto& part = report_.parts[message.number];
    (message.kind == PeerMessage::Kind::kBegin ? part.begin : part.end) = Figures();
    host_.Reply(PeerMessage::Kind::kGo);
  }

  [[nodiscard]] ConnectFigures Figures() const {
    return {.cpu = ProcessCpu(),
            .anonymousKib = AnonymousKib(),
            .descriptors = OpenDescriptors(),
            .connected = host_.Connected(),
            .overflows = UdpOverflows(host_.UdpPort())};
  }

  ConnectReport report_;
  PeerHost host_;
};

}  // namespace

Result<ConnectReport> RunConnect(const ConnectOptions& options) {
  RaiseDescriptorLimit();
  auto result = MapShared<ConnectResult>();
  if (!result) return result.Failure();
  // Start the browsers before this process has any state that fork would copy.
  auto browsers = ChildProcess::Start(SOCK_SEQPACKET, [&options, &shared = **result](int control) {
    const auto status = RunConnectLoad(options, shared, control);
    if (!status) StoreText(shared.fault, status.Failure().reason);
  });
  if (!browsers) return browsers.Failure();
  auto report = ConnectRun(options, browsers->Control()).Run();
  if ((*result)->fault.front() != 0) return GenericError((*result)->fault.data());
  if (!report) return report.Failure();
  report->TakeResult(**result);
  return report;
}

}  // namespace ringcast::bench
