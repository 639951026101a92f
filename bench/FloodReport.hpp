#pragma once

#include <cstdint>
#include <string>

#include "bench/FloodOptions.hpp"
#include "bench/FloodPlan.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::bench {

// Figures of the worker's process at one moment.
struct FloodFigures {
  Duration wall{};
  Duration cpu{};
  std::uint64_t overflows = 0;  // datagrams that the kernel dropped because the server's socket was full
  std::uint64_t logLines = 0;
};

// The result of one run.
struct FloodReport {
  FloodOptions options;
  FloodFigures begin;
  FloodFigures end;
  FloodResult result;

  [[nodiscard]] std::uint64_t Lost() const { return result.sent - result.received; }
  [[nodiscard]] double CpuPercent() const;
  [[nodiscard]] double FloodRate() const;  // the measured send rate
  [[nodiscard]] std::uint64_t Overflows() const { return end.overflows - begin.overflows; }
  [[nodiscard]] std::uint64_t LogLines() const { return end.logLines - begin.logLines; }
  // Limits of the responses to strangers, and of the log lines, in the measured period.
  [[nodiscard]] std::uint64_t AnswerLimit() const;
  [[nodiscard]] std::uint64_t LogLimit() const;

  // Why the run has failed; empty if it has not.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;
  [[nodiscard]] std::string Json() const;  // one JSON object on one line
};

}  // namespace ringcast::bench
