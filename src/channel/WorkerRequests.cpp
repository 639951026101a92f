#include <optional>
#include <string>
#include <vector>

#include "channel/Conversion.hpp"
#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

Result<Answer> DumpWorker(const Call& call, rtc::Worker& worker) {
  return AnswerWith(ToFbs(call.builder, worker.Dump(), call.host.Report()));
}

Result<Answer> ReadResourceUsage(const Call& call, rtc::Worker& /*worker*/) {
  return AnswerWith(ToFbs(call.builder, call.host.ResourceUsage()));
}

Result<Answer> UpdateSettings(const Call& call, rtc::Worker& /*worker*/,
                              const FBS::Worker::UpdateSettingsRequest& body) {
  Conversion conversion;
  std::optional<std::string_view> logLevel;
  if (body.log_level() != nullptr) logLevel = View(body.log_level());
  std::vector<std::string> logTags;
  conversion.Each("logTags", body.log_tags(), kMaxLogTags,
                  [&](const flatbuffers::String* tag) { logTags.push_back(conversion.Text("", tag)); });
  if (!conversion.Ok()) return conversion.Failure();
  return AnswerOf(call.host.UpdateSettings(logLevel, logTags));
}

Result<Answer> CreateRouter(const Call& /*call*/, rtc::Worker& worker,
                            const FBS::Worker::CreateRouterRequest& body) {
  const auto id = IdFrom("routerId", body.router_id());
  if (!id) return id.Failure();
  return AnswerOf(worker.CreateRouter(*id));
}

Result<Answer> CloseRouter(const Call& call, rtc::Worker& worker,
                           const FBS::Worker::CloseRouterRequest& body) {
  const auto id = IdFrom("routerId", body.router_id());
  if (!id) return id.Failure();
  return AnswerOf(worker.CloseRouter(*id, call.now));
}

Result<Answer> CreateWebRtcServer(const Call& /*call*/, rtc::Worker& worker,
                                  const FBS::Worker::CreateWebRtcServerRequest& body) {
  const auto id = IdFrom("webRtcServerId", body.web_rtc_server_id());
  if (!id) return id.Failure();
  const auto listenInfos = FromFbs(body);
  if (!listenInfos) return listenInfos.Failure();
  return AnswerOf(worker.CreateWebRtcServer(*id, *listenInfos));
}

Result<Answer> CloseWebRtcServer(const Call& call, rtc::Worker& worker,
                                 const FBS::Worker::CloseWebRtcServerRequest& body) {
  const auto id = IdFrom("webRtcServerId", body.web_rtc_server_id());
  if (!id) return id.Failure();
  return AnswerOf(worker.CloseWebRtcServer(*id, call.now));
}

Result<Answer> DumpWebRtcServer(const Call& call, rtc::WebRtcServer& server) {
  return AnswerWith(ToFbs(call.builder, server.Dump()));
}

}  // namespace ringcast::channel
