#pragma once

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::bench {

// Returns the engine that receivers of the load and browsers decrypt with: where the build has one, another
// implementation than the worker's own.
[[nodiscard]] inline srtp::Engine PeerEngine() {
  return srtp::IsBuiltIn(srtp::Engine::kLibsrtp2) ? srtp::Engine::kLibsrtp2 : srtp::Engine::kOpenssl;
}

}  // namespace ringcast::bench
