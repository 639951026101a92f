#include <algorithm>
#include <limits>
#include <string>

#include "RtcpSamples.hpp"

namespace ringcast::rtcp {

using namespace samples;

TEST_CASE("CompoundReaderTest: reads counters and blocks of a sender report") {
  const auto report = Only<SenderReport>(kSenderReport);
  CHECK(report.sender == Ssrc(0x11223344));
  CHECK(report.ntp == NtpTime{0xe6a1b2c3, 0xd4e5f607});
  CHECK(report.rtpTimestamp == 0x00abcdef);
  CHECK(report.packetCount == 300);
  CHECK(report.octetCount == 0x00051615);
}

TEST_CASE("CompoundReaderTest: reads report blocks with signed losses") {
  const auto report = Only<ReceiverReport>(kReceiverReport);
  CHECK(report.sender == Ssrc(1));
  REQUIRE(report.blocks.Size() == 2);
  const auto first = report.blocks.At(0);
  CHECK(first.ssrc == Ssrc(0x11223344));
  CHECK(first.fractionLost == 0);
  CHECK(first.cumulativeLost == 0);
  CHECK(first.highestSequence == 0xfffe);
  CHECK(first.jitter == 7);
  CHECK(first.lastSenderReport == 0xb2c3d4e5);
  CHECK(first.delaySinceLastSenderReport == 0x8000);
  const auto second = report.blocks.At(1);
  CHECK(second.fractionLost == 0xff);
  CHECK(second.cumulativeLost == 0x7fffff);

  const auto sent = Only<SenderReport>(kSenderReport);
  REQUIRE(sent.blocks.Size() == 1);
  CHECK(sent.blocks.At(0).fractionLost == 0x40);
  CHECK(sent.blocks.At(0).cumulativeLost == -2);
}

TEST_CASE("CompoundReaderTest: reads the CNAME of each SDES chunk") {
  const auto description = Only<SourceDescription>(kSourceDescription);
  CHECK(description.count == 2);
  CHECK(description.Cname(Ssrc(0x11223344)) == "abcdefghijklmnop");
  CHECK(description.Cname(Ssrc(0x55667788)) == "x@z");
  CHECK(description.Cname(Ssrc(1)).empty());
}

TEST_CASE("CompoundReaderTest: reads BYE and APP") {
  const auto bye = Only<Bye>(kBye);
  REQUIRE(bye.Size() == 2);
  CHECK(bye.At(0) == Ssrc(0x11223344));
  CHECK(bye.At(1) == Ssrc(0x55667788));
  CHECK(bye.reason == "goodbye");
  CHECK(Only<Bye>(Hex("80cb 0000")).Size() == 0);

  const auto app = Only<App>(kApp);
  CHECK(app.sender == Ssrc(0x11223344));
  CHECK(app.name == "RCAS");
  CHECK(Bytes(app.data) == Hex("cafebabe"));
}

TEST_CASE("CompoundReaderTest: reads targets and lists of feedback") {
  const auto nack = Only<Nack>(kNack);
  CHECK(nack.media == Ssrc(0x11223344));
  REQUIRE(nack.Size() == 2);
  CHECK(nack.PacketId(0) == 0xffff);
  CHECK(nack.Bitmask(0) == 0x8001);
  CHECK(nack.PacketId(1) == 0x0010);
  CHECK(nack.Bitmask(1) == 0);

  CHECK(Only<PictureLoss>(kPictureLoss).media == Ssrc(0x11223344));

  const auto intra = Only<FullIntraRequest>(kFullIntra);
  REQUIRE(intra.Size() == 2);
  CHECK(intra.Media(0) == Ssrc(0x11223344));
  CHECK(intra.SequenceNumber(0) == 7);
  CHECK(intra.Media(1) == Ssrc(0x55667788));
  CHECK(intra.SequenceNumber(1) == 255);

  const auto wide = Only<TransportFeedback>(kTransportWide);
  CHECK(wide.media == Ssrc(0x11223344));
  CHECK(wide.statusCount == 2);
}

TEST_CASE("CompoundReaderTest: returns other feedback of RFC 4585 and RFC 5104 unparsed") {
  struct Row {
    const Octets& packet;
    std::uint8_t type;
    std::uint8_t format;
    std::size_t fci;
  };
  const Row rows[] = {
      {kTmmbr, 205, 3, 8},
      {kTmmbn, 205, 4, 0},
      {kSliceLoss, 206, 2, 4},
      {kReferencePicture, 206, 3, 4},
      {kTradeOffRequest, 206, 5, 8},
      {kTradeOffNotice, 206, 6, 8},
      {kVideoBackChannel, 206, 7, 16},
      {kApplicationLayer, 206, 15, 4},
  };
  for (const auto& row : rows) {
    INFO("type " << int{row.type} << " format " << int{row.format});
    const auto other = Only<OtherFeedback>(row.packet);
    CHECK(other.packetType == row.type);
    CHECK(other.format == row.format);
    CHECK(other.fci.size() == row.fci);
    CHECK(other.sender == Ssrc(1));
  }
}

TEST_CASE("CompoundReaderTest: reads the bitrate of REMB, saturated at 64 bits") {
  const auto remb = Only<Remb>(kRemb);
  CHECK(remb.bitrate == DataRate(1'500'000));
  REQUIRE(remb.Size() == 2);
  CHECK(remb.At(0) == Ssrc(0x11223344));
  CHECK(remb.At(1) == Ssrc(0x55667788));
  struct Row {
    const char* rate;  // exponent of 6 bits, mantissa of 18 bits
    std::uint64_t expected;
  };
  const Row rows[] = {
      {"000000", 0},
      {"03ffff", 0x3ffff},
      {"bbffff", 0x3ffffULL << 46},
      {"bfffff", std::numeric_limits<std::uint64_t>::max()},
      {"fc0001", 1ULL << 63},
      {"fc0002", std::numeric_limits<std::uint64_t>::max()},
      {"fc0000", 0},
  };
  for (const auto& row : rows) {
    INFO(row.rate);
    const auto packet = Hex(std::string("8fce 0004 00000001 00000000 52454d42 00 ") + row.rate);
    CHECK(Only<Remb>(packet).bitrate == DataRate(row.expected));
  }
}

TEST_CASE("CompoundReaderTest: reads reference time and delays of an extended report") {
  const auto report = Only<ExtendedReport>(kExtendedReport);
  CHECK(report.sender == Ssrc(1));
  REQUIRE(report.referenceTime);
  CHECK(*report.referenceTime == NtpTime{0xe6a1b2c3, 0xd4e5f607});
  CHECK(Bytes(report.dlrr) == Hex("11223344 b2c3d4e5 00010000 55667788 00000000 00000000"));
  CHECK_FALSE(Only<ExtendedReport>(Hex("80cf 0001 00000001")).referenceTime);
}

TEST_CASE("CompoundReaderTest: skips unknown packet types") {
  CHECK(Only<UnknownPacket>(kUnknown).packetType == 208);
}

TEST_CASE("CompoundReaderTest: reads a full compound, and fails when truncated within a packet") {
  Octets compound;
  std::vector<std::size_t> ends{0};
  for (const auto& packet : kAll) {
    compound = compound + packet;
    ends.push_back(compound.size());
  }
  for (std::size_t length = 0; length <= compound.size(); ++length) {
    const Octets cut(compound.begin(), compound.begin() + static_cast<std::ptrdiff_t>(length));
    const auto whole = static_cast<std::size_t>(
        std::count_if(ends.begin(), ends.end(), [length](std::size_t end) { return end <= length; }) - 1);
    const auto walk = WalkThrough(cut);
    REQUIRE(walk.messages == whole);
    REQUIRE(walk.malformed == (length != ends[whole]));
  }
}

TEST_CASE("CompoundReaderTest: survives any value of any byte") {
  for (const auto& packet : kAll) {
    for (std::size_t at = 0; at < packet.size(); ++at) {
      auto changed = packet;
      for (unsigned value = 0; value < 256; ++value) {
        changed[at] = static_cast<std::uint8_t>(value);
        WalkThrough(changed);
      }
    }
  }
}

TEST_CASE("CompoundReaderTest: rejects contradictory lengths") {
  const char* packets[] = {
      "41c9 0001 00000001",                                               // version 1
      "81c8 0006 00000001 00000000 00000000 00000000 00000000 00000000",  // one block announced, none present
      "82c9 0007 00000001 11223344 00000000 00000000 00000000 00000000 00000000",  // two blocks announced,
                                                                                   // one present
      "81ca 0000",                                                                 // chunk without ssrc
      "81ca 0002 11223344 01ff6162",                    // item longer than the packet
      "81ca 0002 11223344 01026162",                    // items without an end
      "82cb 0001 11223344",                             // two sources announced, one present
      "81cb 0002 11223344 05616263",                    // reason longer than the packet
      "80cc 0001 11223344",                             // APP without a name
      "81cd 0001 00000001",                             // feedback without media ssrc
      "81cd 0002 00000001 11223344",                    // NACK without items
      "84ce 0003 00000001 00000000 11223344",           // truncated FIR
      "8fcd 0003 00000001 11223344 00010002",           // truncated transport-wide feedback
      "8fce 0004 00000001 00000000 52454d42 01000000",  // REMB with fewer sources than announced
      "83cd 0002 00000001 00000000",                    // TMMBR without entries
      "82ce 0002 00000001 11223344",                    // SLI without entries
      "83ce 0003 00000001 11223344 1100ffff",           // RPSI: more padding than bits
      "87ce 0004 00000001 00000000 11223344 05600005",  // VBCM: missing octets
      "80cf 0002 00000001 04000001",                    // XR block longer than the packet
      "80cf 0003 00000001 04000001 00000000",           // reference time of one word
      "80cf 0003 00000001 05000001 00000000",           // DLRR without a whole sub-block
      "a0c9 0001 00000000",                             // padding length 0
      "a0c9 0001 00000005",                             // padding longer than the packet
      "a0c9 0000",                                      // padding without room
  };
  for (const auto* packet : packets) {
    INFO(packet);
    const auto walk = WalkThrough(kPictureLoss + Hex(packet));
    CHECK(walk.messages == 1);
    CHECK(walk.malformed);
  }
}

TEST_CASE("CompoundReaderTest: excludes padding") {
  const auto report = Only<ReceiverReport>(Hex("a0c9 0002 00000001 00000004"));
  CHECK(report.sender == Ssrc(1));
  CHECK(report.blocks.Size() == 0);
}

}  // namespace ringcast::rtcp
