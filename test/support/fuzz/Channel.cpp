#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "channel/Frame.hpp"
#include "ringcast/base/Assert.hpp"
#include "support/ChannelFixture.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {

namespace {

using test::ChannelFixture;

// Turns records of a 16-bit length and that many bytes into frames, so that the fuzzer need not produce the
// right lengths.
std::vector<std::uint8_t> Framed(ByteView input) {
  std::vector<std::uint8_t> stream;
  ByteReader reader(input);
  while (reader.Remaining() > 2) {
    const std::size_t announced = reader.U16();
    const auto payload = reader.Bytes(std::min(announced, reader.Remaining()));
    const auto length = static_cast<std::uint32_t>(payload.size());
    std::array<std::uint8_t, channel::kPrefixSize> prefix;
    std::memcpy(prefix.data(), &length, prefix.size());
    stream.insert(stream.end(), prefix.begin(), prefix.end());
    stream.insert(stream.end(), payload.begin(), payload.end());
  }
  return stream;
}

// Returns the ids of the requests that need a response: of all verifiable requests before a close
// notification or a framing error.
std::vector<std::uint32_t> RequestIds(ByteView stream) {
  std::vector<std::uint32_t> ids;
  channel::FrameReader reader;
  reader.Feed(stream);
  while (const auto frame = reader.Next()) {
    const auto* message = channel::VerifiedMessage(*frame);
    if (message == nullptr) continue;
    if (const auto* request = message->data_as_Request()) ids.push_back(request->id());
    const auto* notification = message->data_as_Notification();
    if (notification != nullptr && notification->event() == FBS::Notification::Event::WORKER_CLOSE) break;
  }
  return ids;
}

std::vector<std::uint32_t> ResponseIds(ChannelFixture& fixture) {
  std::vector<std::uint32_t> ids;
  for (const auto& one : fixture.Read()) {
    if (one.Response() == nullptr) continue;
    static_cast<void>(one.Outcome());  // asserts that it is either accepted or an error
    ids.push_back(one.Response()->id());
  }
  return ids;
}

void FeedStream(ChannelFixture& fixture, ByteView stream, std::size_t chunk) {
  const auto expected = RequestIds(stream);
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    fixture.Send(stream.subspan(at, std::min(chunk, stream.size() - at)));
    fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
  }
  RC_ASSERT(ResponseIds(fixture) == expected);
}

// Runs a script whose steps are well-formed messages or events in any order, to test the lifetimes of the
// objects.
void RunScript(ChannelFixture& fixture, ByteView script) {
  constexpr std::array kHandlers = {"",         "router", "plain",  "direct", "producer",
                                    "consumer", "new",    "nobody", "webrtc", "server"};
  const auto remote = *net::Address::Parse("192.0.2.1", 4000);
  ByteReader reader(script);
  std::uint32_t id = 0;
  while (reader.Remaining() >= 3) {
    const auto step = reader.U8();
    const auto* handler = kHandlers[reader.U8() % kHandlers.size()];
    const auto what = reader.U8();
    if (step < 128) {
      const auto type =
          static_cast<FBS::Request::Body>(what % (static_cast<unsigned>(FBS::Request::Body::MAX) + 1));
      fixture.Send(
          test::RequestFrame(++id, static_cast<FBS::Request::Method>(step % 70), handler,
                             [type](test::Builder& builder) { return test::SampleBody(builder, type); }));
      RC_ASSERT(ResponseIds(fixture) == std::vector{id});
    } else if (step < 160) {
      fixture.now += Milliseconds(what * 20);
      fixture.timers.OnTimeout(fixture.now);
    } else if (step < 192) {
      fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
    } else {
      const auto packet = reader.Bytes(std::min<std::size_t>(what, reader.Remaining()));
      // The first port belongs to the plain transport, the next ones to the WebRTC server and transport.
      const auto socket = fixture.sockets.Find(static_cast<std::uint16_t>(40000 + step % 3));
      if (step < 224 && socket) {
        std::array batch{net::ReceivedDatagram{fixture.pool.Copy(packet, fixture.now), remote}};
        fixture.sockets.Deliver(*socket, batch, fixture.now);
      } else {
        const auto event = step % 2 == 0 ? FBS::Notification::Event::PRODUCER_SEND
                                         : FBS::Notification::Event::TRANSPORT_SEND_RTCP;
        fixture.Send(test::NotificationFrame(event, handler, packet));
      }
    }
  }
}

}  // namespace

void FuzzChannel(std::span<const std::uint8_t> input) {
  if (input.size() < 2) return;
  const auto mode = input[0];
  const std::size_t chunk = std::size_t{input[1]} * 16 + 1;
  const auto rest = input.subspan(2);
  ChannelFixture fixture;
  fixture.AddRoom((mode & 0x80) != 0 ? MediaKind::kVideo : MediaKind::kAudio);
  fixture.AddWebRtc();
  switch (mode % 3) {
    case 0:
      return FeedStream(fixture, rest, chunk);
    case 1:
      return FeedStream(fixture, Framed(rest), chunk);
    default:
      return RunScript(fixture, rest);
  }
}

}  // namespace ringcast::fuzz
