#pragma once

#include <string>
#include <vector>

#include "ringcast/rtc/Transport.hpp"

namespace ringcast::rtc {

// The controller itself as a peer: packets come as notifications and leave as such.
class DirectTransport final : public Transport {
 public:
  DirectTransport(Registry& registry, Router& router, const std::string& id, const TransportOptions& options)
      : Transport(registry, router, id, options) {
    connected_ = true;
  }

  [[nodiscard]] TransportKind Kind() const override { return TransportKind::kDirect; }
  Status SendRtcpFromController(ByteView compound, Instant now) override;
  void SendRtcp(ByteView compound, Instant now) override;

 private:
  void SendBatch(EgressBatch& batch, Instant now) override;

  std::vector<std::uint8_t> scratch_;
};

}  // namespace ringcast::rtc
