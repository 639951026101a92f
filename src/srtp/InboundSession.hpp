#pragma once

#include <memory>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

// The implementation of an Inbound.
class InboundSession {
 public:
  InboundSession() = default;
  virtual ~InboundSession() = default;
  InboundSession(const InboundSession&) = delete;
  InboundSession& operator=(const InboundSession&) = delete;

  virtual Inbound::Outcome UnprotectRtp(MutableBytes packet) = 0;
  virtual Inbound::Outcome UnprotectRtcp(MutableBytes packet) = 0;
};

[[nodiscard]] std::unique_ptr<InboundSession> MakeOpensslInbound(const MasterKey& key);
[[nodiscard]] Result<std::unique_ptr<InboundSession>> MakeLibsrtpInbound(const MasterKey& key);

}  // namespace ringcast::srtp
