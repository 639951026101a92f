#pragma once

#include "ringcast/dtls/Context.hpp"

namespace ringcast::test {

// Returns the context of all workers in tests. Its certificate is created once, because generating a key
// takes longer than most tests.
[[nodiscard]] const dtls::Context& DtlsContext();

}  // namespace ringcast::test
