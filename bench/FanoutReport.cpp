#include "bench/FanoutReport.hpp"

#include <algorithm>
#include <cinttypes>

#include "bench/Format.hpp"
#include "bench/JsonObject.hpp"

namespace ringcast::bench {
namespace {

double Ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }
double Micros(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }
std::string_view SuiteName(const FanoutOptions& options) {
  return options.suite ? srtp::Name(*options.suite) : "none";
}

JsonObject ObjectOf(const std::vector<NamedCount>& counts) {
  JsonObject object;
  for (const auto& count : counts) object.Add(count.name, count.value);
  return object;
}

void AddLatency(JsonObject& json, const LatencyFigures& latency) {
  json.Add("latencyP50Micros", Micros(latency.median));
  json.Add("latencyP99Micros", Micros(latency.p99));
  json.Add("latencyP999Micros", Micros(latency.p999));
  json.Add("latencyMaxMicros", Micros(latency.max));
}

JsonObject ObjectOf(const KindResult& kind) {
  JsonObject object;
  object.Add("sent", kind.sent);
  object.Add("expected", kind.expected);
  object.Add("received", kind.received);
  object.Add("lossPercent", LossPercent(kind.received, kind.expected));
  object.Add("inspected", kind.inspected);
  AddLatency(object, kind.latency);
  return object;
}

}  // namespace

void AddSendResult(JsonObject& json, const LoadResult& load) {
  json.Add("sent", load.sent);
  json.Add("expected", load.expected);
  json.Add("lateBursts", load.lateBursts);
  json.Add("loadCpuMicros", Micros(load.loadCpu));
}

void AddLoadResult(JsonObject& json, const LoadResult& load) {
  AddSendResult(json, load);
  json.Add("received", load.received);
  json.Add("reordered", load.reordered);
  json.Add("inspected", load.inspected);
  json.Add("corrupt", load.corrupt);
  AddLatency(json, load.latency);
  json.Add("overflows", load.overflows);
  json.Add("video", ObjectOf(load.video));
  json.Add("audio", ObjectOf(load.audio));
}

double LossPercent(std::uint64_t received, std::uint64_t expected) {
  if (expected == 0) return 0;
  return 100 * (1 - Ratio(static_cast<double>(received), static_cast<double>(expected)));
}

double FanoutReport::PacketsPerSecond() const {
  return Ratio(static_cast<double>(Forwarded()), options.seconds);
}

double FanoutReport::CpuMicrosecondsPerPacket() const {
  const Duration used = end.userTime + end.systemTime - begin.userTime - begin.systemTime;
  return Ratio(static_cast<double>(ToMicroseconds(used)), static_cast<double>(Forwarded()));
}

double FanoutReport::LossPercent() const {
  if (options.sink) {
    // Includes the worker's RTCP, so that it may exceed the expected number.
    const double left = Ratio(static_cast<double>(Forwarded()), static_cast<double>(load.expected));
    return std::max(0.0, 100 * (1 - left));
  }
  return bench::LossPercent(load.received, load.expected);
}

double FanoutReport::DatagramsPerSend() const {
  return Ratio(static_cast<double>(Forwarded()), static_cast<double>(end.egress.sends - begin.egress.sends));
}

double FanoutReport::ZeroCopyPercent() const {
  return 100 * Ratio(static_cast<double>(end.egress.zeroCopySends - begin.egress.zeroCopySends),
                     static_cast<double>(end.egress.sends - begin.egress.sends));
}

std::string FanoutReport::Fault() const {
  if (options.sink) return Forwarded() == 0 ? "no packet left" : "";
  if (load.received == 0) return "no packet came through";
  if (load.inspected == 0) return "no packet was inspected";
  if (load.corrupt > 0)
    return Format("%" PRIu64 " of %" PRIu64 " packets did not come through as they were sent", load.corrupt,
                  load.inspected);
  return {};
}

std::string FanoutReport::Table() const {
  std::string text = Format(
      "%" PRIu64 " x %" PRIu32 " video + %" PRIu32 " audio packets/s in bursts of %" PRIu32
      " to %zu consumers, %zu bytes, %s, %" PRIu32 " s\n",
      static_cast<std::uint64_t>(options.producers), options.videoRate, options.audioRate, options.burst,
      options.consumers, options.size, std::string(SuiteName(options)).c_str(), options.seconds);
  text += Format("%-11s %-24s %10s %10s %7s %8s %8s %13s %10s\n", "backend", "mode", "us/packet", "packets/s",
                 "loss %", "p50 ms", "p99 ms", "packets/send", "zerocopy %");
  text +=
      Format("%-11s %-24s %10.2f %10.0f %7.3f %8.3f %8.3f %13.2f %10.1f\n",
             std::string(Name(options.backend)).c_str(), end.egress.mode.c_str(), CpuMicrosecondsPerPacket(),
             PacketsPerSecond(), LossPercent(), Micros(load.latency.median) / 1000,
             Micros(load.latency.p99) / 1000, DatagramsPerSend(), ZeroCopyPercent());
  if (load.lateBursts > 0)
    text += Format("the load sent %" PRIu64 " bursts late: the machine was too busy\n", load.lateBursts);
  return text;
}

std::string FanoutReport::Json() const {
  JsonObject json;
  json.Add("backend", Name(options.backend));
  json.Add("mode", end.egress.mode);
  json.Add("modeReason", end.egress.modeReason);
  json.Add("producers", static_cast<std::uint64_t>(options.producers));
  json.Add("consumers", static_cast<std::uint64_t>(options.consumers));
  json.Add("pps", std::uint64_t{options.videoRate});
  json.Add("audioPps", std::uint64_t{options.audioRate});
  json.Add("burst", std::uint64_t{options.burst});
  json.Add("size", static_cast<std::uint64_t>(options.size));
  json.Add("suite", SuiteName(options));
  json.Add("ipv6", options.ipv6);
  json.Add("seconds", std::uint64_t{options.seconds});
  json.Add("forwarded", Forwarded());
  json.Add("packetsPerSecond", PacketsPerSecond());
  json.Add("cpuMicrosPerPacket", CpuMicrosecondsPerPacket());
  json.Add("cpuUserMicros", static_cast<std::uint64_t>(ToMicroseconds(end.userTime - begin.userTime)));
  json.Add("cpuSystemMicros", static_cast<std::uint64_t>(ToMicroseconds(end.systemTime - begin.systemTime)));
  json.Add("lossPercent", LossPercent());
  AddLoadResult(json, load);
  json.Add("sends", end.egress.sends - begin.egress.sends);
  json.Add("datagramsPerSend", DatagramsPerSend());
  json.Add("gsoSends", end.egress.gsoSends - begin.egress.gsoSends);
  json.Add("submits", end.egress.submits - begin.egress.submits);
  json.Add("zeroCopySends", end.egress.zeroCopySends - begin.egress.zeroCopySends);
  json.Add("zeroCopyPercent", ZeroCopyPercent());
  json.Add("zeroCopyCopied", end.egress.zeroCopyCopied - begin.egress.zeroCopyCopied);
  json.Add("slotsInFlightMax", end.egress.slotsInFlightMax);
  json.Add("drops", ObjectOf(end.egress.drops));
  json.Add("sendErrors", ObjectOf(end.egress.sendErrors));
  return json.Text();
}

}  // namespace ringcast::bench
