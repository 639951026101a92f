#include "bench/FloodReport.hpp"

#include <cinttypes>

#include "bench/Format.hpp"
#include "bench/JsonObject.hpp"
#include "ringcast/ice/TokenBucket.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint64_t kLogLinesPerSecond = 10;

double Ms(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

}  // namespace

double FloodReport::CpuPercent() const {
  const auto wall = ToMicroseconds(end.wall - begin.wall);
  if (wall == 0) return 0;
  return 100 * static_cast<double>(ToMicroseconds(end.cpu - begin.cpu)) / static_cast<double>(wall);
}

double FloodReport::FloodRate() const {
  if (result.floodMicros == 0) return 0;
  return static_cast<double>(result.floodSent) * 1e6 / static_cast<double>(result.floodMicros);
}

std::uint64_t FloodReport::AnswerLimit() const {
  // Only STUN requests are answered.
  if (options.kind != FloodKind::kStun) return 0;
  const auto perSecond = static_cast<std::uint64_t>(ice::kUnauthenticatedAnswersPerSecond);
  return static_cast<std::uint64_t>(ice::kUnauthenticatedAnswersBurst) +
         perSecond * result.floodMicros / 1'000'000 + 1;
}

std::uint64_t FloodReport::LogLimit() const {
  return kLogLinesPerSecond * (result.floodMicros / 1'000'000 + 1);
}

std::string FloodReport::Fault() const {
  if (result.sent == 0) return "the call sent nothing";
  if (result.received != result.sent)
    return Format("the call lost %" PRIu64 " of %" PRIu64 " packets", Lost(), result.sent);
  if (result.corrupt > 0) return Format("%" PRIu64 " packets did not come as they were sent", result.corrupt);
  if (result.answers > AnswerLimit())
    return Format("strangers got %" PRIu64 " answers, over %" PRIu64, result.answers, AnswerLimit());
  if (result.largestAnswer > result.floodSize)
    return Format("an answer of %" PRIu64 " bytes to a request of %" PRIu64, result.largestAnswer,
                  result.floodSize);
  if (LogLines() > LogLimit())
    return Format("%" PRIu64 " lines were logged, over %" PRIu64, LogLines(), LogLimit());
  return {};
}

std::string FloodReport::Table() const {
  std::string text = Format("%-8s %10s %8s %8s %8s %8s %8s %9s %9s\n", "flood", "per s", "CPU %", "lost",
                            "p50 ms", "p99 ms", "max ms", "answers", "log lines");
  text += Format("%-8s %10.0f %8.1f %8" PRIu64 " %8.3f %8.3f %8.3f %9" PRIu64 " %9" PRIu64 "\n",
                 std::string(Name(options.kind)).c_str(), FloodRate(), CpuPercent(), Lost(),
                 Ms(result.latency.median), Ms(result.latency.p99), Ms(result.latency.max), result.answers,
                 LogLines());
  text += Format("of the call: %" PRIu64 " packets", result.sent);
  if (Overflows() > 0) text += Format("; %" PRIu64 " datagrams found the server's socket full", Overflows());
  if (result.lateBursts > 0)
    text += Format("; %" PRIu64 " bursts were late: the machine was too busy", result.lateBursts);
  return text;
}

std::string FloodReport::Json() const {
  JsonObject json;
  json.Add("kind", Name(options.kind));
  json.Add("rate", std::uint64_t{options.rate});
  json.Add("seconds", std::uint64_t{options.seconds});
  json.Add("floodSent", result.floodSent);
  json.Add("floodPerSecond", FloodRate());
  json.Add("cpuPercent", CpuPercent());
  json.Add("sent", result.sent);
  json.Add("received", result.received);
  json.Add("corrupt", result.corrupt);
  json.Add("lateBursts", result.lateBursts);
  json.Add("latencyP50Micros", Ms(result.latency.median) * 1000);
  json.Add("latencyP99Micros", Ms(result.latency.p99) * 1000);
  json.Add("latencyMaxMicros", Ms(result.latency.max) * 1000);
  json.Add("answers", result.answers);
  json.Add("answerLimit", AnswerLimit());
  json.Add("largestAnswer", result.largestAnswer);
  json.Add("overflows", Overflows());
  json.Add("logLines", LogLines());
  return json.Text();
}

}  // namespace ringcast::bench
