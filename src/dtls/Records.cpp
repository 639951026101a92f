#include "ringcast/dtls/Records.hpp"

#include <algorithm>

namespace ringcast::dtls {

namespace {

// RFC 6347 section 4.1: a ClientHello may still have DTLS 1.0 on its records.
constexpr std::uint16_t kDtls10 = 0xFEFF;

constexpr std::uint8_t kClientHello = 1;

// RFC 5246 section 6.2.3: what a ciphertext may be longer than 2^14.
constexpr std::size_t kMaxRecordBody = (std::size_t{1} << 14) + 2048;
static_assert(kMaxReceivedDatagram <= kMaxRecordBody, "a datagram's end limits its records");

// RFC 6347 section 4.2.2: type, length, message_seq, fragment_offset, fragment_length.
bool IsClientHello(ByteView body) {
  ByteReader reader(body);
  const auto type = reader.U8();
  const auto length = reader.U24();
  const auto messageSeq = reader.U16();
  const auto offset = reader.U24();
  const auto fragmentLength = reader.U24();
  // No cookie was asked for, so it is the client's first message.
  return reader.Ok() && type == kClientHello && messageSeq == 0 && offset + fragmentLength <= length &&
         fragmentLength <= reader.Remaining();
}

}  // namespace

std::string_view Name(DropReason reason) {
  switch (reason) {
    case DropReason::kNotStarted:
      return "notStarted";
    case DropReason::kTooLong:
      return "tooLong";
    case DropReason::kMalformed:
      return "malformed";
    case DropReason::kNotClientHello:
      return "notClientHello";
    case DropReason::kWrongRole:
      return "wrongRole";
    case DropReason::kAttemptLimit:
      return "attemptLimit";
    case DropReason::kUnprovenAlert:
      return "unprovenAlert";
    case DropReason::kUnexpected:
      return "unexpected";
    case DropReason::kNotAnnounced:
      return "notAnnounced";
    case DropReason::kUnproven:
      return "unproven";
    case DropReason::kProofLimit:
      return "proofLimit";
    case DropReason::kPlaintext:
      return "plaintext";
    case DropReason::kTooShort:
      return "tooShort";
    case DropReason::kQueueFull:
      return "queueFull";
    case DropReason::kOver:
      return "over";
    case DropReason::kCount:
      break;
  }
  return {};
}

std::optional<RecordView> RecordReader::Next() {
  if (rest_.empty()) return std::nullopt;
  RC_ASSERT(rest_.size() > kRecordHeaderSize);
  const std::size_t size = LoadU16(&rest_[kRecordHeaderSize - 2]);
  const ByteView whole = rest_.first(kRecordHeaderSize + size);
  rest_ = rest_.subspan(whole.size());
  return RecordView{.type = whole[0], .epoch = LoadU16(&whole[3]), .body = whole.last(size), .whole = whole};
}

std::optional<Records> ParseRecords(ByteView datagram) {
  Records records;
  ByteReader reader(datagram);
  // Each turn takes a header or ends the loop.
  do {
    const auto type = reader.U8();
    const auto version = reader.U16();
    const auto epoch = reader.U16();
    reader.Skip(6);  // sequence_number
    const ByteView body = reader.Bytes(reader.U16());
    if (!reader.Ok() || body.empty()) return std::nullopt;
    if (type < kChangeCipherSpecRecord || type > kApplicationDataRecord) return std::nullopt;
    if (version != kDtls10 && version != kDtls12) return std::nullopt;
    // RFC 5246 section 6.2.1: application data is never sent in the clear.
    if (epoch == 0 && type == kApplicationDataRecord) return std::nullopt;
    if (records.count == 0)
      records.clientHello = epoch == 0 && type == kHandshakeRecord && IsClientHello(body);
    ++records.count;
    if (epoch == 0) continue;
    ++records.encrypted;
    records.shortest = records.encrypted == 1 ? body.size() : std::min(records.shortest, body.size());
  } while (reader.Remaining() > 0);
  return records;
}

}  // namespace ringcast::dtls
