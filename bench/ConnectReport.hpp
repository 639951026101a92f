#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/ConnectOptions.hpp"
#include "bench/ConnectPlan.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// The worker's process at one moment.
struct ConnectFigures {
  Duration cpu{};
  std::uint64_t anonymousKib = 0;
  std::uint64_t descriptors = 0;
  std::uint64_t connected = 0;  // transports whose DTLS was, by now
  std::uint64_t overflows = 0;  // datagrams that the kernel lost because the server's socket was full
};

struct ConnectPartReport {
  ConnectFigures begin;
  ConnectFigures end;
  ConnectResult::Part peers;          // as the browsers saw it
  std::vector<std::uint32_t> micros;  // sorted; of each that is timed

  // Milliseconds of the worker for each transport: what is created, connected and closed.
  [[nodiscard]] double CpuMs() const;
  // What such a share of the transports did not exceed; 0: none is timed.
  [[nodiscard]] std::uint32_t Micros(double share) const;
  [[nodiscard]] std::uint64_t Overflows() const { return end.overflows - begin.overflows; }
};

// What one run measured.
struct ConnectReport {
  ConnectOptions options;
  std::array<ConnectPartReport, kConnectParts> parts;
  std::string firstFailure;

  void TakeResult(const ConnectResult& result);
  [[nodiscard]] const ConnectPartReport& Of(ConnectPart part) const {
    return parts[static_cast<std::size_t>(part)];
  }
  // In the measured cycles.
  [[nodiscard]] std::int64_t GrownKib() const;

  // Why the run is a failure; empty: it is none.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;
  [[nodiscard]] std::string Json() const;  // one object, on one line
};

}  // namespace ringcast::bench
