#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/RtcpSession.hpp"
#include "unit/rtp/PacketBuilder.hpp"

namespace ringcast::test {

namespace {

constexpr Ssrc kLocal{9};

struct Fixture {
  rtc::RtcpSession session{kLocal, "own-cname"};
  SeededRandom random{1};
  Instant now{Seconds(1000)};
};

// Returns the messages of all compounds, in order.
template <typename Message>
std::vector<Message> MessagesOf(const rtcp::CompoundList& compounds) {
  std::vector<Message> out;
  for (std::size_t i = 0; i < compounds.Size(); ++i) {
    rtcp::CompoundReader reader(compounds.At(i));
    while (const auto message = reader.Next()) {
      if (const auto* wanted = std::get_if<Message>(&*message)) out.push_back(*wanted);
    }
    CHECK_FALSE(reader.Malformed());
  }
  return out;
}

}  // namespace

TEST_CASE("RtcpSessionTest: schedules reports within 1.5 times the interval of the media kind", "[rtcp]") {
  for (const bool video : {false, true}) {
    CAPTURE(video);
    const Duration interval = video ? Seconds(1) : Seconds(5);
    Fixture f;
    CHECK_FALSE(f.session.NextReports());
    for (int i = 0; i < 100; ++i) {
      f.session.ScheduleReports(video, f.random, f.now);
      const auto next = f.session.NextReports();
      REQUIRE(next);
      CHECK(*next >= f.now + interval / 2);
      CHECK(*next <= f.now + interval * 3 / 2 + Milliseconds(100));
      CHECK_FALSE(f.session.TakeReportsDue(*next - Microseconds(1)));
      CHECK(f.session.TakeReportsDue(*next));
      CHECK_FALSE(f.session.NextReports());
      f.now = *next;
    }
  }
}

TEST_CASE("RtcpSessionTest: reports earlier when video joins audio", "[rtcp]") {
  Fixture f;
  f.session.ScheduleReports(false, f.random, f.now);
  f.session.ScheduleReports(true, f.random, f.now);
  CHECK(*f.session.NextReports() <= f.now + Milliseconds(1600));
}

TEST_CASE("RtcpSessionTest: packs sender reports into the fewest compounds", "[rtcp]") {
  Fixture f;
  const std::string cname(200, 'c');
  const std::string longest(255, 'd');
  std::vector<rtc::RtcpSession::SenderReport> reports;
  for (std::uint32_t i = 0; i < 20; ++i)
    reports.push_back({Ssrc(100 + i), {.rtpTimestamp = i}, i == 10 ? longest : cname});
  const auto& compounds = f.session.MakeSenderReports(reports);
  const auto messages = MessagesOf<rtcp::SenderReport>(compounds);
  REQUIRE(messages.size() == reports.size());
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(messages[i].sender == Ssrc(100 + i));
  // Four times 28 + 8 + 204 bytes fit into 1,200 bytes.
  CHECK(compounds.Size() <= 6);
  CHECK(f.session.MakeSenderReports({}).Size() == 0);
}

TEST_CASE("RtcpSessionTest: sends a reference time once, with the first of many receiver reports", "[rtcp]") {
  Fixture f;
  std::vector<rtp::ReportBlock> blocks(70);
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i].ssrc = Ssrc(static_cast<std::uint32_t>(i));
  const auto& compounds = f.session.MakeReceiverReports(blocks, NtpTime(), f.now);
  CHECK(compounds.Size() == 3);
  std::size_t reported = 0;
  for (const auto& report : MessagesOf<rtcp::ReceiverReport>(compounds)) reported += report.blocks.Size();
  CHECK(reported == 70);
  CHECK(MessagesOf<rtcp::ExtendedReport>(compounds).size() == 1);
  CHECK(f.session.MakeReceiverReports({}, NtpTime(), f.now).Size() == 0);
}

TEST_CASE("RtcpSessionTest: sends one BYE for ended streams", "[rtcp]") {
  Fixture f;
  for (std::uint32_t i = 0; i < 40; ++i) f.session.QueueBye(Ssrc(i));
  CHECK(f.session.NextReports() == Instant());
  const auto byes = MessagesOf<rtcp::Bye>(f.session.MakeByes());
  REQUIRE(byes.size() == 2);
  CHECK(byes[0].Size() + byes[1].Size() == 40);
  CHECK(f.session.MakeByes().Size() == 0);
  CHECK_FALSE(f.session.NextReports());
}

TEST_CASE("RtcpSessionTest: puts a report before feedback unless reduced size was negotiated", "[rtcp]") {
  for (const bool reducedSize : {false, true}) {
    CAPTURE(reducedSize);
    Fixture f;
    f.session.Negotiate({.remb = true, .reducedSize = reducedSize});
    const std::vector<Ssrc> sources(300, Ssrc(5));
    const auto& compounds = f.session.MakeRemb(DataRate(1'000'000), sources);
    REQUIRE(compounds.Size() == 1);
    CHECK(MessagesOf<rtcp::ReceiverReport>(compounds).size() == (reducedSize ? 0 : 1));
  }
}

TEST_CASE("RtcpSessionTest: reports arrivals only with transport-wide feedback", "[rtcp]") {
  for (const bool negotiated : {false, true}) {
    CAPTURE(negotiated);
    Fixture f;
    f.session.Negotiate({.transportWide = negotiated});
    CHECK(f.session.NeedsPackets() == negotiated);
    net::PacketPool pool;
    PacketBuilder builder;
    builder.profile = 0xBEDE;  // RFC 8285 section 4.2, one-byte headers
    builder.extension = {0x51, 0, 1};
    auto packet = builder.Parse(pool);
    REQUIRE(packet);
    rtp::ExtensionIds ids;
    ids.Set(rtp::Extension::kTransportWideCc, 5);
    packet->LocateExtensions(ids);
    CHECK(f.session.OnPacket(*packet, true, f.now) == negotiated);
    CHECK_FALSE(f.session.OnPacket(*packet, true, f.now));
    CHECK(f.session.NextFeedback().has_value() == negotiated);
    CHECK(f.session.MakeTransportFeedback(f.now + Seconds(1)).Size() == (negotiated ? 1 : 0));
  }
}

}  // namespace ringcast::test
