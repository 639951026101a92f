#include "dtls/HandshakeMessage.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"
#include "ringcast/dtls/Records.hpp"

namespace ringcast::dtls {

namespace {

void WriteHeader(MutableBytes out, std::uint8_t type, std::uint16_t messageSeq, std::size_t length) {
  ByteWriter writer(out);
  writer.U8(type);
  writer.U24(static_cast<std::uint32_t>(length));
  writer.U16(messageSeq);
  writer.U24(0);
  writer.U24(static_cast<std::uint32_t>(length));
  RC_ASSERT(writer.Ok());
}

}  // namespace

std::optional<Fragment> ReadFragment(ByteReader& body) {
  Fragment fragment;
  fragment.type = body.U8();
  fragment.length = body.U24();
  fragment.messageSeq = body.U16();
  fragment.offset = body.U24();
  fragment.bytes = body.Bytes(body.U24());
  if (!body.Ok() || fragment.offset + fragment.bytes.size() > fragment.length) return std::nullopt;
  return fragment;
}

bool MessageBuffer::Accepts(const Fragment& fragment) const {
  return fragment.type == static_cast<std::uint8_t>(type_) && fragment.messageSeq == messageSeq_ &&
         fragment.length <= maxBody_;
}

bool MessageBuffer::Add(const Fragment& fragment) {
  RC_ASSERT(Accepts(fragment));
  bool changed = false;
  if (message_.size() != kMessageHeaderSize + fragment.length) {
    message_.assign(kMessageHeaderSize + fragment.length, 0);
    WriteHeader(message_, fragment.type, messageSeq_, fragment.length);
    arrived_.assign(fragment.length, false);
    missing_ = fragment.length;
    changed = true;
  }
  std::uint8_t* const body = message_.data() + kMessageHeaderSize + fragment.offset;
  for (std::size_t i = 0; i < fragment.bytes.size(); ++i) {
    const bool arrived = arrived_[fragment.offset + i];
    if (arrived && body[i] == fragment.bytes[i]) continue;
    changed = true;
    body[i] = fragment.bytes[i];
    if (arrived) continue;
    arrived_[fragment.offset + i] = true;
    --missing_;
  }
  return changed && missing_ == 0;
}

void MessageBuffer::Clear() {
  message_ = {};
  arrived_ = {};
  missing_ = 0;
}

std::vector<std::uint8_t> JoinMessages(ByteView records) {
  std::vector<std::uint8_t> messages;
  ByteReader reader(records);
  while (reader.Remaining() > 0) {
    reader.Skip(kRecordHeaderSize - 2);
    ByteReader body(reader.Bytes(reader.U16()));
    while (body.Remaining() > 0) {
      const auto fragment = ReadFragment(body);
      RC_ASSERT(fragment.has_value());
      if (fragment->offset == 0) {
        messages.resize(messages.size() + kMessageHeaderSize);
        WriteHeader(MutableBytes(messages).last(kMessageHeaderSize), fragment->type, fragment->messageSeq,
                    fragment->length);
      }
      messages.insert(messages.end(), fragment->bytes.begin(), fragment->bytes.end());
    }
  }
  RC_ASSERT(reader.Ok());
  return messages;
}

}  // namespace ringcast::dtls
