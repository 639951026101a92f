#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/ice/Candidate.hpp"
#include "ringcast/ice/Tuple.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class IcePorts;
class WebRtcTransport;

// The ports at which the peer of one WebRTC transport reaches it: the transport's own, or those of a
// WebRtcServer, which has to find the transport by its ufrags and tuples. Destroying it ends both.
class WebRtcPorts {
 public:
  // NotFoundError: no such server; TypeError: a server without a socket of an enabled protocol; else as
  // IcePorts::Open. `transport`: the owner.
  [[nodiscard]] static Result<std::unique_ptr<WebRtcPorts>> Open(WorkerContext& context,
                                                                 const WebRtcTransportOptions& options,
                                                                 WebRtcTransport& transport);
  virtual ~WebRtcPorts() = default;
  WebRtcPorts(const WebRtcPorts&) = delete;
  WebRtcPorts& operator=(const WebRtcPorts&) = delete;

  [[nodiscard]] const std::vector<ice::Candidate>& Candidates() const { return candidates_; }
  [[nodiscard]] Tuple Describe(const ice::Tuple& tuple) const;

  // Binding requests for this ufrag are the transport's, or no more.
  virtual void AddUfrag(const std::string& ufrag) = 0;
  virtual void RemoveUfrag(const std::string& ufrag) = 0;
  // ICE has validated the tuple: packets from it are the transport's. No effect if it is known.
  virtual void AddTuple(const ice::Tuple& tuple) = 0;
  // No packets are expected from the tuple any more. A TCP connection is closed.
  virtual void RemoveTuple(const ice::Tuple& tuple) = 0;

 protected:
  WebRtcPorts(IcePorts& ports, std::vector<ice::Candidate> candidates)
      : ports_(ports), candidates_(std::move(candidates)) {}

  [[nodiscard]] IcePorts& Ports() { return ports_; }

 private:
  IcePorts& ports_;
  std::vector<ice::Candidate> candidates_;
};

}  // namespace ringcast::rtc
