#pragma once

#include "channel/Call.hpp"
#include "fbs/consumer_generated.h"
#include "fbs/dataConsumer_generated.h"
#include "fbs/dataProducer_generated.h"
#include "fbs/pipeTransport_generated.h"
#include "fbs/plainTransport_generated.h"
#include "fbs/producer_generated.h"
#include "fbs/router_generated.h"
#include "fbs/rtpObserver_generated.h"
#include "fbs/transport_generated.h"
#include "fbs/webRtcTransport_generated.h"
#include "fbs/worker_generated.h"
#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/data/DataConsumer.hpp"
#include "ringcast/rtc/data/DataProducer.hpp"
#include "ringcast/rtc/observer/RtpObserver.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/transport/PipeTransport.hpp"
#include "ringcast/rtc/transport/PlainTransport.hpp"
#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

// The request handlers. The parameters of a handler determine the type of the object that the handler id
// refers to, and the type of the request's body.
namespace ringcast::channel {

// WorkerRequests.cpp
Result<Answer> DumpWorker(const Call& call, rtc::Worker& worker);
Result<Answer> ReadResourceUsage(const Call& call, rtc::Worker& worker);
Result<Answer> UpdateSettings(const Call& call, rtc::Worker& worker,
                              const FBS::Worker::UpdateSettingsRequest& body);
Result<Answer> CreateRouter(const Call& call, rtc::Worker& worker,
                            const FBS::Worker::CreateRouterRequest& body);
Result<Answer> CloseRouter(const Call& call, rtc::Worker& worker,
                           const FBS::Worker::CloseRouterRequest& body);
Result<Answer> CreateWebRtcServer(const Call& call, rtc::Worker& worker,
                                  const FBS::Worker::CreateWebRtcServerRequest& body);
Result<Answer> CloseWebRtcServer(const Call& call, rtc::Worker& worker,
                                 const FBS::Worker::CloseWebRtcServerRequest& body);
Result<Answer> DumpWebRtcServer(const Call& call, rtc::WebRtcServer& server);

// RouterRequests.cpp
Result<Answer> DumpRouter(const Call& call, rtc::Router& router);
Result<Answer> CreatePlainTransport(const Call& call, rtc::Router& router,
                                    const FBS::Router::CreatePlainTransportRequest& body);
Result<Answer> CreatePipeTransport(const Call& call, rtc::Router& router,
                                   const FBS::Router::CreatePipeTransportRequest& body);
Result<Answer> CreateWebRtcTransport(const Call& call, rtc::Router& router,
                                     const FBS::Router::CreateWebRtcTransportRequest& body);
Result<Answer> CreateDirectTransport(const Call& call, rtc::Router& router,
                                     const FBS::Router::CreateDirectTransportRequest& body);
Result<Answer> CloseTransport(const Call& call, rtc::Router& router,
                              const FBS::Router::CloseTransportRequest& body);

// TransportRequests.cpp
[[nodiscard]] Answer DescribeTransport(const Call& call, const rtc::Transport& transport);
Result<Answer> DumpTransport(const Call& call, rtc::Transport& transport);
Result<Answer> TransportStats(const Call& call, rtc::Transport& transport);
Result<Answer> ConnectPlainTransport(const Call& call, rtc::PlainTransport& transport,
                                     const FBS::PlainTransport::ConnectRequest& body);
Result<Answer> ConnectPipeTransport(const Call& call, rtc::PipeTransport& transport,
                                    const FBS::PipeTransport::ConnectRequest& body);
Result<Answer> ConnectWebRtcTransport(const Call& call, rtc::WebRtcTransport& transport,
                                      const FBS::WebRtcTransport::ConnectRequest& body);
Result<Answer> RestartIce(const Call& call, rtc::WebRtcTransport& transport);
Result<Answer> SetMaxOutgoingBitrate(const Call& call, rtc::Transport& transport,
                                     const FBS::Transport::SetMaxOutgoingBitrateRequest& body);
Result<Answer> SetMinOutgoingBitrate(const Call& call, rtc::Transport& transport,
                                     const FBS::Transport::SetMinOutgoingBitrateRequest& body);
Result<Answer> SetMaxIncomingBitrate(const Call& call, rtc::Transport& transport,
                                     const FBS::Transport::SetMaxIncomingBitrateRequest& body);
Result<Answer> Produce(const Call& call, rtc::Transport& transport,
                       const FBS::Transport::ProduceRequest& body);
Result<Answer> Consume(const Call& call, rtc::Transport& transport,
                       const FBS::Transport::ConsumeRequest& body);
Result<Answer> TraceTransport(const Call& call, rtc::Transport& transport,
                              const FBS::Transport::EnableTraceEventRequest& body);
Result<Answer> CloseProducer(const Call& call, rtc::Transport& transport,
                             const FBS::Transport::CloseProducerRequest& body);
Result<Answer> CloseConsumer(const Call& call, rtc::Transport& transport,
                             const FBS::Transport::CloseConsumerRequest& body);

// DataRequests.cpp
Result<Answer> ProduceData(const Call& call, rtc::Transport& transport,
                           const FBS::Transport::ProduceDataRequest& body);
Result<Answer> ConsumeData(const Call& call, rtc::Transport& transport,
                           const FBS::Transport::ConsumeDataRequest& body);
Result<Answer> CloseDataProducer(const Call& call, rtc::Transport& transport,
                                 const FBS::Transport::CloseDataProducerRequest& body);
Result<Answer> CloseDataConsumer(const Call& call, rtc::Transport& transport,
                                 const FBS::Transport::CloseDataConsumerRequest& body);
Result<Answer> DumpDataProducer(const Call& call, rtc::DataProducer& producer);
Result<Answer> DataProducerStats(const Call& call, rtc::DataProducer& producer);
Result<Answer> PauseDataProducer(const Call& call, rtc::DataProducer& producer);
Result<Answer> ResumeDataProducer(const Call& call, rtc::DataProducer& producer);
Result<Answer> DumpDataConsumer(const Call& call, rtc::DataConsumer& consumer);
Result<Answer> DataConsumerStats(const Call& call, rtc::DataConsumer& consumer);
Result<Answer> PauseDataConsumer(const Call& call, rtc::DataConsumer& consumer);
Result<Answer> ResumeDataConsumer(const Call& call, rtc::DataConsumer& consumer);
Result<Answer> ReadBufferedAmount(const Call& call, rtc::DataConsumer& consumer);
Result<Answer> SetBufferedAmountLowThreshold(
    const Call& call, rtc::DataConsumer& consumer,
    const FBS::DataConsumer::SetBufferedAmountLowThresholdRequest& body);
Result<Answer> SendToDataConsumer(const Call& call, rtc::DataConsumer& consumer,
                                  const FBS::DataConsumer::SendRequest& body);
Result<Answer> SetSubchannels(const Call& call, rtc::DataConsumer& consumer,
                              const FBS::DataConsumer::SetSubchannelsRequest& body);
Result<Answer> AddSubchannel(const Call& call, rtc::DataConsumer& consumer,
                             const FBS::DataConsumer::AddSubchannelRequest& body);
Result<Answer> RemoveSubchannel(const Call& call, rtc::DataConsumer& consumer,
                                const FBS::DataConsumer::RemoveSubchannelRequest& body);

// RtpObserverRequests.cpp
Result<Answer> CreateActiveSpeakerObserver(const Call& call, rtc::Router& router,
                                           const FBS::Router::CreateActiveSpeakerObserverRequest& body);
Result<Answer> CreateAudioLevelObserver(const Call& call, rtc::Router& router,
                                        const FBS::Router::CreateAudioLevelObserverRequest& body);
Result<Answer> CloseRtpObserver(const Call& call, rtc::Router& router,
                                const FBS::Router::CloseRtpObserverRequest& body);
Result<Answer> PauseRtpObserver(const Call& call, rtc::RtpObserver& observer);
Result<Answer> ResumeRtpObserver(const Call& call, rtc::RtpObserver& observer);
Result<Answer> AddObservedProducer(const Call& call, rtc::RtpObserver& observer,
                                   const FBS::RtpObserver::AddProducerRequest& body);
Result<Answer> RemoveObservedProducer(const Call& call, rtc::RtpObserver& observer,
                                      const FBS::RtpObserver::RemoveProducerRequest& body);

// ProducerRequests.cpp
Result<Answer> DumpProducer(const Call& call, rtc::Producer& producer);
Result<Answer> ProducerStats(const Call& call, rtc::Producer& producer);
Result<Answer> PauseProducer(const Call& call, rtc::Producer& producer);
Result<Answer> ResumeProducer(const Call& call, rtc::Producer& producer);
Result<Answer> TraceProducer(const Call& call, rtc::Producer& producer,
                             const FBS::Producer::EnableTraceEventRequest& body);

// ConsumerRequests.cpp
Result<Answer> DumpConsumer(const Call& call, rtc::Consumer& consumer);
Result<Answer> ConsumerStats(const Call& call, rtc::Consumer& consumer);
Result<Answer> PauseConsumer(const Call& call, rtc::Consumer& consumer);
Result<Answer> ResumeConsumer(const Call& call, rtc::Consumer& consumer);
Result<Answer> SetPreferredLayers(const Call& call, rtc::Consumer& consumer,
                                  const FBS::Consumer::SetPreferredLayersRequest& body);
Result<Answer> SetPriority(const Call& call, rtc::Consumer& consumer,
                           const FBS::Consumer::SetPriorityRequest& body);
Result<Answer> RequestKeyFrame(const Call& call, rtc::Consumer& consumer);
Result<Answer> TraceConsumer(const Call& call, rtc::Consumer& consumer,
                             const FBS::Consumer::EnableTraceEventRequest& body);

}  // namespace ringcast::channel
