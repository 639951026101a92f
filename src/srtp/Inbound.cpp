#include <utility>

#include "ringcast/srtp/RtpEncryptor.hpp"
#include "srtp/InboundSession.hpp"

namespace ringcast::srtp {

Result<Inbound> Inbound::Create(const MasterKey& key, Engine engine) {
  if (engine != Engine::kLibsrtp2) return Inbound(MakeOpensslInbound(key));
  auto session = MakeLibsrtpInbound(key);
  if (!session) return session.Failure();
  return Inbound(std::move(*session));
}

Inbound::Inbound(std::unique_ptr<InboundSession> session) : session_(std::move(session)) {}
Inbound::Inbound(Inbound&&) noexcept = default;
Inbound& Inbound::operator=(Inbound&&) noexcept = default;
Inbound::~Inbound() = default;

Inbound::Outcome Inbound::UnprotectRtp(MutableBytes packet) { return session_->UnprotectRtp(packet); }
Inbound::Outcome Inbound::UnprotectRtcp(MutableBytes packet) { return session_->UnprotectRtcp(packet); }

}  // namespace ringcast::srtp
