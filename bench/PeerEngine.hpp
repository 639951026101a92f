#pragma once

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::bench {

// Returns the SRTP engine that the load's receivers and the browsers decrypt with: an implementation other
// than the worker's own if the build has one.
[[nodiscard]] inline srtp::Engine PeerEngine() {
  return srtp::IsBuiltIn(srtp::Engine::kLibsrtp2) ? srtp::Engine::kLibsrtp2 : srtp::Engine::kOpenssl;
}

}  // namespace ringcast::bench
