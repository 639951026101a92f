#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

TEST_CASE("a WebRTC server's UDP sockets get room for a flood, unless the controller says how much",
          "[rtc][webrtc]") {
  struct Row {
    rtc::ListenInfo::Protocol protocol;
    std::uint32_t asked;
    std::uint32_t opened;
  };
  const Row rows[] = {{rtc::ListenInfo::Protocol::kUdp, 0, 2U << 20},
                      {rtc::ListenInfo::Protocol::kUdp, 100'000, 100'000},
                      {rtc::ListenInfo::Protocol::kTcp, 0, 0}};
  for (const auto& row : rows) {
    SimWorker sim;
    rtc::ListenInfo listen;
    listen.ip = "127.0.0.1";
    listen.port = 4000;
    listen.protocol = row.protocol;
    listen.recvBufferSize = row.asked;
    REQUIRE(sim.worker.CreateWebRtcServer("server", {listen}).Ok());
    const auto socket =
        row.protocol == rtc::ListenInfo::Protocol::kUdp ? sim.sockets.Find(4000) : sim.sockets.FindTcp(4000);
    REQUIRE(socket);
    CHECK(sim.sockets.OptionsOf(*socket).receiveBufferSize == row.opened);
  }
}

}  // namespace ringcast::test
