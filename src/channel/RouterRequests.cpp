#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

Result<Answer> DumpRouter(const Call& call, rtc::Router& router) {
  return AnswerWith(ToFbs(call.builder, router.Dump()));
}

Result<Answer> CreatePlainTransport(const Call& call, rtc::Router& router,
                                    const FBS::Router::CreatePlainTransportRequest& body) {
  const auto id = IdFrom("transportId", body.transport_id());
  if (!id) return id.Failure();
  const auto options = FromFbs(*body.options());
  if (!options) return options.Failure();
  const auto transport = router.CreatePlainTransport(*id, *options);
  if (!transport) return transport.Failure();
  return DescribeTransport(call, **transport);
}

Result<Answer> CreatePipeTransport(const Call& call, rtc::Router& router,
                                   const FBS::Router::CreatePipeTransportRequest& body) {
  const auto id = IdFrom("transportId", body.transport_id());
  if (!id) return id.Failure();
  const auto options = FromFbs(*body.options());
  if (!options) return options.Failure();
  const auto transport = router.CreatePipeTransport(*id, *options);
  if (!transport) return transport.Failure();
  return DescribeTransport(call, **transport);
}

Result<Answer> CreateWebRtcTransport(const Call& call, rtc::Router& router,
                                     const FBS::Router::CreateWebRtcTransportRequest& body) {
  const auto id = IdFrom("transportId", body.transport_id());
  if (!id) return id.Failure();
  const auto options = FromFbs(*body.options());
  if (!options) return options.Failure();
  const auto transport = router.CreateWebRtcTransport(*id, *options);
  if (!transport) return transport.Failure();
  return DescribeTransport(call, **transport);
}

Result<Answer> CreateDirectTransport(const Call& call, rtc::Router& router,
                                     const FBS::Router::CreateDirectTransportRequest& body) {
  const auto id = IdFrom("transportId", body.transport_id());
  if (!id) return id.Failure();
  const auto transport = router.CreateDirectTransport(*id, FromFbs(*body.options()->base()));
  if (!transport) return transport.Failure();
  return DescribeTransport(call, **transport);
}

Result<Answer> CloseTransport(const Call& call, rtc::Router& router,
                              const FBS::Router::CloseTransportRequest& body) {
  const auto id = IdFrom("transportId", body.transport_id());
  if (!id) return id.Failure();
  return AnswerOf(router.CloseTransport(*id, call.now));
}

}  // namespace ringcast::channel
