#include "ringcast/sctp/ControlPackets.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::sctp {

namespace {

constexpr std::uint16_t kAllStreams = 65'535;

constexpr std::uint8_t Type(ChunkType type) { return static_cast<std::uint8_t>(type); }

}  // namespace

CommonHeader ControlPackets::HeaderFor(std::uint32_t tag) const {
  return {.sourcePort = settings_.localPort, .destinationPort = remotePort_, .verificationTag = tag};
}

void ControlPackets::BeginInit(PacketWriter& writer, ChunkType type, std::uint32_t tag,
                               std::uint32_t initialTsn) const {
  writer.Begin(type);
  writer.U32(tag);
  writer.U32(static_cast<std::uint32_t>(std::min<std::size_t>(settings_.receiveWindow, 0xFFFFFFFF)));
  writer.U16(kAllStreams);
  writer.U16(kAllStreams);
  writer.U32(initialTsn);
  writer.BeginParameter(ParameterType::kForwardTsnSupported);
  writer.EndParameter();
  writer.BeginParameter(ParameterType::kSupportedExtensions);
  writer.U8(Type(ChunkType::kForwardTsn));
  writer.U8(Type(ChunkType::kReConfig));
  writer.EndParameter();
  if (settings_.zeroChecksum) {
    writer.BeginParameter(ParameterType::kZeroChecksum);
    writer.U32(kZeroChecksumByDtls);
    writer.EndParameter();
  }
}

void ControlPackets::Add(std::vector<std::uint8_t> packet) {
  if (packets_.size() < kMaxPackets) packets_.push_back(std::move(packet));
}

void ControlPackets::AddInit(std::uint32_t tag, std::uint32_t initialTsn) {
  std::vector<std::uint8_t> packet;
  PacketWriter writer(packet, settings_.packetSize, HeaderFor(0));
  BeginInit(writer, ChunkType::kInit, tag, initialTsn);
  writer.End();
  writer.Finish(false);
  Add(std::move(packet));
}

void ControlPackets::AddInitAck(std::uint32_t to, const Cookie& cookie, const SipHashKey& key) {
  std::vector<std::uint8_t> packet;
  PacketWriter writer(packet, settings_.packetSize, HeaderFor(to));
  BeginInit(writer, ChunkType::kInitAck, cookie.localTag, cookie.localInitialTsn);
  writer.BeginParameter(ParameterType::kStateCookie);
  writer.Bytes(cookie.Seal(key));
  writer.EndParameter();
  writer.End();
  writer.Finish(false);
  Add(std::move(packet));
}

void ControlPackets::AddAbort(std::uint32_t to, std::uint16_t cause) {
  std::vector<std::uint8_t> packet;
  PacketWriter writer(packet, settings_.packetSize, HeaderFor(to));
  writer.Begin(ChunkType::kAbort);
  if (cause != 0) {
    writer.U16(cause);
    writer.U16(4);
  }
  writer.End();
  writer.Finish(false);
  Add(std::move(packet));
}

bool ControlPackets::Take(std::vector<std::uint8_t>& buffer) {
  if (packets_.empty()) return false;
  buffer = std::move(packets_.front());
  packets_.pop_front();
  return true;
}

Peer PeerOf(const InitChunk& init) {
  Peer peer{.tag = init.tag,
            .initialTsn = init.initialTsn,
            .receiveWindow = init.receiveWindow,
            .outboundStreams = std::min(init.outboundStreams, kAllStreams),
            .inboundStreams = std::min(init.inboundStreams, kAllStreams)};
  ParameterReader reader(init.parameters);
  while (const auto parameter = reader.Next()) {
    switch (static_cast<ParameterType>(parameter->type)) {
      case ParameterType::kForwardTsnSupported:
        peer.forwardTsn = true;
        break;
      case ParameterType::kSupportedExtensions:
        for (const auto type : parameter->value) {
          if (type == Type(ChunkType::kReConfig)) peer.reConfig = true;
          if (type == Type(ChunkType::kForwardTsn)) peer.forwardTsn = true;
        }
        break;
      case ParameterType::kZeroChecksum:
        peer.zeroChecksum =
            parameter->value.size() >= 4 && LoadU32(parameter->value.data()) == kZeroChecksumByDtls;
        break;
      default:
        break;
    }
  }
  return peer;
}

}  // namespace ringcast::sctp
