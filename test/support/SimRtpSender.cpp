#include "support/SimRtpSender.hpp"

#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::test {

namespace {

constexpr Duration kReportInterval = Seconds(1);

}  // namespace

SimRtpSender::SimRtpSender(const Settings& settings, std::uint64_t seed)
    : settings_(settings), history_(settings.rtxSsrc ? kHistory : 0) {
  SeededRandom random(seed);
  firstSequenceNumber_ = random.U16();
  rtxSequenceNumber_ = random.U16();
  timestampOffset_ = random.U32();
  nextReport_ = settings.start + Milliseconds(random.U16() % 300);
}

std::uint32_t SimRtpSender::Ticks(Instant now) const {
  return static_cast<std::uint32_t>(ToMicroseconds(now - settings_.start) * settings_.clockRate / 1'000'000);
}

void SimRtpSender::AppendHeader(std::vector<std::uint8_t>& packet, bool rtx, bool marker,
                                std::uint16_t sequenceNumber, std::uint32_t timestamp) const {
  packet.resize(rtp::kFixedHeaderSize);
  ByteWriter writer(packet);
  writer.U8(0x80);
  writer.U8(static_cast<std::uint8_t>((marker ? 0x80 : 0) |
                                      (rtx ? settings_.rtxPayloadType : settings_.payloadType)));
  writer.U16(sequenceNumber);
  writer.U32(timestamp);
  writer.U32(rtx ? *settings_.rtxSsrc : settings_.ssrc);
}

void SimRtpSender::Send(const SimTag& tag, bool marker, std::vector<std::uint8_t>& payload,
                        std::vector<std::vector<std::uint8_t>>& out) {
  auto numbered = tag;
  numbered.sequence = sent_;
  numbered.Write(payload);
  const auto sequenceNumber = static_cast<std::uint16_t>(firstSequenceNumber_ + sent_);
  std::vector<std::uint8_t> packet;
  packet.reserve(rtp::kFixedHeaderSize + payload.size());
  AppendHeader(packet, false, marker, sequenceNumber, timestampOffset_ + tag.captured);
  packet.insert(packet.end(), payload.begin(), payload.end());
  if (!history_.empty()) history_[sequenceNumber % kHistory] = packet;
  ++sent_;
  octets_ += static_cast<std::uint32_t>(payload.size());
  out.push_back(std::move(packet));
}

bool SimRtpSender::Retransmit(std::uint16_t sequenceNumber, std::vector<std::vector<std::uint8_t>>& out) {
  if (history_.empty()) return false;
  const auto& original = history_[sequenceNumber % kHistory];
  if (original.empty() || LoadU16(original.data() + 2) != sequenceNumber) return false;
  std::vector<std::uint8_t> packet;
  AppendHeader(packet, true, (original[1] & 0x80) != 0, rtxSequenceNumber_++, LoadU32(original.data() + 4));
  packet.insert(packet.end(), original.begin() + 2, original.begin() + 4);  // RFC 4588 section 4: OSN
  packet.insert(packet.end(), original.begin() + rtp::kFixedHeaderSize, original.end());
  out.push_back(std::move(packet));
  return true;
}

void SimRtpSender::OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  if (now < nextReport_) return;
  nextReport_ += kReportInterval;
  if (sent_ == 0) return;
  std::array<std::uint8_t, 128> buffer;
  rtcp::CompoundWriter writer(buffer);
  const rtp::SenderInfo info{.ntp = settings_.clock.Ntp(now),
                             .rtpTimestamp = timestampOffset_ + Ticks(now),
                             .packetCount = sent_,
                             .octetCount = octets_};
  writer.AddSenderReport(Name(), info, {});
  writer.AddCname(Name(), "source");
  out.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.Size()));
}

}  // namespace ringcast::test
