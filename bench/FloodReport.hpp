#pragma once

#include <cstdint>
#include <string>

#include "bench/FloodOptions.hpp"
#include "bench/FloodPlan.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// The worker's process at one moment.
struct FloodFigures {
  Duration wall{};
  Duration cpu{};
  std::uint64_t overflows = 0;  // datagrams that the kernel lost because the server's socket was full
  std::uint64_t logLines = 0;
};

// What one run measured.
struct FloodReport {
  FloodOptions options;
  FloodFigures begin;
  FloodFigures end;
  FloodResult result;

  [[nodiscard]] std::uint64_t Lost() const { return result.sent - result.received; }
  [[nodiscard]] double CpuPercent() const;
  [[nodiscard]] double FloodRate() const;  // as it was sent
  [[nodiscard]] std::uint64_t Overflows() const { return end.overflows - begin.overflows; }
  [[nodiscard]] std::uint64_t LogLines() const { return end.logLines - begin.logLines; }
  // What the worker may answer to strangers, and write of them, in that time.
  [[nodiscard]] std::uint64_t AnswerLimit() const;
  [[nodiscard]] std::uint64_t LogLimit() const;

  // Why the run is a failure; empty: it is none.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;
  [[nodiscard]] std::string Json() const;  // one object, on one line
};

}  // namespace ringcast::bench
