#include <bit>
#include <cstddef>
#include <limits>

#include "ringcast/rtcp/Compound.hpp"
#include "rtcp/Constants.hpp"

namespace ringcast::rtcp {

namespace {

std::string_view Text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Reads one chunk of an SDES packet (RFC 3550 section 6.5): its ssrc, and its CNAME or an empty string.
// Returns false if the chunk is truncated.
bool TakeChunk(ByteReader& reader, Ssrc& ssrc, std::string_view& cname) {
  ssrc = Ssrc(reader.U32());
  cname = {};
  std::size_t itemBytes = 0;
  while (true) {
    const auto type = reader.U8();
    ++itemBytes;
    if (!reader.Ok()) return false;
    if (type == 0) break;
    const auto length = reader.U8();
    const auto value = reader.Bytes(length);
    if (!reader.Ok()) return false;
    itemBytes += 1U + length;
    if (type == kCnameItem) cname = Text(value);
  }
  // A zero octet ends the item list, and more of them pad it to the next 32-bit boundary.
  reader.Skip((4 - itemBytes % 4) % 4);
  return reader.Ok();
}

std::optional<Message> ReadSenderReport(ByteView body, std::size_t count) {
  ByteReader reader(body);
  SenderReport report;
  report.sender = Ssrc(reader.U32());
  report.ntp.seconds = reader.U32();
  report.ntp.fraction = reader.U32();
  report.rtpTimestamp = reader.U32();
  report.packetCount = reader.U32();
  report.octetCount = reader.U32();
  report.blocks = ReportBlocks(reader.Bytes(count * kReportBlockSize), count);
  if (!reader.Ok()) return std::nullopt;
  return report;
}

std::optional<Message> ReadReceiverReport(ByteView body, std::size_t count) {
  ByteReader reader(body);
  ReceiverReport report;
  report.sender = Ssrc(reader.U32());
  report.blocks = ReportBlocks(reader.Bytes(count * kReportBlockSize), count);
  if (!reader.Ok()) return std::nullopt;
  return report;
}

std::optional<Message> ReadSourceDescription(ByteView body, std::size_t count) {
  ByteReader reader(body);
  for (std::size_t i = 0; i < count; ++i) {
    Ssrc ssrc;
    std::string_view cname;
    if (!TakeChunk(reader, ssrc, cname)) return std::nullopt;
  }
  return SourceDescription{body, count};
}

std::optional<Message> ReadBye(ByteView body, std::size_t count) {
  ByteReader reader(body);
  Bye bye;
  bye.sources = reader.Bytes(count * 4);
  if (!reader.Ok()) return std::nullopt;
  if (reader.Remaining() > 0) bye.reason = Text(reader.Bytes(reader.U8()));
  if (!reader.Ok()) return std::nullopt;
  return bye;
}

std::optional<Message> ReadApp(ByteView body) {
  ByteReader reader(body);
  App app;
  app.sender = Ssrc(reader.U32());
  app.name = Text(reader.Bytes(4));
  app.data = reader.Bytes(reader.Remaining());
  if (!reader.Ok()) return std::nullopt;
  return app;
}

// draft-alvestrand-rmcat-remb-03 section 2.2: identifier, count, 6 bits of exponent, 18 bits of mantissa,
// ssrcs.
std::optional<Message> ReadRemb(Ssrc sender, ByteView fci) {
  ByteReader reader(fci);
  reader.Skip(4);
  const std::size_t count = reader.U8();
  const auto rate = reader.U24();
  const int exponent = static_cast<int>(rate >> kRembMantissaBits);
  const std::uint64_t mantissa = rate & ((1U << kRembMantissaBits) - 1);
  const auto sources = reader.Bytes(count * 4);
  if (!reader.Ok()) return std::nullopt;
  // The exponent may be up to 63. A bitrate that exceeds 64 bits means "unlimited".
  const bool tooMuch = static_cast<int>(std::bit_width(mantissa)) + exponent > 64;
  return Remb{sender, DataRate(tooMuch ? std::numeric_limits<std::uint64_t>::max() : mantissa << exponent),
              sources};
}

bool IsList(ByteView fci, std::size_t itemSize) { return !fci.empty() && fci.size() % itemSize == 0; }

// RFC 5104 section 4.3.4.1: ssrc, sequence number, payload type, length, and octets padded to the next 32-bit
// boundary.
bool IsVideoBackChannel(ByteView fci) {
  ByteReader reader(fci);
  while (reader.Ok() && reader.Remaining() > 0) {
    reader.Skip(6);
    const std::size_t length = reader.U16();
    reader.Skip((length + 3) / 4 * 4);
  }
  return reader.Ok() && !fci.empty();
}

// Returns true if the FCI has the format that the RFC requires for this message. An unknown message may have
// any FCI.
bool IsWellFormed(std::uint8_t packetType, std::uint8_t format, ByteView fci) {
  if (packetType == kTransportFeedbackType) {
    switch (format) {
      case kTmmbrFormat:
        return IsList(fci, 8);  // RFC 5104 section 4.2.1.1
      case kTmmbnFormat:
        return fci.empty() || IsList(fci, 8);  // section 4.2.2.1: a TMMBN may have no entries
      default:
        return true;
    }
  }
  switch (format) {
    case kSliceLossFormat:
      return IsList(fci, 4);  // RFC 4585 section 6.3.2.2
    case kReferencePictureFormat:
      // Section 6.3.3.2: number of padding bits, payload type, then a bit string that includes the padding.
      return fci.size() >= 2 && fci[0] <= (fci.size() - 2) * 8;
    case kTradeOffRequestFormat:
    case kTradeOffNoticeFormat:
      return IsList(fci, 8);  // RFC 5104 sections 4.3.2.1 and 4.3.3.1
    case kVideoBackChannelFormat:
      return IsVideoBackChannel(fci);
    default:
      return true;
  }
}

std::optional<Message> ReadOtherFeedback(std::uint8_t packetType, std::uint8_t format, Ssrc sender,
                                         Ssrc media, ByteView fci) {
  if (!IsWellFormed(packetType, format, fci)) return std::nullopt;
  return OtherFeedback{packetType, format, sender, media, fci};
}

std::optional<Message> ReadTransportLayerFeedback(std::uint8_t format, Ssrc sender, Ssrc media,
                                                  ByteView fci) {
  switch (format) {
    case kNackFormat:
      if (!IsList(fci, 4)) return std::nullopt;
      return Nack{sender, media, fci};
    case kTransportWideFormat:
      if (const auto feedback = ReadTransportFeedback(sender, media, fci)) return *feedback;
      return std::nullopt;
    default:
      return ReadOtherFeedback(kTransportFeedbackType, format, sender, media, fci);
  }
}

std::optional<Message> ReadPayloadFeedback(std::uint8_t format, Ssrc sender, Ssrc media, ByteView fci) {
  switch (format) {
    case kPictureLossFormat:
      return PictureLoss{sender, media};
    case kFullIntraRequestFormat:
      if (!IsList(fci, 8)) return std::nullopt;
      return FullIntraRequest{sender, fci};
    case kApplicationLayerFormat:
      if (fci.size() >= 8 && LoadU32(fci.data()) == kRembIdentifier) return ReadRemb(sender, fci);
      [[fallthrough]];
    default:
      return ReadOtherFeedback(kPayloadFeedbackType, format, sender, media, fci);
  }
}

std::optional<Message> ReadFeedback(std::uint8_t packetType, std::uint8_t format, ByteView body) {
  ByteReader reader(body);
  const Ssrc sender(reader.U32());
  const Ssrc media(reader.U32());
  if (!reader.Ok()) return std::nullopt;
  const ByteView fci = reader.Bytes(reader.Remaining());
  return packetType == kTransportFeedbackType ? ReadTransportLayerFeedback(format, sender, media, fci)
                                              : ReadPayloadFeedback(format, sender, media, fci);
}

// Returns true if the block has a valid length (RFC 3611 sections 4.1 to 4.7).
bool IsBlock(std::uint8_t type, std::size_t size) {
  switch (type) {
    case kLossRleBlock:
    case kDuplicateRleBlock:
    case kReceiptTimesBlock:
      return size >= 8;  // ssrc, first and last sequence number, then a list
    case kReferenceTimeBlock:
      return size == 8;
    case kDlrrBlock:
      return size % kDlrrItemSize == 0;
    case kStatisticsSummaryBlock:
      return size == 36;
    case kVoipMetricsBlock:
      return size == 32;
    default:
      return true;  // section 3: skip a block of unknown type
  }
}

// RFC 3611 section 3: each block has a type, a type-specific byte, a length in words, and contents.
std::optional<Message> ReadExtendedReport(ByteView body) {
  ByteReader reader(body);
  ExtendedReport report;
  report.sender = Ssrc(reader.U32());
  if (!reader.Ok()) return std::nullopt;
  report.blocks = body.subspan(4);
  while (reader.Remaining() > 0) {
    const auto type = reader.U8();
    reader.Skip(1);
    const ByteView contents = reader.Bytes(reader.U16() * std::size_t{4});
    if (!reader.Ok() || !IsBlock(type, contents.size())) return std::nullopt;
    if (type == kReferenceTimeBlock) {
      report.referenceTime = NtpTime{LoadU32(contents.data()), LoadU32(contents.data() + 4)};
    } else if (type == kDlrrBlock) {
      report.dlrr = contents;
    }
  }
  return report;
}

std::optional<Message> ReadMessage(std::uint8_t packetType, std::uint8_t count, ByteView body) {
  switch (packetType) {
    case kSenderReportType:
      return ReadSenderReport(body, count);
    case kReceiverReportType:
      return ReadReceiverReport(body, count);
    case kSourceDescriptionType:
      return ReadSourceDescription(body, count);
    case kByeType:
      return ReadBye(body, count);
    case kAppType:
      return ReadApp(body);
    case kTransportFeedbackType:
    case kPayloadFeedbackType:
      return ReadFeedback(packetType, count, body);
    case kExtendedReportType:
      return ReadExtendedReport(body);
    default:
      return UnknownPacket{packetType};
  }
}

}  // namespace

bool IsSenderReport(ByteView compound) { return compound.size() > 1 && compound[1] == kSenderReportType; }

ReportBlock ReportBlocks::At(std::size_t index) const {
  RC_ASSERT(index < count_);
  const auto* p = bytes_.data() + index * kReportBlockSize;
  ReportBlock block;
  block.ssrc = Ssrc(LoadU32(p));
  block.fractionLost = p[4];
  // Sign-extends 24 bits.
  block.cumulativeLost = static_cast<std::int32_t>(LoadU24(p + 5) << 8) >> 8;
  block.highestSequence = LoadU32(p + 8);
  block.jitter = LoadU32(p + 12);
  block.lastSenderReport = LoadU32(p + 16);
  block.delaySinceLastSenderReport = LoadU32(p + 20);
  return block;
}

std::string_view SourceDescription::Cname(Ssrc ssrc) const {
  ByteReader reader(chunks);
  for (std::size_t i = 0; i < count; ++i) {
    Ssrc of;
    std::string_view cname;
    if (!TakeChunk(reader, of, cname)) return {};
    if (of == ssrc) return cname;
  }
  return {};
}

std::optional<Message> CompoundReader::Next() {
  if (malformed_ || rest_.empty()) return std::nullopt;
  malformed_ = true;  // until the packet proves to be well-formed
  if (rest_.size() < kHeaderSize || rest_[0] >> 6 != 2) return std::nullopt;
  const std::size_t size = (LoadU16(rest_.data() + 2) + std::size_t{1}) * 4;
  if (size > rest_.size()) return std::nullopt;

  ByteView body = rest_.subspan(kHeaderSize, size - kHeaderSize);
  const bool padded = (rest_[0] & 0x20) != 0;
  if (padded) {
    // The last byte is the number of padding bytes, including itself (RFC 3550 section 6.4.1). The RFC allows
    // padding only in the last packet of a compound, and only in multiples of four bytes; this is not
    // checked.
    if (body.empty() || body.back() == 0 || body.back() > body.size()) return std::nullopt;
    body = body.first(body.size() - body.back());
  }
  auto message = ReadMessage(rest_[1], rest_[0] & 0x1f, body);
  if (!message) return std::nullopt;
  rest_ = rest_.subspan(size);
  malformed_ = false;
  return message;
}

}  // namespace ringcast::rtcp
