#pragma once

#include <string>
#include <string_view>

#include "bench/FanoutOptions.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// `ringcast-bench load`: the load alone, for a worker that another program starts. Reports its progress on
// stdout as one JSON object per line ("event": "ready" with the ports of its sockets, "begin" after the
// warm-up, "end" with the result), and reads replies from stdin:
//
//   producer INDEX PORT     the worker's port for the packets of sender INDEX
//   senderKey KEY           the SRTP master key of all senders, base64
//   consumerKey INDEX KEY   the SRTP master key with which receiver INDEX decrypts; not with --sink
//   go                      the configuration is complete; or, after "begin", start the measured period
//
// Blocks until the end. The error contains the line that is invalid, the value that was missing at "go", or
// the cause of another failure.
Status RunRemoteLoad(const FanoutOptions& options);

// Applies one line to the plan. Returns true if the line is "go".
[[nodiscard]] Result<bool> ApplyLine(std::string_view line, const FanoutOptions& options, LoadPlan& plan);

// Returns an error if the plan lacks a port or key that the load needs.
[[nodiscard]] Status CheckComplete(const FanoutOptions& options, const LoadPlan& plan);

[[nodiscard]] std::string ReadyLine(const FanoutOptions& options, const LoadPlan& plan);
[[nodiscard]] std::string EndLine(const FanoutOptions& options, const LoadResult& result);

}  // namespace ringcast::bench
