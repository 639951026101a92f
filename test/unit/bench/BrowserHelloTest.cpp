#include <catch2/catch.hpp>

#include "bench/BrowserHello.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "support/DtlsContext.hpp"

using namespace ringcast;

TEST_CASE("BrowserHelloTest: makes a ClientHello of a browser's length that a server answers", "[bench]") {
  const auto datagrams = bench::BrowserHello(test::DtlsContext());
  REQUIRE(datagrams.Ok());
  const auto& [first, second] = *datagrams;
  CHECK(first.size() == dtls::kMaxHandshakeDatagram);
  CHECK(second.size() > 100);
  for (const bool inOrder : {true, false}) {
    dtls::Connection server(test::DtlsContext());
    REQUIRE(server.Start(dtls::Role::kServer, Instant{}).Ok());
    server.Receive(inOrder ? first : second, Instant{});
    CHECK_FALSE(server.NextDatagram());
    server.Receive(inOrder ? second : first, Instant{});
    CHECK(server.NextDatagram());
    CHECK(server.CurrentState() == dtls::State::kConnecting);
  }
}
