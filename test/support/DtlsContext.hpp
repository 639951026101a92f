#pragma once

#include "ringcast/dtls/Context.hpp"

namespace ringcast::test {

// One for all workers of all tests, with a certificate that is made once: a key takes longer than most tests.
[[nodiscard]] const dtls::Context& DtlsContext();

}  // namespace ringcast::test
