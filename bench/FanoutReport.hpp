#pragma once

#include <cstdint>
#include <string>

#include "bench/FanoutOptions.hpp"
#include "bench/JsonObject.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/net/EgressStats.hpp"

namespace ringcast::bench {

// Figures of the worker's process at one moment.
struct Snapshot {
  Duration userTime{};  // user CPU time
  Duration
      systemTime{};  // system CPU time; a send on loopback includes the receiver's share of the kernel's work
  net::EgressStats egress;
};

// Adds the load's result to the object.
void AddLoadResult(JsonObject& json, const LoadResult& load);
// Adds the part of the load's result that is known when no packets return (--sink).
void AddSendResult(JsonObject& json, const LoadResult& load);
[[nodiscard]] double LossPercent(std::uint64_t received, std::uint64_t expected);

// The result of one run.
struct FanoutReport {
  FanoutOptions options;
  Snapshot begin;
  Snapshot end;
  LoadResult load;

  [[nodiscard]] std::uint64_t Forwarded() const { return end.egress.datagrams - begin.egress.datagrams; }
  [[nodiscard]] double PacketsPerSecond() const;
  [[nodiscard]] double CpuMicrosecondsPerPacket() const;
  [[nodiscard]] double LossPercent() const;
  [[nodiscard]] double DatagramsPerSend() const;
  [[nodiscard]] double ZeroCopyPercent() const;  // share of the sends

  // Why the figures are meaningless; empty if they are not.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;  // including its header
  [[nodiscard]] std::string Json() const;   // one JSON object on one line
};

}  // namespace ringcast::bench
