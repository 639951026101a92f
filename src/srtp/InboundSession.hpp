#pragma once

#include <memory>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

// RFC 3550 sections 5.1 and 6.1: what every packet begins with, up to its ssrc.
inline constexpr std::size_t kRtpHeaderSize = 12;
inline constexpr std::size_t kRtpSsrcOffset = 8;
inline constexpr std::size_t kRtcpHeaderSize = 8;
inline constexpr std::size_t kRtcpSsrcOffset = 4;

// What is behind an Inbound.
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
