#include <array>
#include <functional>
#include <string>

#include "RtcpSamples.hpp"

namespace ringcast::rtcp {

using namespace samples;

namespace {

constexpr std::size_t kRoom = 4096;

Octets Written(const std::function<bool(CompoundWriter&)>& add) {
  Octets buffer(kRoom);
  CompoundWriter writer(buffer);
  REQUIRE(add(writer));
  buffer.resize(writer.Size());
  return buffer;
}

const ReportBlock kBlock{.ssrc = Ssrc(0x55667788),
                         .fractionLost = 0x40,
                         .cumulativeLost = -2,
                         .highestSequence = 0x00012345,
                         .jitter = 255,
                         .lastSenderReport = 0xb2c3d4e5,
                         .delaySinceLastSenderReport = 0x00010000};

// One case for each packet that the writer supports.
struct Case {
  const char* name;
  std::function<bool(CompoundWriter&)> add;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases{
      {"sender report",
       [](CompoundWriter& out) {
         return out.AddSenderReport(Ssrc(0x11223344),
                                    {.ntp = {0xe6a1b2c3, 0xd4e5f607},
                                     .rtpTimestamp = 0x00abcdef,
                                     .packetCount = 300,
                                     .octetCount = 0x00051615},
                                    std::array{kBlock});
       }},
      {"receiver report",
       [](CompoundWriter& out) {
         return out.AddReceiverReport(Ssrc(1), std::array{kBlock, kBlock});
       }},
      {"empty receiver report", [](CompoundWriter& out) { return out.AddReceiverReport(Ssrc(1), {}); }},
      {"cname", [](CompoundWriter& out) { return out.AddCname(Ssrc(2), "someone"); }},
      {"bye", [](CompoundWriter& out) { return out.AddBye(std::array{Ssrc(2)}); }},
      {"picture loss", [](CompoundWriter& out) { return out.AddPictureLoss(Ssrc(1), Ssrc(0x11223344)); }},
      {"full intra request",
       [](CompoundWriter& out) { return out.AddFullIntraRequest(Ssrc(1), Ssrc(2), 200); }},
      {"nack",
       [](CompoundWriter& out) {
         return out.AddNack(
             Ssrc(1), Ssrc(0x11223344),
             std::array{CompoundWriter::NackItem{0xffff, 0x8001}, CompoundWriter::NackItem{0x10, 0}});
       }},
      {"reference time",
       [](CompoundWriter& out) {
         return out.AddReferenceTime(Ssrc(1), {3, 4});
       }},
      {"dlrr",
       [](CompoundWriter& out) {
         return out.AddDlrr(Ssrc(1), std::array{CompoundWriter::DlrrItem{Ssrc(2), 3, 4}});
       }},
      {"remb",
       [](CompoundWriter& out) {
         return out.AddRemb(Ssrc(1), DataRate(1'500'000), std::array{Ssrc(0x11223344), Ssrc(0x55667788)});
       }},
  };
  return kCases;
}

}  // namespace

TEST_CASE("CompoundWriterTest: writes the bytes of the RFCs") {
  CHECK(Written(Cases()[0].add) == kSenderReport);
  CHECK(Written(Cases()[5].add) == kPictureLoss);
  CHECK(Written(Cases()[7].add) == kNack);
  CHECK(Written(Cases()[10].add) == kRemb);
  CHECK(Written([](CompoundWriter& out) { return out.AddCname(Ssrc(0x11223344), "abcd"); }) ==
        Hex("81ca 0003 11223344 0104 61626364 0000"));
  CHECK(Written([](CompoundWriter& out) { return out.AddFullIntraRequest(Ssrc(1), Ssrc(0x11223344), 7); }) ==
        Hex("84ce 0004 00000001 00000000 11223344 07000000"));
}

TEST_CASE("CompoundWriterTest: writes packets that read back") {
  const auto written = Written(Cases()[1].add);
  const auto report = Only<ReceiverReport>(written);
  REQUIRE(report.blocks.Size() == 2);
  const auto block = report.blocks.At(1);
  CHECK(block.ssrc == kBlock.ssrc);
  CHECK(block.fractionLost == kBlock.fractionLost);
  CHECK(block.cumulativeLost == kBlock.cumulativeLost);
  CHECK(block.highestSequence == kBlock.highestSequence);
  CHECK(block.jitter == kBlock.jitter);
  CHECK(block.lastSenderReport == kBlock.lastSenderReport);
  CHECK(block.delaySinceLastSenderReport == kBlock.delaySinceLastSenderReport);

  for (const std::size_t length : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 255U}) {
    const std::string name(length, 'n');
    const auto packet = Written([&name](CompoundWriter& out) { return out.AddCname(Ssrc(2), name); });
    CHECK(packet.size() % 4 == 0);
    CHECK(Only<SourceDescription>(packet).Cname(Ssrc(2)) == name);
  }
  const auto bye = Written(Cases()[4].add);
  CHECK(Only<Bye>(bye).At(0) == Ssrc(2));
  CHECK(Only<ExtendedReport>(Written(Cases()[8].add)).referenceTime == NtpTime{3, 4});
  const auto dlrr = Written(Cases()[9].add);
  CHECK(Bytes(Only<ExtendedReport>(dlrr).dlrr) == Hex("00000002 00000003 00000004"));
}

