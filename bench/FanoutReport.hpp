#pragma once

#include <cstdint>
#include <string>

#include "bench/FanoutOptions.hpp"
#include "bench/JsonObject.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/net/EgressStats.hpp"

namespace ringcast::bench {

// The worker's process at one moment.
struct Snapshot {
  Duration userTime{};    // of the CPU
  Duration systemTime{};  // likewise; sending on loopback includes the receivers' half of the kernel's work
  net::EgressStats egress;
};

// What the load found out, as members of an object.
void AddLoadResult(JsonObject& json, const LoadResult& load);
// Of that, what it knows where nothing comes back.
void AddSendResult(JsonObject& json, const LoadResult& load);
[[nodiscard]] double LossPercent(std::uint64_t received, std::uint64_t expected);

// What one run measured.
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
  [[nodiscard]] double ZeroCopyPercent() const;  // of the sends

  // Why the figures mean nothing; empty: they do.
  [[nodiscard]] std::string Fault() const;

  [[nodiscard]] std::string Table() const;  // with its header
  [[nodiscard]] std::string Json() const;   // one object, on one line
};

}  // namespace ringcast::bench
