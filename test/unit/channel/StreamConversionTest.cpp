#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "channel/ToFbs.hpp"
#include "support/ChannelFixture.hpp"

// Dumps, statistics, trace events and layers of streams.
namespace ringcast::test {

namespace {

using FBS::Notification::Event;
using FBS::Request::Method;

rtc::TracedPacket SamplePacket() {
  rtc::TracedPacket packet;
  packet.payloadType = PayloadType(96);
  packet.sequenceNumber = 65535;
  packet.timestamp = 0xffffffff;
  packet.marker = true;
  packet.ssrc = Ssrc(1234);
  packet.keyFrame = true;
  packet.size = 1200;
  packet.payloadSize = 1170;
  packet.spatialLayer = 2;
  packet.temporalLayer = 1;
  packet.mid = "0";
  packet.rid = "hi";
  packet.repairedRid = "lo";
  packet.transportSequenceNumber = 0;
  packet.retransmission = true;
  return packet;
}

void CheckPacket(const FBS::RtpPacket::Dump& dump) {
  CHECK(dump.payload_type() == 96);
  CHECK(dump.sequence_number() == 65535);
  CHECK(dump.timestamp() == 0xffffffff);
  CHECK(dump.marker());
  CHECK(dump.ssrc() == 1234);
  CHECK(dump.is_key_frame());
  CHECK(dump.size() == 1200);
  CHECK(dump.payload_size() == 1170);
  CHECK(dump.spatial_layer() == 2);
  CHECK(dump.temporal_layer() == 1);
  CHECK(dump.mid()->str() == "0");
  CHECK(dump.rid()->str() == "hi");
  CHECK(dump.rrid()->str() == "lo");
  CHECK(dump.wide_sequence_number() == flatbuffers::Optional<std::uint16_t>(0));
}

// Returns the body of the only notification that `notify` sends.
template <typename Body, typename Notify>
const Body* NotificationBody(ChannelFixture& fixture, std::vector<Received>& received, Event event,
                             Notify notify) {
  notify(fixture.channel);
  received = fixture.Read();
  REQUIRE(received.size() == 1);
  const auto* notification = received[0].Notification();
  REQUIRE(notification != nullptr);
  CHECK(notification->handler_id()->str() == "id");
  CHECK(notification->event() == event);
  constexpr auto kType = FBS::Notification::BodyTraits<Body>::enum_value;
  REQUIRE(notification->body_type() == kType);
  return static_cast<const Body*>(notification->body());
}

const FBS::Producer::TraceNotification& NotificationBody(ChannelFixture& fixture,
                                                         std::vector<Received>& received,
                                                         const rtc::Trace<rtc::ProducerTraceEvent>& trace) {
  return *NotificationBody<FBS::Producer::TraceNotification>(
      fixture, received, Event::PRODUCER_TRACE,
      [&](channel::Channel& channel) { channel.Notifier().ProducerTrace("id", trace); });
}

const FBS::Consumer::TraceNotification& NotificationBody(ChannelFixture& fixture,
                                                         std::vector<Received>& received,
                                                         const rtc::Trace<rtc::ConsumerTraceEvent>& trace) {
  return *NotificationBody<FBS::Consumer::TraceNotification>(
      fixture, received, Event::CONSUMER_TRACE,
      [&](channel::Channel& channel) { channel.Notifier().ConsumerTrace("id", trace); });
}

template <typename T>
const T* Root(const flatbuffers::FlatBufferBuilder& builder) {
  return flatbuffers::GetRoot<T>(builder.GetBufferPointer());
}

}  // namespace

TEST_CASE("StreamConversionTest: writes each trace event of a producer") {
  using Kind = rtc::ProducerTraceEvent;
  using rtc::TraceDirection;
  ChannelFixture fixture;
  std::vector<Received> received;

  const auto& rtp =
      NotificationBody(fixture, received, {Kind::kRtp, 77, TraceDirection::kIn, SamplePacket()});
  CHECK(rtp.type() == FBS::Producer::TraceEventType::RTP);
  CHECK(rtp.timestamp() == 77);
  CHECK(rtp.direction() == FBS::Common::TraceDirection::DIRECTION_IN);
  REQUIRE(rtp.info_as_RtpTraceInfo() != nullptr);
  CheckPacket(*rtp.info_as_RtpTraceInfo()->rtp_packet());
  CHECK(rtp.info_as_RtpTraceInfo()->is_rtx());

  const auto& key =
      NotificationBody(fixture, received, {Kind::kKeyFrame, 78, TraceDirection::kIn, SamplePacket()});
  CHECK(key.type() == FBS::Producer::TraceEventType::KEYFRAME);
  REQUIRE(key.info_as_KeyFrameTraceInfo() != nullptr);
  CheckPacket(*key.info_as_KeyFrameTraceInfo()->rtp_packet());
  CHECK(key.info_as_KeyFrameTraceInfo()->is_rtx());

  const auto& pli = NotificationBody(fixture, received,
                                     {Kind::kPli, 79, TraceDirection::kOut, rtc::TracedRequest{Ssrc(5)}});
  CHECK(pli.type() == FBS::Producer::TraceEventType::PLI);
  CHECK(pli.direction() == FBS::Common::TraceDirection::DIRECTION_OUT);
  REQUIRE(pli.info_as_PliTraceInfo() != nullptr);
  CHECK(pli.info_as_PliTraceInfo()->ssrc() == 5);

  const auto& fir = NotificationBody(fixture, received,
                                     {Kind::kFir, 80, TraceDirection::kOut, rtc::TracedRequest{Ssrc(6)}});
  CHECK(fir.type() == FBS::Producer::TraceEventType::FIR);
  REQUIRE(fir.info_as_FirTraceInfo() != nullptr);
  CHECK(fir.info_as_FirTraceInfo()->ssrc() == 6);

  const auto& nack = NotificationBody(fixture, received, {Kind::kNack, 81, TraceDirection::kOut, {}});
  CHECK(nack.type() == FBS::Producer::TraceEventType::NACK);
  CHECK(nack.info_type() == FBS::Producer::TraceInfo::NONE);

  const auto& report = NotificationBody(
      fixture, received,
      {Kind::kSr, 82, TraceDirection::kIn, rtc::TracedSenderReport{Ssrc(7), {8, 9}, 10, 11, 12}});
  CHECK(report.type() == FBS::Producer::TraceEventType::SR);
  const auto* sr = report.info_as_SrTraceInfo();
  REQUIRE(sr != nullptr);
  CHECK(sr->ssrc() == 7);
  CHECK(sr->ntp_sec() == 8);
  CHECK(sr->ntp_frac() == 9);
  CHECK(sr->rtp_ts() == 10);
  CHECK(sr->packet_count() == 11);
  CHECK(sr->octet_count() == 12);
}

TEST_CASE("StreamConversionTest: writes each trace event of a consumer") {
  using Kind = rtc::ConsumerTraceEvent;
  using rtc::TraceDirection;
  ChannelFixture fixture;
  std::vector<Received> received;

  const auto& rtp =
      NotificationBody(fixture, received, {Kind::kRtp, 77, TraceDirection::kOut, SamplePacket()});
  CHECK(rtp.type() == FBS::Consumer::TraceEventType::RTP);
  CHECK(rtp.direction() == FBS::Common::TraceDirection::DIRECTION_OUT);
  REQUIRE(rtp.info_as_RtpTraceInfo() != nullptr);
  CheckPacket(*rtp.info_as_RtpTraceInfo()->rtp_packet());

  auto plain = SamplePacket();
  plain.retransmission = false;
  plain.mid.clear();
  plain.transportSequenceNumber.reset();
  const auto& key = NotificationBody(fixture, received, {Kind::kKeyFrame, 78, TraceDirection::kOut, plain});
  REQUIRE(key.info_as_KeyFrameTraceInfo() != nullptr);
  CHECK_FALSE(key.info_as_KeyFrameTraceInfo()->is_rtx());
  CHECK(key.info_as_KeyFrameTraceInfo()->rtp_packet()->mid() == nullptr);
  CHECK_FALSE(key.info_as_KeyFrameTraceInfo()->rtp_packet()->wide_sequence_number().has_value());

  const auto& pli =
      NotificationBody(fixture, received, {Kind::kPli, 79, TraceDirection::kIn, rtc::TracedRequest{Ssrc(5)}});
  REQUIRE(pli.info_as_PliTraceInfo() != nullptr);
  CHECK(pli.info_as_PliTraceInfo()->ssrc() == 5);
  const auto& fir =
      NotificationBody(fixture, received, {Kind::kFir, 80, TraceDirection::kIn, rtc::TracedRequest{Ssrc(6)}});
  REQUIRE(fir.info_as_FirTraceInfo() != nullptr);
  CHECK(fir.info_as_FirTraceInfo()->ssrc() == 6);
  const auto& nack = NotificationBody(fixture, received, {Kind::kNack, 81, TraceDirection::kIn, {}});
  CHECK(nack.type() == FBS::Consumer::TraceEventType::NACK);
  CHECK(nack.info_type() == FBS::Consumer::TraceInfo::NONE);
}

TEST_CASE("StreamConversionTest: writes layer changes with and without layers") {
  ChannelFixture fixture;
  std::vector<Received> received;
  const auto change = [&](std::optional<rtc::ConsumerLayers> layers) {
    return NotificationBody<FBS::Consumer::LayersChangeNotification>(
        fixture, received, Event::CONSUMER_LAYERS_CHANGE,
        [&](channel::Channel& channel) { channel.Notifier().ConsumerLayersChange("id", layers); });
  };
  const auto* both = change(rtc::ConsumerLayers{2, std::uint8_t{1}});
  REQUIRE(both->layers() != nullptr);
  CHECK(both->layers()->spatial_layer() == 2);
  CHECK(both->layers()->temporal_layer() == flatbuffers::Optional<std::uint8_t>(1));
  CHECK_FALSE(change(rtc::ConsumerLayers{0, std::nullopt})->layers()->temporal_layer().has_value());
  CHECK(change(std::nullopt)->layers() == nullptr);
}

TEST_CASE("StreamConversionTest: writes every field of a video orientation") {
  ChannelFixture fixture;
  std::vector<Received> received;
  for (const auto& orientation :
       {rtp::VideoOrientation{true, false, 270}, rtp::VideoOrientation{false, true, 0}}) {
    const auto* body = NotificationBody<FBS::Producer::VideoOrientationChangeNotification>(
        fixture, received, Event::PRODUCER_VIDEO_ORIENTATION_CHANGE,
        [&](channel::Channel& channel) { channel.Notifier().ProducerVideoOrientation("id", orientation); });
    CHECK(body->camera() == orientation.camera);
    CHECK(body->flip() == orientation.flip);
    CHECK(body->rotation() == orientation.rotation);
  }
}

TEST_CASE("StreamConversionTest: dumps preferred, target and current layers") {
  const auto write = [](const rtc::ConsumerDump& dump) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(channel::ToFbs(builder, dump));
    return builder;
  };
  rtc::ConsumerDump dump;
  const auto none = write(dump);
  const auto* absent = Root<FBS::Consumer::DumpResponse>(none)->data();
  CHECK_FALSE(absent->preferred_spatial_layer().has_value());
  CHECK_FALSE(absent->current_temporal_layer().has_value());

