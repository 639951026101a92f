// Stubs for a build without libsrtp2.

#include "srtp/InboundSession.hpp"
#include "srtp/PacketCipher.hpp"

namespace ringcast::srtp {

bool HasLibsrtp() { return false; }

std::unique_ptr<PacketCipher> MakeLibsrtpCipher(const MasterKey& /*key*/) { return nullptr; }

Result<std::unique_ptr<InboundSession>> MakeLibsrtpInbound(const MasterKey& /*key*/) {
  return GenericError("this build has no SRTP by libsrtp2");
}

}  // namespace ringcast::srtp
