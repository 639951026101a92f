#include "support/IndexMonitor.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::test {

namespace {

// Keeps indices from before the first packet above zero.
constexpr std::int64_t kFirstCycle = 65536;

std::uint64_t Digest(ByteView bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

void IndexMonitor::OnSent(ByteView datagram) {
  if (net::Classify(datagram) != net::PacketProtocol::kRtp || datagram.size() < rtp::kFixedHeaderSize) return;
  const auto number = LoadU16(&datagram[2]);
  const auto ssrc = LoadU32(&datagram[8]);
  auto& stream = streams_[ssrc];
  if (stream.sent.empty()) {
    stream.sent.resize(static_cast<std::size_t>(kRemembered));
    stream.highest = kFirstCycle + number;
  }
  const auto step = static_cast<std::int16_t>(number - static_cast<std::uint16_t>(stream.highest));
  const auto index = stream.highest + step;
  const auto fault = [&](const char* what) {
    faults_.Add(std::string(what) + ": sequence number " + std::to_string(number) + " of ssrc " +
                    std::to_string(ssrc) + ", " + std::to_string(stream.highest - index) +
                    " behind the newest",
                number);
  };
  if (stream.highest - index >= kRemembered)
    return fault("an index is used that is older than all that may be sent again");
  stream.highest = std::max(stream.highest, index);
  auto& sent = stream.sent[static_cast<std::size_t>(index % kRemembered)];
  const auto digest = Digest(datagram);
  if (sent.index == index) {
    if (sent.digest != digest) return fault("an index is used for two different packets");
    ++counted_.repeats;
    return;
  }
  sent = {index, digest};
  ++counted_.packets;
}

}  // namespace ringcast::test