  dump.type = rtc::RtpType::kSimulcast;
  dump.layers = rtc::ConsumerLayersDump{
      .preferred = {2, std::uint8_t{1}}, .target = rtc::ConsumerLayers{1, std::nullopt}, .current = {}};
  const auto some = write(dump);
  const auto* data = Root<FBS::Consumer::DumpResponse>(some)->data();
  using Layer = flatbuffers::Optional<std::int16_t>;
  CHECK(data->preferred_spatial_layer() == Layer(2));
  CHECK(data->preferred_temporal_layer() == Layer(1));
  CHECK(data->target_spatial_layer() == Layer(1));
  CHECK(data->target_temporal_layer() == Layer(-1));
  CHECK(data->current_spatial_layer() == Layer(-1));
  CHECK(data->current_temporal_layer() == Layer(-1));
}

TEST_CASE("StreamConversionTest: writes every field of a received stream's statistics") {
  rtc::RtpStreamStats stats;
  stats.receive = true;
  stats.timestampMs = 1;
  stats.ssrc = Ssrc(2);
  stats.kind = MediaKind::kVideo;
  stats.mimeType = "video/VP8";
  stats.packetsLost = -3;
  stats.fractionLost = 4;
  stats.jitter = 5;
  stats.packetsDiscarded = 6;
  stats.packetsRetransmitted = 7;
  stats.packetsRepaired = 8;
  stats.nackCount = 9;
  stats.nackPacketCount = 10;
  stats.pliCount = 11;
  stats.firCount = 12;
  stats.rid = "lo";
  stats.rtxSsrc = Ssrc(13);
  stats.rtxPacketsDiscarded = 14;
  stats.roundTripTimeMs = 15.5F;
  stats.score = 16;
  stats.packetCount = 17;
  stats.byteCount = 18;
  stats.bitrate = 19;
  stats.bitrateByLayer = {{0, 0, 20}, {2, 1, 21}};
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(channel::ToFbs(builder, stats));
  const auto* receive = Root<FBS::RtpStream::Stats>(builder)->data_as_RecvStats();
  REQUIRE(receive != nullptr);
  CHECK(receive->packet_count() == 17);
  CHECK(receive->byte_count() == 18);
  CHECK(receive->bitrate() == 19);
  REQUIRE(receive->bitrate_by_layer()->size() == 2);
  CHECK(receive->bitrate_by_layer()->Get(0)->layer()->str() == "0.0");
  CHECK(receive->bitrate_by_layer()->Get(0)->bitrate() == 20);
  CHECK(receive->bitrate_by_layer()->Get(1)->layer()->str() == "2.1");
  CHECK(receive->bitrate_by_layer()->Get(1)->bitrate() == 21);
  const auto* base = receive->base()->data_as_BaseStats();
  REQUIRE(base != nullptr);
  CHECK(base->timestamp() == 1);
  CHECK(base->ssrc() == 2);
  CHECK(base->kind() == FBS::RtpParameters::MediaKind::VIDEO);
  CHECK(base->mime_type()->str() == "video/VP8");
  CHECK(base->packets_lost() == -3);
  CHECK(base->fraction_lost() == 4);
  CHECK(base->jitter() == 5);
  CHECK(base->packets_discarded() == 6);
  CHECK(base->packets_retransmitted() == 7);
  CHECK(base->packets_repaired() == 8);
  CHECK(base->nack_count() == 9);
  CHECK(base->nack_packet_count() == 10);
  CHECK(base->pli_count() == 11);
  CHECK(base->fir_count() == 12);
  CHECK(base->rid()->str() == "lo");
  CHECK(base->rtx_ssrc() == flatbuffers::Optional<std::uint32_t>(13));
  CHECK(base->rtx_packets_discarded() == 14);
  CHECK(base->round_trip_time() == 15.5F);
  CHECK(base->score() == 16);
}

