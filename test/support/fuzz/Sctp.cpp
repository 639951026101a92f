#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/fuzz/SctpSide.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {

using namespace sctp;

namespace {

// The chunks of the peer: what its packets consist of is up to the input, but ports, tag and checksum are
// right, because random ones would pass in no run.
Octets Sealed(ByteView chunks, std::uint32_t tag) {
  Octets packet;
  PacketWriter writer(packet, 2000, {.sourcePort = 5000, .destinationPort = 5000, .verificationTag = tag});
  writer.Bytes(chunks);
  writer.Finish(false);
  return packet;
}

}  // namespace

// Packets into an association: raw, or with the right header. Its first byte selects the state to begin in.
void FuzzSctp(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  SeededRandom random(1);
  const std::uint8_t begin = reader.U8();
  const auto settings = SmallSettings((begin & 4) != 0);
  Side side(settings, random);
  Side peer(settings, random);
  auto now = kSctpStart;
  std::uint32_t tag = 0;
  if ((begin & 1) != 0) side.association.Connect(now);
  if ((begin & 2) != 0) {
    // Connected: the packets of a real peer up to here.
    for (int i = 0; i < 6; ++i) {
      for (const auto& packet : side.Flush(now)) peer.association.Receive(packet, now);
      for (const auto& packet : peer.Flush(now)) side.association.Receive(packet, now);
      if (i == 0) peer.association.Connect(now);
    }
    if (const auto* negotiated = peer.association.Negotiated()) tag = negotiated->tag;
  }
  while (reader.Ok() && reader.Remaining() > 0) {
    const std::uint8_t command = reader.U8();
    switch (command % 6) {
      case 0:
      case 1: {
        const auto chunks = reader.Bytes(std::min<std::size_t>(reader.Remaining(), reader.U8() * 4));
        side.association.Receive(Sealed(chunks, (command & 8) != 0 ? 0 : tag), now);
        break;
      }
      case 2:
        side.association.Receive(reader.Bytes(std::min<std::size_t>(reader.Remaining(), reader.U8())), now);
        break;
      case 3: {
        const std::uint8_t how = reader.U8();
        (void)side.association.Send(MessageOf(how, reader.U16(), now));
        break;
      }
      case 4:
        now += Milliseconds(reader.U16());
        if (const auto due = side.association.NextTimeout(); due && *due <= now)
          side.association.OnTimeout(now);
        break;
      default:
        if ((command & 16) != 0) side.association.ResetStream(command % 3);
        if ((command & 32) != 0) side.association.Connect(now);
        if ((command & 192) == 192) side.association.Abort();
        break;
    }
    (void)side.Flush(now);
  }
}

}  // namespace ringcast::fuzz
