#pragma once

#include "channel/Call.hpp"

namespace ringcast::channel {

// Executes the request. Each request gets exactly one result and so exactly one response.
[[nodiscard]] Result<Answer> Dispatch(const Call& call);

}  // namespace ringcast::channel
