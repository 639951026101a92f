#pragma once

#include <string>
#include <string_view>

#include "bench/FanoutOptions.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// The load alone, for a worker that somebody else started: `ringcast-bench load`. One JSON object a line on
// stdout says how far it is ("event": "ready" with the ports of its sockets, "begin" after the warm-up, "end"
// with the result); lines on stdin answer:
//
//   producer INDEX PORT     where the worker receives what sender INDEX sends
//   senderKey KEY           the SRTP master key of all senders, base64
//   consumerKey INDEX KEY   the one that receiver INDEX decrypts with; not with --sink
//   go                      all is said; or, after "begin", the measured time may begin
//
// Blocks until the end. The failure says which line made no sense, what was missing at "go", or what
// happened.
Status RunRemoteLoad(const FanoutOptions& options);

// What one line of them does to the plan. True: it is "go".
[[nodiscard]] Result<bool> ApplyLine(std::string_view line, const FanoutOptions& options, LoadPlan& plan);

// Whether all is said that the load needs to start.
[[nodiscard]] Status CheckComplete(const FanoutOptions& options, const LoadPlan& plan);

[[nodiscard]] std::string ReadyLine(const FanoutOptions& options, const LoadPlan& plan);
[[nodiscard]] std::string EndLine(const FanoutOptions& options, const LoadResult& result);

}  // namespace ringcast::bench