TEST_CASE("StreamConversionTest: dumps the RTX stream with a rid") {
  rtc::RtpStreamDump dump;
  dump.score = 9;
  dump.rtx = rtc::RtxStreamParams{.ssrc = Ssrc(1),
                                  .payloadType = PayloadType(97),
                                  .mimeType = "video/rtx",
                                  .clockRate = 90000,
                                  .repairedRid = "",
                                  .cname = "c"};
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(channel::ToFbs(builder, dump));
  const auto* fbs = Root<FBS::RtpStream::Dump>(builder);
  CHECK(fbs->score() == 9);
  REQUIRE(fbs->rtx_stream() != nullptr);
  const auto* params = fbs->rtx_stream()->params();
  CHECK(params->ssrc() == 1);
  CHECK(params->payload_type() == 97);
  CHECK(params->mime_type()->str() == "video/rtx");
  CHECK(params->clock_rate() == 90000);
  REQUIRE(params->rrid() != nullptr);
  CHECK(params->rrid()->size() == 0);
  CHECK(params->cname()->str() == "c");

  dump.rtx.reset();
  flatbuffers::FlatBufferBuilder without;
  without.Finish(channel::ToFbs(without, dump));
  CHECK(Root<FBS::RtpStream::Dump>(without)->rtx_stream() == nullptr);
}