TEST_CASE("CompoundWriterTest: saturates losses at 24 bits") {
  for (const auto& [lost, expected] : {std::pair{0x7fffffff, 0x7fffff}, std::pair{-0x7fffffff, -0x800000}}) {
    auto block = kBlock;
    block.cumulativeLost = lost;
    const auto packet =
        Written([&](CompoundWriter& out) { return out.AddReceiverReport(Ssrc(1), std::array{block}); });
    CHECK(Only<ReceiverReport>(packet).blocks.At(0).cumulativeLost == expected);
  }
}

TEST_CASE("CompoundWriterTest: writes a bitrate with its 18 highest bits") {
  for (const std::uint64_t rate : {0ULL, 1ULL, 0x3ffffULL, 0x40000ULL, 0xffffffffULL, ~0ULL}) {
    const auto packet =
        Written([rate](CompoundWriter& out) { return out.AddRemb(Ssrc(1), DataRate(rate), {}); });
    const auto read = Only<Remb>(packet).bitrate.Value();
    CHECK(read <= rate);
    CHECK(rate - read <= rate >> 17);
  }
}

TEST_CASE("CompoundWriterTest: keeps earlier packets when another does not fit") {
  for (const auto& one : Cases()) {
    INFO(one.name);
    const auto whole = Written(one.add);
    for (std::size_t room = 0; room < whole.size(); ++room) {
      Octets buffer(kBye.size() + room, 0xee);
      CompoundWriter writer(MutableBytes(buffer).first(8 + room));
      REQUIRE(writer.AddBye(std::array{Ssrc(9)}));
      REQUIRE_FALSE(one.add(writer));
      REQUIRE(writer.Size() == 8);
    }
    Octets buffer(8 + whole.size());
    CompoundWriter writer(buffer);
    CHECK(writer.Empty());
    REQUIRE(writer.AddBye(std::array{Ssrc(9)}));
    REQUIRE(one.add(writer));
    CHECK(writer.Size() == buffer.size());
    CHECK(Octets(buffer.begin() + 8, buffer.end()) == whole);
    CHECK(WalkThrough(buffer).messages == 2);
  }
}

TEST_CASE("CompoundWriterTest: rejects lists that are too long or empty") {
  Octets buffer(1 << 20);
  CompoundWriter writer(buffer);
  const std::vector<ReportBlock> blocks(CompoundWriter::kMaxBlocks + 1, kBlock);
  CHECK_FALSE(writer.AddReceiverReport(Ssrc(1), blocks));
  CHECK_FALSE(writer.AddSenderReport(Ssrc(1), {}, blocks));
  CHECK_FALSE(writer.AddCname(Ssrc(1), std::string(256, 'n')));
  CHECK_FALSE(writer.AddNack(Ssrc(1), Ssrc(2), {}));
  CHECK_FALSE(writer.AddNack(Ssrc(1), Ssrc(2), std::vector<CompoundWriter::NackItem>(0x10000)));
  CHECK_FALSE(writer.AddDlrr(Ssrc(1), {}));
  CHECK_FALSE(writer.AddRemb(Ssrc(1), DataRate(1), std::vector<Ssrc>(256)));
  CHECK(writer.Empty());
  CHECK(writer.AddReceiverReport(Ssrc(1), std::span(blocks).first(CompoundWriter::kMaxBlocks)));
  CHECK(WalkThrough(MutableBytes(buffer).first(writer.Size())).messages == 1);
}

}  // namespace ringcast::rtcp
