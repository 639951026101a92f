#pragma once

#include <string>

#include "ringcast/base/Result.hpp"
#include "ringcast/dtls/Context.hpp"

namespace ringcast::worker {

// Returns a DTLS context with the certificate and the private key in these files, both in PEM. Returns a
// TypeError that names the file and the problem, so that a wrong path is reported at startup and not when the
// first WebRTC peer connects.
[[nodiscard]] Result<dtls::Context> LoadDtlsFiles(const std::string& certificateFile,
                                                  const std::string& privateKeyFile);

}  // namespace ringcast::worker
