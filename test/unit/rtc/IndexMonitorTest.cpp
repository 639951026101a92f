#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "support/IndexMonitor.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::test {

namespace {

std::vector<std::uint8_t> Packet(std::uint16_t number, std::uint8_t body, std::uint32_t ssrc = 1) {
  return RtpBytes{.sequenceNumber = number, .ssrc = ssrc, .payload = {body}}.Write();
}

}  // namespace

TEST_CASE("IndexMonitorTest: accepts identical repeats and reports different ones", "[sim]") {
  for (const int start : {0, 1, 32767, 32768, 65534, 65535}) {
    CAPTURE(start);
    IndexMonitor monitor;
    const auto number = [start](int offset) { return static_cast<std::uint16_t>(start + offset); };
    for (int i = 0; i < 3000; ++i) monitor.OnSent(Packet(number(i), 7));
    monitor.OnSent(Packet(number(5), 7));
    monitor.OnSent(Packet(number(5), 8, 2));  // another ssrc has separate indices
    CHECK(monitor.Faults().Count() == 0);
    CHECK(monitor.Counted().packets == 3001);
    CHECK(monitor.Counted().repeats == 1);
    monitor.OnSent(Packet(number(5), 8));
    CHECK(monitor.Faults().Count() == 1);
  }
}

TEST_CASE("IndexMonitorTest: reports an index that is too old to be compared", "[sim]") {
  IndexMonitor monitor;
  for (int i = 0; i < 5000; ++i) monitor.OnSent(Packet(static_cast<std::uint16_t>(i), 7));
  monitor.OnSent(Packet(5000 - IndexMonitor::kRemembered, 7));
  CHECK(monitor.Faults().Count() == 0);
  monitor.OnSent(Packet(4999 - IndexMonitor::kRemembered, 7));
  CHECK(monitor.Faults().Count() == 1);
}

TEST_CASE("IndexMonitorTest: ignores packets that are not RTP", "[sim]") {
  IndexMonitor monitor;
  monitor.OnSent(std::vector<std::uint8_t>{0x80, 200, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1});  // RTCP
  monitor.OnSent(std::vector<std::uint8_t>{0x80, 96});
  CHECK(monitor.Counted().packets == 0);
  CHECK(monitor.Faults().Count() == 0);
}

}  // namespace ringcast::test
