#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

TEST_CASE("WebRtcServerTest: gives UDP sockets a large receive buffer unless the controller sets a size",
          "[rtc][webrtc]") {
  struct Row {
    net::TransportProtocol protocol;
    std::uint32_t asked;
    std::uint32_t opened;
  };
  const Row rows[] = {{net::TransportProtocol::kUdp, 0, 2U << 20},
                      {net::TransportProtocol::kUdp, 100'000, 100'000},
                      {net::TransportProtocol::kTcp, 0, 0}};
  for (const auto& row : rows) {
    SimWorker sim;
    rtc::ListenInfo listen;
    listen.ip = "127.0.0.1";
    listen.port = 4000;
    listen.protocol = row.protocol;
    listen.recvBufferSize = row.asked;
    REQUIRE(sim.worker.CreateWebRtcServer("server", {listen}).Ok());
    const auto socket =
        row.protocol == net::TransportProtocol::kUdp ? sim.sockets.Find(4000) : sim.sockets.FindTcp(4000);
    REQUIRE(socket);
    CHECK(sim.sockets.OptionsOf(*socket).receiveBufferSize == row.opened);
  }
}

}  // namespace ringcast::test
