#pragma once

#include "channel/Call.hpp"

namespace ringcast::channel {

// Does what the request asks. Exactly one outcome, which becomes exactly one response.
[[nodiscard]] Result<Answer> Dispatch(const Call& call);

}  // namespace ringcast::channel
