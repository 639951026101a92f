#include <algorithm>
#include <bit>
#include <cstddef>

#include "ringcast/rtcp/Compound.hpp"
#include "rtcp/Constants.hpp"
#include "rtcp/TransportFeedbackBuilder.hpp"

namespace ringcast::rtcp {

namespace {

constexpr std::uint8_t kVersionBits = 0x80;

// Writes the common header (RFC 3550 section 6.4.1). `count` is the count or the feedback message type (FMT);
// `size` is the size of the whole packet.
void WriteHeader(ByteWriter& out, std::uint8_t packetType, std::size_t count, std::size_t size) {
  RC_ASSERT(count <= 31 && size % 4 == 0);
  out.U8(static_cast<std::uint8_t>(kVersionBits | count));
  out.U8(packetType);
  out.U16(static_cast<std::uint16_t>(size / 4 - 1));
}

void WriteBlock(ByteWriter& out, const ReportBlock& block) {
  out.U32(block.ssrc.Value());
  out.U8(block.fractionLost);
  out.U24(static_cast<std::uint32_t>(std::clamp(block.cumulativeLost, -0x800000, 0x7fffff)) & 0xffffff);
  out.U32(block.highestSequence);
  out.U32(block.jitter);
  out.U32(block.lastSenderReport);
  out.U32(block.delaySinceLastSenderReport);
}

void WriteFeedbackHeader(ByteWriter& out, std::uint8_t packetType, std::uint8_t format, Ssrc sender,
                         Ssrc media, std::size_t size) {
  WriteHeader(out, packetType, format, size);
  out.U32(sender.Value());
  out.U32(media.Value());
}

}  // namespace

std::optional<ByteWriter> CompoundWriter::Begin(std::size_t size) const {
  // the 16-bit length field holds the number of words minus one
  constexpr std::size_t kMaxPacket = 0x10000 * 4;
  if (size > out_.size() - written_ || size > kMaxPacket) return std::nullopt;
  return ByteWriter(out_.subspan(written_, size));
}

bool CompoundWriter::Finish(const ByteWriter& packet) {
  RC_ASSERT(packet.Ok() && packet.Remaining() == 0);
  written_ += packet.Written();
  return true;
}

bool CompoundWriter::AddSenderReport(Ssrc sender, const SenderInfo& info,
                                     std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxBlocks) return false;
  const std::size_t size = kHeaderSize + 4 + kSenderInfoSize + blocks.size() * kReportBlockSize;
  auto packet = Begin(size);
  if (!packet) return false;
  WriteHeader(*packet, kSenderReportType, blocks.size(), size);
  packet->U32(sender.Value());
  packet->U32(info.ntp.seconds);
  packet->U32(info.ntp.fraction);
  packet->U32(info.rtpTimestamp);
  packet->U32(info.packetCount);
  packet->U32(info.octetCount);
  for (const auto& block : blocks) WriteBlock(*packet, block);
  return Finish(*packet);
}

bool CompoundWriter::AddReceiverReport(Ssrc sender, std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxBlocks) return false;
  const std::size_t size = kHeaderSize + 4 + blocks.size() * kReportBlockSize;
  auto packet = Begin(size);
  if (!packet) return false;
  WriteHeader(*packet, kReceiverReportType, blocks.size(), size);
  packet->U32(sender.Value());
  for (const auto& block : blocks) WriteBlock(*packet, block);
  return Finish(*packet);
}

bool CompoundWriter::AddCname(Ssrc ssrc, std::string_view cname) {
  if (cname.size() > 255) return false;
  // At least one zero octet ends the item list and pads it to a 32-bit boundary (RFC 3550 section 6.5).
  const std::size_t items = 2 + cname.size();
  const std::size_t padding = 4 - items % 4;
  const std::size_t size = kHeaderSize + 4 + items + padding;
  auto packet = Begin(size);
  if (!packet) return false;
  WriteHeader(*packet, kSourceDescriptionType, 1, size);
  packet->U32(ssrc.Value());
  packet->U8(kCnameItem);
  packet->U8(static_cast<std::uint8_t>(cname.size()));
  packet->Bytes({reinterpret_cast<const std::uint8_t*>(cname.data()), cname.size()});
  packet->Zeros(padding);
  return Finish(*packet);
}

bool CompoundWriter::AddBye(std::span<const Ssrc> sources) {
  if (sources.size() > kMaxByeSources) return false;
  const std::size_t size = kHeaderSize + 4 * sources.size();
  auto packet = Begin(size);
  if (!packet) return false;
  WriteHeader(*packet, kByeType, static_cast<std::uint8_t>(sources.size()), size);
  for (const auto source : sources) packet->U32(source.Value());
  return Finish(*packet);
}

