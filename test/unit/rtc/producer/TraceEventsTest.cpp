#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/producer/TraceEvents.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::rtc {

namespace {

rtp::Packet SamplePacket(net::PacketPool& pool) {
  test::RtpBytes bytes;
  bytes.payloadType = 96;
  bytes.marker = true;
  bytes.sequenceNumber = 65535;
  bytes.timestamp = 0xfffffff0;
  bytes.ssrc = 1234;
  bytes.extensions = {
      {1, test::Bytes("0")}, {2, test::Bytes("hi")}, {3, test::Bytes("lo")}, {4, {0x12, 0x34}}};
  bytes.payload = test::Vp8Payload(true, 500);
  bytes.padding = 20;
  auto packet = rtp::Packet::Parse(pool.Copy(bytes.Write(), Instant()));
  REQUIRE(packet);
  rtp::ExtensionIds ids;
  ids.Set(rtp::Extension::kMid, 1);
  ids.Set(rtp::Extension::kRid, 2);
  ids.Set(rtp::Extension::kRepairedRid, 3);
  ids.Set(rtp::Extension::kTransportWideCc, 4);
  packet->LocateExtensions(ids);
  return std::move(*packet);
}

}  // namespace

TEST_CASE("TraceEventsTest: traces a key frame as a packet when key frames are not selected", "[trace]") {
  using Event = ProducerTraceEvent;
  struct Row {
    std::vector<Event> asked;
    std::optional<Event> other, keyFrame;
  };
  const Row rows[] = {
      {{}, {}, {}},
      {{Event::kSr, Event::kNack, Event::kPli, Event::kFir}, {}, {}},
      {{Event::kRtp}, Event::kRtp, Event::kRtp},
      {{Event::kKeyFrame}, {}, Event::kKeyFrame},
      {{Event::kRtp, Event::kKeyFrame}, Event::kRtp, Event::kKeyFrame},
  };
  for (const auto& row : rows) {
    TraceSelection<Event> selection;
    CHECK_FALSE(selection.Packets());
    selection.Set(row.asked);
    CHECK(selection.Events() == row.asked);
    CHECK(selection.ForPacket(false) == row.other);
    CHECK(selection.ForPacket(true) == row.keyFrame);
    CHECK(selection.Packets() == row.keyFrame.has_value());
    selection.Set({});
    CHECK_FALSE(selection.Packets());
  }
}

TEST_CASE("TraceEventsTest: traces the events of the last selection only", "[trace]") {
  using Event = ConsumerTraceEvent;
  TraceSelection<Event> selection;
  selection.Set({Event::kNack, Event::kRtp});
  selection.Set({Event::kFir, Event::kPli});
  CHECK(selection.Has(Event::kFir));
  CHECK(selection.Has(Event::kPli));
  CHECK_FALSE(selection.Has(Event::kNack));
  CHECK_FALSE(selection.Has(Event::kRtp));
  CHECK_FALSE(selection.Has(Event::kKeyFrame));
}

TEST_CASE("TraceEventsTest: describes a received packet as it arrived", "[trace]") {
  net::PacketPool pool;
  const auto packet = SamplePacket(pool);
  const auto traced = DescribePacket(packet, {.keyFrame = true, .spatialLayer = 2, .temporalLayer = 1});
  CHECK(traced.payloadType == PayloadType(96));
  CHECK(traced.sequenceNumber == 65535);
  CHECK(traced.timestamp == 0xfffffff0);
  CHECK(traced.marker);
  CHECK(traced.ssrc == Ssrc(1234));
  CHECK(traced.keyFrame);
  CHECK(traced.size == packet.Size());
  CHECK(traced.payloadSize == 500);
  CHECK(traced.spatialLayer == 2);
  CHECK(traced.temporalLayer == 1);
  CHECK(traced.mid == "0");
  CHECK(traced.rid == "hi");
  CHECK(traced.repairedRid == "lo");
  CHECK(traced.transportSequenceNumber == std::uint16_t{0x1234});
  CHECK_FALSE(traced.retransmission);
  CHECK(DescribePacket(packet, {.retransmission = true}).retransmission);
}

TEST_CASE("TraceEventsTest: describes a sent packet with its rewritten fields", "[trace]") {
  net::PacketPool pool;
  const auto packet = SamplePacket(pool);
  rtp::ExtensionIds ids;
  ids.Set(rtp::Extension::kMid, 7);
  const rtp::OutgoingExtensions extensions(ids, "mid of the consumer");
  const rtp::RtpRewrite rewrite{.ssrc = Ssrc(5678),
                                .timestamp = 9,
                                .sequenceNumber = 0x70001,
                                .payloadType = PayloadType(101),
                                .marker = false,
                                .extensions = &extensions};
  const auto traced = DescribePacket(packet, rewrite, {.temporalLayer = 2});
  CHECK(traced.payloadType == PayloadType(101));
  CHECK(traced.sequenceNumber == 1);
  CHECK(traced.timestamp == 9);
  CHECK_FALSE(traced.marker);
  CHECK(traced.ssrc == Ssrc(5678));
  CHECK(traced.size == rtp::SerializedSize(packet, rewrite));
  CHECK(traced.payloadSize == 500);
  CHECK(traced.temporalLayer == 2);
  CHECK(traced.mid == "mid of the consumer");
  CHECK(traced.rid.empty());
  CHECK_FALSE(traced.transportSequenceNumber);
}

}  // namespace ringcast::rtc