TEST_CASE("StreamConversionTest: writes every field of a transport's statistics") {
  rtc::TransportStats stats;
  stats.rtxBytesReceived = 1;
  stats.rtxRecvBitrate = 2;
  stats.rtxBytesSent = 3;
  stats.rtxSendBitrate = 4;
  stats.probationBytesSent = 5;
  stats.probationSendBitrate = 6;
  const auto write = [&stats] {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(channel::ToFbs(builder, stats));
    return builder;
  };
  const auto first = write();
  const auto* without = Root<FBS::Transport::Stats>(first);
  CHECK(without->rtx_bytes_received() == 1);
  CHECK(without->rtx_recv_bitrate() == 2);
  CHECK(without->rtx_bytes_sent() == 3);
  CHECK(without->rtx_send_bitrate() == 4);
  CHECK(without->probation_bytes_sent() == 5);
  CHECK(without->probation_send_bitrate() == 6);
  CHECK_FALSE(without->available_outgoing_bitrate().has_value());
  CHECK_FALSE(without->rtp_packet_loss_received().has_value());
  CHECK_FALSE(without->rtp_packet_loss_sent().has_value());

  stats.availableOutgoingBitrate = DataRate(7);
  stats.packetLossReceived = 0.25;
  stats.packetLossSent = 0.0;
  const auto second = write();
  const auto* with = Root<FBS::Transport::Stats>(second);
  CHECK(with->available_outgoing_bitrate() == flatbuffers::Optional<std::uint64_t>(7));
  CHECK(with->rtp_packet_loss_received() == flatbuffers::Optional<double>(0.25));
  CHECK(with->rtp_packet_loss_sent() == flatbuffers::Optional<double>(0.0));
}

TEST_CASE("StreamConversionTest: writes a response without preferred layers for a consumer without layers") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const auto response = fixture.Ask(Method::CONSUMER_SET_PREFERRED_LAYERS, "consumer",
                                    [](flatbuffers::FlatBufferBuilder& builder) {
                                      return BodyOf(FBS::Consumer::CreateSetPreferredLayersRequest(
                                          builder, FBS::Consumer::CreateConsumerLayers(builder, 1, 1)));
                                    });
  const auto* body = response.Body<FBS::Consumer::SetPreferredLayersResponse>();
  REQUIRE(body != nullptr);
  CHECK(body->preferred_layers() == nullptr);
}

}  // namespace ringcast::test
