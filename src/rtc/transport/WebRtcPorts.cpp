#include "ringcast/rtc/transport/WebRtcPorts.hpp"

#include <algorithm>

#include "ringcast/rtc/transport/IcePorts.hpp"
#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::rtc {

namespace {

// All packets that arrive are the transport's, so there is no index to keep.
class OwnPorts final : public WebRtcPorts {
 public:
  explicit OwnPorts(std::unique_ptr<IcePorts> ports)
      : WebRtcPorts(*ports, ice::ListCandidates(ports->Addresses(), {})), ports_(std::move(ports)) {}

  void AddUfrag(const std::string& /*ufrag*/) override {}
  void RemoveUfrag(const std::string& /*ufrag*/) override {}
  void AddTuple(const ice::Tuple& tuple) override { ports_->Authenticate(tuple); }
  void RemoveTuple(const ice::Tuple& tuple) override { ports_->Close(tuple); }

 private:
  std::unique_ptr<IcePorts> ports_;
};

class ServerPorts final : public WebRtcPorts {
 public:
  ServerPorts(WebRtcServer& server, WebRtcTransport& transport, std::vector<ice::Candidate> candidates)
      : WebRtcPorts(server.Ports(), std::move(candidates)), server_(server), transport_(transport) {
    server_.Add(transport_);
  }
  ServerPorts(const ServerPorts&) = delete;
  ServerPorts& operator=(const ServerPorts&) = delete;
  ~ServerPorts() override {
    while (!tuples_.empty()) RemoveTuple(tuples_.back());
    while (!ufrags_.empty()) RemoveUfrag(ufrags_.back());
    server_.Remove(transport_);
  }

  void AddUfrag(const std::string& ufrag) override {
    server_.AddUfrag(ufrag, transport_);
    ufrags_.push_back(ufrag);
  }
  void RemoveUfrag(const std::string& ufrag) override {
    server_.RemoveUfrag(ufrag);
    std::erase(ufrags_, std::string(ufrag));
  }
  void AddTuple(const ice::Tuple& tuple) override {
    Ports().Authenticate(tuple);
    server_.AddTuple(tuple, transport_);
    if (std::find(tuples_.begin(), tuples_.end(), tuple) == tuples_.end()) tuples_.push_back(tuple);
  }
  void RemoveTuple(const ice::Tuple& tuple) override {
    const auto removed = tuple;  // may be an element of tuples_
    server_.RemoveTuple(removed, transport_);
    Ports().Close(removed);
    std::erase(tuples_, removed);
  }

 private:
  WebRtcServer& server_;
  WebRtcTransport& transport_;
  // Those in the server's tables: at most two and ice::Agent::kMaxTuples.
  std::vector<std::string> ufrags_;
  std::vector<ice::Tuple> tuples_;
};

}  // namespace

Result<std::unique_ptr<WebRtcPorts>> WebRtcPorts::Open(WorkerContext& context,
                                                       const WebRtcTransportOptions& options,
                                                       WebRtcTransport& transport) {
  if (!options.webRtcServerId) {
    // The listen infos say which protocols to use, in which order; the flags are for a server's ports.
    auto ports = IcePorts::Open(context, options.listenInfos, transport);
    if (!ports) return ports.Failure();
    return std::unique_ptr<WebRtcPorts>(std::make_unique<OwnPorts>(std::move(*ports)));
  }
  auto* server = context.webRtcServers.Find(*options.webRtcServerId);
  if (server == nullptr) return NotFoundError("WebRTC server \"" + *options.webRtcServerId + "\" not found");
  auto candidates = ice::ListCandidates(server->Ports().Addresses(), {.enableUdp = options.enableUdp,
                                                                      .enableTcp = options.enableTcp,
                                                                      .preferUdp = options.preferUdp,
                                                                      .preferTcp = options.preferTcp});
  if (candidates.empty()) return TypeError("the WebRTC server has no socket of a protocol that is enabled");
  return std::unique_ptr<WebRtcPorts>(
      std::make_unique<ServerPorts>(*server, transport, std::move(candidates)));
}

Tuple WebRtcPorts::Describe(const ice::Tuple& tuple) const { return ports_.Describe(tuple); }

}  // namespace ringcast::rtc