bool CompoundWriter::AddPictureLoss(Ssrc sender, Ssrc media) {
  auto packet = Begin(kFeedbackHeaderSize);
  if (!packet) return false;
  WriteFeedbackHeader(*packet, kPayloadFeedbackType, kPictureLossFormat, sender, media, kFeedbackHeaderSize);
  return Finish(*packet);
}

bool CompoundWriter::AddFullIntraRequest(Ssrc sender, Ssrc media, std::uint8_t sequenceNumber) {
  constexpr std::size_t kSize = kFeedbackHeaderSize + 8;
  auto packet = Begin(kSize);
  if (!packet) return false;
  // RFC 5104 section 4.3.1.2: the media ssrc of the header is not used and is 0.
  WriteFeedbackHeader(*packet, kPayloadFeedbackType, kFullIntraRequestFormat, sender, Ssrc(0), kSize);
  packet->U32(media.Value());
  packet->U8(sequenceNumber);
  packet->U24(0);
  return Finish(*packet);
}

bool CompoundWriter::AddNack(Ssrc sender, Ssrc media, std::span<const NackItem> items) {
  if (items.empty()) return false;
  const std::size_t size = kFeedbackHeaderSize + items.size() * 4;
  auto packet = Begin(size);
  if (!packet) return false;
  WriteFeedbackHeader(*packet, kTransportFeedbackType, kNackFormat, sender, media, size);
  for (const auto& item : items) {
    packet->U16(item.packetId);
    packet->U16(item.bitmask);
  }
  return Finish(*packet);
}

bool CompoundWriter::AddReferenceTime(Ssrc sender, NtpTime ntp) {
  constexpr std::size_t kSize = kHeaderSize + 4 + 4 + 8;
  auto packet = Begin(kSize);
  if (!packet) return false;
  WriteHeader(*packet, kExtendedReportType, 0, kSize);
  packet->U32(sender.Value());
  packet->U8(kReferenceTimeBlock);
  packet->U8(0);
  packet->U16(2);
  packet->U32(ntp.seconds);
  packet->U32(ntp.fraction);
  return Finish(*packet);
}

bool CompoundWriter::AddDlrr(Ssrc sender, std::span<const DlrrItem> items) {
  if (items.empty()) return false;
  const std::size_t size = kHeaderSize + 4 + 4 + items.size() * kDlrrItemSize;
  auto packet = Begin(size);
  if (!packet) return false;
  WriteHeader(*packet, kExtendedReportType, 0, size);
  packet->U32(sender.Value());
  packet->U8(kDlrrBlock);
  packet->U8(0);
  packet->U16(static_cast<std::uint16_t>(items.size() * kDlrrItemSize / 4));
  for (const auto& item : items) {
    packet->U32(item.ssrc.Value());
    packet->U32(item.lastReference);
    packet->U32(item.delay);
  }
  return Finish(*packet);
}

bool CompoundWriter::AddRemb(Ssrc sender, DataRate bitrate, std::span<const Ssrc> sources) {
  if (sources.size() > 255) return false;
  const std::size_t size = kFeedbackHeaderSize + 8 + sources.size() * 4;
  auto packet = Begin(size);
  if (!packet) return false;
  // Truncates to 18 bits of mantissa.
  const int exponent = std::max(0, static_cast<int>(std::bit_width(bitrate.Value())) - kRembMantissaBits);
  const auto mantissa = static_cast<std::uint32_t>(bitrate.Value() >> exponent);
  WriteFeedbackHeader(*packet, kPayloadFeedbackType, kApplicationLayerFormat, sender, Ssrc(0), size);
  packet->U32(kRembIdentifier);
  packet->U8(static_cast<std::uint8_t>(sources.size()));
  packet->U24((static_cast<std::uint32_t>(exponent) << kRembMantissaBits) | mantissa);
  for (const auto source : sources) packet->U32(source.Value());
  return Finish(*packet);
}

std::size_t CompoundWriter::AddTransportFeedback(Ssrc sender, Ssrc media, std::uint8_t feedbackCount,
                                                 std::int64_t base, std::span<const PacketArrival> arrivals) {
  const std::size_t room = out_.size() - written_;
  if (room < kFeedbackHeaderSize) return 0;
  const TransportFeedbackBuilder plan(base, arrivals, room - kFeedbackHeaderSize);
  if (plan.Statuses() == 0) return 0;
  const std::size_t size = kFeedbackHeaderSize + plan.Size();
  auto packet = Begin(size);
  RC_ASSERT(packet);
  WriteFeedbackHeader(*packet, kTransportFeedbackType, kTransportWideFormat, sender, media, size);
  plan.Write(*packet, feedbackCount);
  Finish(*packet);
  return plan.Statuses();
}

}  // namespace ringcast::rtcp
