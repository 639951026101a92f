#include <utility>

#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

Result<Answer> DumpProducer(const Call& call, rtc::Producer& producer) {
  return AnswerWith(ToFbs(call.builder, producer.Dump()));
}

Result<Answer> ProducerStats(const Call& call, rtc::Producer& producer) {
  const auto stats = ListToFbs(call.builder, producer.Streams().Stats(call.now),
                               [&call](const auto& stream) { return ToFbs(call.builder, stream); });
  return AnswerWith(FBS::Producer::CreateGetStatsResponse(call.builder, stats));
}

Result<Answer> PauseProducer(const Call& /*call*/, rtc::Producer& producer) {
  producer.Pause();
  return Answer{};
}

Result<Answer> ResumeProducer(const Call& call, rtc::Producer& producer) {
  producer.Resume(call.now);
  return Answer{};
}

Result<Answer> TraceProducer(const Call& /*call*/, rtc::Producer& producer,
                             const FBS::Producer::EnableTraceEventRequest& body) {
  auto events = FromFbs(body);
  if (!events) return events.Failure();
  producer.EnableTraceEvents(std::move(*events));
  return Answer{};
}

}  // namespace ringcast::channel
