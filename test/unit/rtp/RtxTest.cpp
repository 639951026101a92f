#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtp/Packet.hpp"
#include "support/RtpBytes.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using test::Forwarded;
using test::PacketBuilder;
using test::ToVector;

using Vector = std::vector<std::uint8_t>;

namespace {

// RFC 4588 section 4: the original header but for ssrc, payload type and sequence number.
PacketBuilder RtxOf(const PacketBuilder& original) {
  PacketBuilder rtx = original;
  rtx.ssrc = 0x0BADF00D;
  rtx.payloadType = 97;
  rtx.sequenceNumber = 4242;
  rtx.payload.insert(rtx.payload.begin(), {static_cast<std::uint8_t>(original.sequenceNumber >> 8),
                                           static_cast<std::uint8_t>(original.sequenceNumber)});
  return rtx;
}

}  // namespace

TEST_CASE("RtxTest: forwards a packet that is restored from RTX like the original", "[rtp][rtx]") {
  net::PacketPool pool;
  ExtensionIds ids;
  ids.Set(Extension::kAudioLevel, 5);
  for (const auto start : test::kSequenceStarts) {
    for (const std::size_t csrcs : {0U, 1U, 15U}) {
      for (const bool extension : {false, true}) {
        for (const std::size_t size : {0U, 1U, 1100U}) {
          for (const int padding : {0, 9}) {
            PacketBuilder original;
            original.marker = extension;
            original.sequenceNumber = static_cast<std::uint16_t>(start);
            original.csrcs.assign(csrcs, 0x01020304);
            if (extension) {
              original.profile = 0xBEDE;
              original.extension = {0x50, 0x7F};
            }
            original.payload.assign(size, 0xAB);
            PacketBuilder rtx = RtxOf(original);
            rtx.padding = static_cast<std::uint8_t>(padding);

            auto wanted = original.Parse(pool);
            auto packet = Packet::Parse(pool.Copy(rtx.Build(), Instant(Seconds(3))));
            REQUIRE((wanted && packet));
            wanted->LocateExtensions(ids);
            packet->LocateExtensions(ids);
            REQUIRE(packet->RestoreFromRtx(Ssrc(original.ssrc), PayloadType(original.payloadType)));
            CHECK(packet->SenderSsrc() == wanted->SenderSsrc());
            CHECK(packet->SequenceNumber() == wanted->SequenceNumber());
            CHECK(packet->PayloadType() == wanted->PayloadType());
            CHECK(ToVector(packet->Payload()) == original.payload);
            CHECK(packet->Arrival() == Instant(Seconds(3)));
            CHECK(packet->PaddingSize() == rtx.padding);
            CHECK(Forwarded(*packet, ids) == Forwarded(*wanted, ids));

            // The extensions may also be located after the restoration.
            packet->LocateExtensions(ids);
            CHECK(Forwarded(*packet, ids) == Forwarded(*wanted, ids));
          }
        }
      }
    }
  }
}

TEST_CASE("RtxTest: leaves an RTX packet without an original number unchanged", "[rtp][rtx]") {
  net::PacketPool pool;
  for (const Vector& payload : {Vector{}, Vector{0x12}}) {
    for (const int padding : {0, 200}) {
      PacketBuilder rtx;
      rtx.payload = payload;
      rtx.padding = static_cast<std::uint8_t>(padding);
      auto packet = rtx.Parse(pool);
      REQUIRE(packet);
      CHECK_FALSE(packet->RestoreFromRtx(Ssrc(1), PayloadType(100)));
      CHECK(packet->SenderSsrc() == Ssrc(rtx.ssrc));
      CHECK(packet->PayloadType() == PayloadType(rtx.payloadType));
      CHECK(packet->SequenceNumber() == rtx.sequenceNumber);
      CHECK(packet->PayloadSize() == payload.size());
    }
  }
}

TEST_CASE("RtxTest: replaces the padding of a restored packet", "[rtp][rtx]") {
  net::PacketPool pool;
  PacketBuilder rtx;
  rtx.payload = {0, 7, 1, 2, 3};
  rtx.padding = 4;
  auto packet = rtx.Parse(pool);
  REQUIRE(packet);
  REQUIRE(packet->RestoreFromRtx(Ssrc(1), PayloadType(100)));
  packet->SetPadding(2);
  CHECK(ToVector(packet->PayloadWithPadding()) == Vector{1, 2, 3, 0, 2});
}
