#include "bench/ConnectReport.hpp"

#include <algorithm>
#include <cinttypes>
#include <cmath>

#include "bench/Format.hpp"
#include "bench/JsonObject.hpp"

namespace ringcast::bench {
namespace {

constexpr std::string_view kPartNames[kConnectParts] = {"setUps", "warmUp", "cycles", "atOnce"};

// The sanitizer keeps freed memory for a while on purpose, and reports leaks itself.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

double Ms(std::uint32_t micros) { return micros / 1000.0; }

}  // namespace

double ConnectPartReport::CpuMs() const {
  const auto transports = peers.connected + peers.failed;
  if (transports == 0) return 0;
  return static_cast<double>(ToMicroseconds(end.cpu - begin.cpu)) / 1000 / static_cast<double>(transports);
}

std::uint32_t ConnectPartReport::Micros(double share) const {
  if (micros.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(micros.size())));
  return micros[std::max<std::size_t>(rank, 1) - 1];
}

void ConnectReport::TakeResult(const ConnectResult& result) {
  firstFailure = result.firstFailure.data();
  for (std::size_t i = 0; i < kConnectParts; ++i) parts[i].peers = result.parts[i];
  const auto take = [this](ConnectPart which, const auto& times) {
    auto& part = parts[static_cast<std::size_t>(which)];
    part.micros.assign(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(part.peers.connected));
    std::sort(part.micros.begin(), part.micros.end());
  };
  take(ConnectPart::kSetUps, result.setUps);
  take(ConnectPart::kAtOnce, result.atOnce);
}

std::int64_t ConnectReport::GrownKib() const {
  const auto& cycles = Of(ConnectPart::kCycles);
  return static_cast<std::int64_t>(cycles.end.anonymousKib) -
         static_cast<std::int64_t>(cycles.begin.anonymousKib);
}

std::string ConnectReport::Fault() const {
  for (const auto& part : parts) {
    if (part.peers.failed > 0)
      return Format("%" PRIu64 " of %" PRIu64 " transports were not connected; the first: %s",
                    part.peers.failed, part.peers.failed + part.peers.connected, firstFailure.c_str());
    if (part.end.connected - part.begin.connected != part.peers.connected)
      return Format("the worker connected %" PRIu64 " transports, the browsers %" PRIu64,
                    part.end.connected - part.begin.connected, part.peers.connected);
  }
  const auto& cycles = Of(ConnectPart::kCycles);
  if (cycles.begin.descriptors != cycles.end.descriptors)
    return Format("%" PRIu64 " descriptors were open before the cycles and %" PRIu64 " after them",
                  cycles.begin.descriptors, cycles.end.descriptors);
  if (!kSanitized && GrownKib() > options.tolerance)
    return Format("the cycles left %" PRId64 " KiB behind, over %" PRIu32, GrownKib(), options.tolerance);
  return {};
}

std::string ConnectReport::Table() const {
  std::string text = Format("%-28s %10s %10s %10s %12s\n", options.tcp ? "over TCP" : "over UDP", "median ms",
                            "p90 ms", "max ms", "CPU ms each");
  const auto addTimes = [&](ConnectPart which, const char* what) {
    const auto& part = Of(which);
    if (part.peers.connected + part.peers.failed == 0) return;
    text += Format("%-28s %10.2f %10.2f %10.2f %12.2f\n",
                   Format("%" PRIu64 " %s", part.peers.connected, what).c_str(), Ms(part.Micros(0.5)),
                   Ms(part.Micros(0.9)), Ms(part.Micros(1)), part.CpuMs());
    if (part.Overflows() > 0)
      text += Format("  %" PRIu64 " datagrams found the server's socket full\n", part.Overflows());
  };
  addTimes(ConnectPart::kSetUps, "one after another");
  addTimes(ConnectPart::kAtOnce, "at once");
  const auto& cycles = Of(ConnectPart::kCycles);
  if (cycles.peers.connected == 0) return text;
  const auto seconds = static_cast<double>(cycles.peers.micros) / 1e6;
  text += Format("%" PRIu64 " created, connected and closed in %.1f s, %.2f ms of CPU each\n",
                 cycles.peers.connected, seconds, cycles.CpuMs());
  text += Format("  anonymous memory %" PRIu64 " KiB before, %" PRIu64 " KiB after\n",
                 cycles.begin.anonymousKib, cycles.end.anonymousKib);
  text += Format("  descriptors %" PRIu64 " before, %" PRIu64 " after\n", cycles.begin.descriptors,
                 cycles.end.descriptors);
  return text;
}

std::string ConnectReport::Json() const {
  JsonObject json;
  json.Add("tcp", options.tcp);
  for (std::size_t i = 0; i < kConnectParts; ++i) {
    const auto& part = parts[i];
    if (part.peers.connected + part.peers.failed == 0) continue;
    JsonObject object;
    object.Add("connected", part.peers.connected);
    object.Add("failed", part.peers.failed);
    object.Add("micros", part.peers.micros);
    object.Add("cpuMsEach", part.CpuMs());
    object.Add("medianMicros", std::uint64_t{part.Micros(0.5)});
    object.Add("p90Micros", std::uint64_t{part.Micros(0.9)});
    object.Add("maxMicros", std::uint64_t{part.Micros(1)});
    object.Add("overflows", part.Overflows());
    object.Add("anonymousKibBefore", part.begin.anonymousKib);
    object.Add("anonymousKibAfter", part.end.anonymousKib);
    object.Add("descriptorsBefore", part.begin.descriptors);
    object.Add("descriptorsAfter", part.end.descriptors);
    json.Add(kPartNames[i], object);
  }
  return json.Text();
}

}  // namespace ringcast::bench
