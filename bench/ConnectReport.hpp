#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/ConnectOptions.hpp"
#include "bench/ConnectPlan.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// Figures of the worker's process at one moment.
struct ConnectFigures {
  Duration cpu{};
  std::uint64_t anonymousKib = 0;
  std::uint64_t descriptors = 0;
  std::uint64_t connected = 0;  // transports whose DTLS handshake has completed since the start
  std::uint64_t overflows = 0;  // datagrams that the kernel dropped because the server's socket was full
};

struct ConnectPartReport {
  ConnectFigures begin;
  ConnectFigures end;
  ConnectResult::Part peers;          // as the browsers measured it
  std::vector<std::uint32_t> micros;  // set-up times, sorted

  // Worker CPU time in milliseconds per transport that was created, connected and closed.
  [[nodiscard]] double CpuMs() const;
  // The quantile `share` of the set-up times in microseconds; 0 if none was timed.
  [[nodiscard]] std::uint32_t Micros(double share) const;
  [[nodiscard]] std::uint64_t Overflows() const { return end.overflows - begin.overflows; }
};

// The result of one run.
struct ConnectReport {
  ConnectOptions options;
  std::array<ConnectPartReport, kConnectParts> parts;
  std::string firstFailure;

  void TakeResult(const ConnectResult& result);
  [[nodiscard]] const ConnectPartReport& Of(ConnectPart part) const {
    return parts[static_cast<std::size_t>(part)];
  }
  // Growth of memory in the measured cycles.
  [[nodiscard]] std::int64_t GrownKib() const;

  // Why the run has failed; empty if it has not.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;
  [[nodiscard]] std::string Json() const;  // one JSON object on one line
};

}  // namespace ringcast::bench
