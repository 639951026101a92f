#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"

namespace ringcast::channel {

Result<Answer> CreateActiveSpeakerObserver(const Call& /*call*/, rtc::Router& router,
                                           const FBS::Router::CreateActiveSpeakerObserverRequest& body) {
  const auto id = IdFrom("rtpObserverId", body.rtp_observer_id());
  if (!id) return id.Failure();
  return AnswerOf(router.CreateActiveSpeakerObserver(*id, {.intervalMs = body.options()->interval()}));
}

Result<Answer> CreateAudioLevelObserver(const Call& /*call*/, rtc::Router& router,
                                        const FBS::Router::CreateAudioLevelObserverRequest& body) {
  const auto id = IdFrom("rtpObserverId", body.rtp_observer_id());
  if (!id) return id.Failure();
  const auto& options = *body.options();
  return AnswerOf(router.CreateAudioLevelObserver(*id, {.maxEntries = options.max_entries(),
                                                        .threshold = options.threshold(),
                                                        .intervalMs = options.interval()}));
}

Result<Answer> CloseRtpObserver(const Call& /*call*/, rtc::Router& router,
                                const FBS::Router::CloseRtpObserverRequest& body) {
  const auto id = IdFrom("rtpObserverId", body.rtp_observer_id());
  if (!id) return id.Failure();
  return AnswerOf(router.CloseRtpObserver(*id));
}

Result<Answer> PauseRtpObserver(const Call& /*call*/, rtc::RtpObserver& observer) {
  observer.Pause();
  return Answer{};
}

Result<Answer> ResumeRtpObserver(const Call& call, rtc::RtpObserver& observer) {
  observer.Resume(call.now);
  return Answer{};
}

Result<Answer> AddObservedProducer(const Call& call, rtc::RtpObserver& observer,
                                   const FBS::RtpObserver::AddProducerRequest& body) {
  const auto id = IdFrom("producerId", body.producer_id());
  if (!id) return id.Failure();
  return AnswerOf(observer.AddProducer(*id, call.now));
}

Result<Answer> RemoveObservedProducer(const Call& /*call*/, rtc::RtpObserver& observer,
                                      const FBS::RtpObserver::RemoveProducerRequest& body) {
  const auto id = IdFrom("producerId", body.producer_id());
  if (!id) return id.Failure();
  return AnswerOf(observer.RemoveProducer(*id));
}

}  // namespace ringcast::channel
