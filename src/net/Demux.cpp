#include "ringcast/net/Demux.hpp"

namespace ringcast::net {

PacketProtocol Classify(ByteView datagram) {
  if (datagram.empty()) return PacketProtocol::kUnknown;
  const std::uint8_t first = datagram[0];
  if (first <= 3) return PacketProtocol::kStun;
  if (first >= 20 && first <= 63) return PacketProtocol::kDtls;
  if (first < 128 || first > 191) return PacketProtocol::kUnknown;
  // A lone first byte is neither; as RTP it will be found malformed and counted so.
  const bool isRtcp = datagram.size() > 1 && datagram[1] >= 192 && datagram[1] <= 223;
  return isRtcp ? PacketProtocol::kRtcp : PacketProtocol::kRtp;
}

}  // namespace ringcast::net
