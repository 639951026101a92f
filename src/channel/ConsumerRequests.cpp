#include <utility>

#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

Result<Answer> DumpConsumer(const Call& call, rtc::Consumer& consumer) {
  return AnswerWith(ToFbs(call.builder, consumer.Dump()));
}

Result<Answer> ConsumerStats(const Call& call, rtc::Consumer& consumer) {
  const auto stats = ListToFbs(call.builder, consumer.Stats(call.now),
                               [&call](const auto& stream) { return ToFbs(call.builder, stream); });
  return AnswerWith(FBS::Consumer::CreateGetStatsResponse(call.builder, stats));
}

Result<Answer> PauseConsumer(const Call& /*call*/, rtc::Consumer& consumer) {
  consumer.Pause();
  return Answer{};
}

Result<Answer> ResumeConsumer(const Call& call, rtc::Consumer& consumer) {
  consumer.Resume(call.now);
  return Answer{};
}

Result<Answer> SetPreferredLayers(const Call& call, rtc::Consumer& consumer,
                                  const FBS::Consumer::SetPreferredLayersRequest& body) {
  const auto preferred = consumer.SetPreferredLayers(FromFbs(*body.preferred_layers()), call.now);
  if (!preferred) return preferred.Failure();
  const auto layers = LayersIfAny(call.builder, *preferred);
  return AnswerWith(FBS::Consumer::CreateSetPreferredLayersResponse(call.builder, layers));
}

Result<Answer> SetPriority(const Call& call, rtc::Consumer& consumer,
                           const FBS::Consumer::SetPriorityRequest& body) {
  if (body.priority() == 0) return TypeError("a consumer's priority is 1 to 255, not 0");
  consumer.SetPriority(body.priority());
  return AnswerWith(FBS::Consumer::CreateSetPriorityResponse(call.builder, body.priority()));
}

Result<Answer> RequestKeyFrame(const Call& call, rtc::Consumer& consumer) {
  consumer.RequestKeyFrame(call.now);
  return Answer{};
}

Result<Answer> TraceConsumer(const Call& /*call*/, rtc::Consumer& consumer,
                             const FBS::Consumer::EnableTraceEventRequest& body) {
  auto events = FromFbs(body);
  if (!events) return events.Failure();
  consumer.EnableTraceEvents(std::move(*events));
  return Answer{};
}

}  // namespace ringcast::channel
