#pragma once

#include <string>

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// Whether the files hold a certificate and its private key, both in PEM. The failure names the file and what
// is wrong with it, so that a wrong path shows at start and not with the first WebRTC peer.
[[nodiscard]] Status CheckDtlsFiles(const std::string& certificateFile, const std::string& privateKeyFile);

}  // namespace ringcast::worker
