#pragma once

#include <map>
#include <memory>
#include <string>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Registry.hpp"
#include "ringcast/rtp/SourceClock.hpp"

namespace ringcast::rtc {

// A room: its transports, and the forwarding from each producer to its consumers.
class Router {
 public:
  Router(Registry& registry, std::string id);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] RouterDump Dump() const;

  // A failed creation leaves nothing behind: no transport, no bound port.
  Result<Transport*> CreatePlainTransport(const std::string& id, const PlainTransportOptions& options);
  Result<Transport*> CreateWebRtcTransport(const std::string& id, const WebRtcTransportOptions& options);
  Result<Transport*> CreateDirectTransport(const std::string& id, const TransportOptions& options);
  Status CloseTransport(const std::string& id);

  // For producers: one who publishes by several transports is one source all the same.
  [[nodiscard]] rtp::SourceClocks& SourceClocks() { return sourceClocks_; }

 private:
  Status CheckNewTransport(const std::string& id) const;

  std::string id_;
  Registry& registry_;
  Index<Router>::Entry entry_;
  rtp::SourceClocks sourceClocks_;
  std::map<std::string, std::unique_ptr<Transport>> transports_;
};

}  // namespace ringcast::rtc
