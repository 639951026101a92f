#pragma once

#include <string>

#include "ringcast/base/Result.hpp"
#include "ringcast/dtls/Context.hpp"

namespace ringcast::worker {

// With the certificate and the private key that these files hold, both in PEM. TypeError: names the file and
// what is wrong with it, so that a wrong path shows at start and not with the first WebRTC peer.
[[nodiscard]] Result<dtls::Context> LoadDtlsFiles(const std::string& certificateFile,
                                                  const std::string& privateKeyFile);

}  // namespace ringcast::worker
