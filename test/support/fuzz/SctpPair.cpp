#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/fuzz/SctpSide.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {

using namespace sctp;

// Two associations over a network that the input controls: it sends, loses, repeats and delays. At the end
// the network works, and each reliable message must have arrived once, in order.
void FuzzSctpPair(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  SeededRandom random(1);
  const auto settings = SmallSettings((reader.U8() & 1) != 0);
  Side a(settings, random);
  Side b(settings, random);
  auto now = kSctpStart;
  std::vector<Octets> toA, toB;
  const auto flush = [&] {
    for (auto& packet : a.Flush(now)) toB.push_back(std::move(packet));
    for (auto& packet : b.Flush(now)) toA.push_back(std::move(packet));
  };
  const auto deliver = [&](std::size_t count) {
    for (std::size_t i = 0; i < count && !toB.empty(); ++i) {
      b.association.Receive(toB.front(), now);
      toB.erase(toB.begin());
    }
    for (std::size_t i = 0; i < count && !toA.empty(); ++i) {
      a.association.Receive(toA.front(), now);
      toA.erase(toA.begin());
    }
    flush();
  };
  const auto advance = [&](Duration time) {
    now += time;
    for (auto* side : {&a, &b}) {
      if (const auto due = side->association.NextTimeout(); due && *due <= now)
        side->association.OnTimeout(now);
    }
    flush();
  };
  a.association.Connect(now);
  flush();
  for (int i = 0; i < 8; ++i) deliver(4);
  std::vector<OutgoingMessage> reliable;
  while (reader.Ok() && reader.Remaining() > 0) {
    const std::uint8_t command = reader.U8();
    auto& queue = (command & 8) != 0 ? toA : toB;
    switch (command % 8) {
      case 0: {
        const std::uint8_t how = reader.U8();
        const auto message = MessageOf(how, reader.U16(), now);
        const auto outcome = a.association.Send(message);
        if (outcome == Association::SendOutcome::kQueued && !message.maxRetransmits && !message.expiry &&
            message.ordered) {
          reliable.push_back(message);
        }
        flush();
        break;
      }
      case 1:
        if (!queue.empty()) queue.erase(queue.begin());
        break;
      case 2:
        if (!queue.empty()) queue.push_back(queue.front());
        break;
      case 3:
        if (queue.size() > 1) std::swap(queue.front(), queue.back());
        break;
      case 4:
        advance(Milliseconds(reader.U8() * 4));
        break;
      default:
        deliver(command / 16);
        break;
    }
    if (toA.size() + toB.size() > 1000) return;  // the input only repeats
  }
  for (int i = 0; i < 3000 && (a.association.NextTimeout() || !toA.empty() || !toB.empty()); ++i) {
    deliver(1000);
    advance(Milliseconds(100));
  }
  if (a.association.CurrentState() != State::kConnected || b.association.CurrentState() != State::kConnected)
    return;  // it gave up, which many losses allow
  for (std::uint16_t stream = 0; stream < 3; ++stream) {
    std::vector<Octets> sent, arrived;
    for (const auto& message : reliable)
      if (message.stream == stream) sent.push_back(*message.payload);
    // Unreliable messages of the same stream may be in between.
    std::size_t next = 0;
    for (const auto& message : b.received) {
      if (message.stream == stream && next < sent.size() && message.payload == sent[next]) ++next;
    }
    RC_ASSERT(next == sent.size());
  }
}

}  // namespace ringcast::fuzz
