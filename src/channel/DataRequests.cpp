#include <string>
#include <utility>

#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

std::vector<std::uint16_t> ListOf(const flatbuffers::Vector<std::uint16_t>& subchannels) {
  return {subchannels.begin(), subchannels.end()};
}

}  // namespace

Result<Answer> ProduceData(const Call& call, rtc::Transport& transport,
                           const FBS::Transport::ProduceDataRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto producer = transport.Data().Produce(*options);
  if (!producer) return producer.Failure();
  return AnswerWith(ToFbs(call.builder, (*producer)->Dump()));
}

Result<Answer> ConsumeData(const Call& call, rtc::Transport& transport,
                           const FBS::Transport::ConsumeDataRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto consumer = transport.Data().Consume(*options);
  if (!consumer) return consumer.Failure();
  return AnswerWith(ToFbs(call.builder, (*consumer)->Dump()));
}

Result<Answer> CloseDataProducer(const Call& /*call*/, rtc::Transport& transport,
                                 const FBS::Transport::CloseDataProducerRequest& body) {
  const auto id = IdFrom("dataProducerId", body.data_producer_id());
  if (!id) return id.Failure();
  return AnswerOf(transport.Data().CloseProducer(*id));
}

Result<Answer> CloseDataConsumer(const Call& /*call*/, rtc::Transport& transport,
                                 const FBS::Transport::CloseDataConsumerRequest& body) {
  const auto id = IdFrom("dataConsumerId", body.data_consumer_id());
  if (!id) return id.Failure();
  return AnswerOf(transport.Data().CloseConsumer(*id));
}

// --- Data producer ---

Result<Answer> DumpDataProducer(const Call& call, rtc::DataProducer& producer) {
  return AnswerWith(ToFbs(call.builder, producer.Dump()));
}

Result<Answer> DataProducerStats(const Call& call, rtc::DataProducer& producer) {
  const auto stats = producer.Stats(call.now);
  const auto label = call.builder.CreateString(stats.label);
  const auto protocol = call.builder.CreateString(stats.protocol);
  return AnswerWith(FBS::DataProducer::CreateGetStatsResponse(
      call.builder, stats.timestampMs, label, protocol, stats.messages, stats.bytes, stats.bufferedAmount));
}

Result<Answer> PauseDataProducer(const Call& /*call*/, rtc::DataProducer& producer) {
  producer.Pause();
  return Answer{};
}

Result<Answer> ResumeDataProducer(const Call& /*call*/, rtc::DataProducer& producer) {
  producer.Resume();
  return Answer{};
}

// --- Data consumer ---

Result<Answer> DumpDataConsumer(const Call& call, rtc::DataConsumer& consumer) {
  return AnswerWith(ToFbs(call.builder, consumer.Dump()));
}

Result<Answer> DataConsumerStats(const Call& call, rtc::DataConsumer& consumer) {
  const auto stats = consumer.Stats(call.now);
  const auto label = call.builder.CreateString(stats.label);
  const auto protocol = call.builder.CreateString(stats.protocol);
  return AnswerWith(FBS::DataConsumer::CreateGetStatsResponse(
      call.builder, stats.timestampMs, label, protocol, stats.messages, stats.bytes, stats.bufferedAmount));
}

Result<Answer> PauseDataConsumer(const Call& /*call*/, rtc::DataConsumer& consumer) {
  consumer.Pause();
  return Answer{};
}

Result<Answer> ResumeDataConsumer(const Call& /*call*/, rtc::DataConsumer& consumer) {
  consumer.Resume();
  return Answer{};
}

Result<Answer> ReadBufferedAmount(const Call& call, rtc::DataConsumer& consumer) {
  const auto amount = static_cast<std::uint32_t>(consumer.BufferedAmount());
  return AnswerWith(FBS::DataConsumer::CreateGetBufferedAmountResponse(call.builder, amount));
}

Result<Answer> SetBufferedAmountLowThreshold(
    const Call& /*call*/, rtc::DataConsumer& consumer,
    const FBS::DataConsumer::SetBufferedAmountLowThresholdRequest& body) {
  consumer.SetBufferedAmountLowThreshold(body.threshold());
  return Answer{};
}

Result<Answer> SendToDataConsumer(const Call& call, rtc::DataConsumer& consumer,
                                  const FBS::DataConsumer::SendRequest& body) {
  const rtc::DataMessage message{.ppid = body.ppid(), .payload = {body.data()->data(), body.data()->size()}};
  if (const auto sent = consumer.Send(message, call.now); !sent) return sent.Failure();
  const auto amount = static_cast<std::uint32_t>(consumer.BufferedAmount());
  return AnswerWith(FBS::DataConsumer::CreateSendResponse(call.builder, amount));
}

Result<Answer> SetSubchannels(const Call& call, rtc::DataConsumer& consumer,
                              const FBS::DataConsumer::SetSubchannelsRequest& body) {
  const auto& list = consumer.SetSubchannels(ListOf(*body.subchannels()));
  return AnswerWith(
      FBS::DataConsumer::CreateSetSubchannelsResponse(call.builder, call.builder.CreateVector(list)));
}

Result<Answer> AddSubchannel(const Call& call, rtc::DataConsumer& consumer,
                             const FBS::DataConsumer::AddSubchannelRequest& body) {
  const auto& list = consumer.AddSubchannel(body.subchannel());
  return AnswerWith(
      FBS::DataConsumer::CreateAddSubchannelResponse(call.builder, call.builder.CreateVector(list)));
}

Result<Answer> RemoveSubchannel(const Call& call, rtc::DataConsumer& consumer,
                                const FBS::DataConsumer::RemoveSubchannelRequest& body) {
  const auto& list = consumer.RemoveSubchannel(body.subchannel());
  return AnswerWith(
      FBS::DataConsumer::CreateRemoveSubchannelResponse(call.builder, call.builder.CreateVector(list)));
}

}  // namespace ringcast::channel
