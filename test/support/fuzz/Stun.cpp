#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"
#include "ringcast/stun/Writer.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace stun;

bool Within(ByteView whole, const void* begin, std::size_t size) {
  const auto* const first = static_cast<const std::uint8_t*>(begin);
  return size == 0 || (first >= whole.data() && first + size <= whole.data() + whole.size());
}
bool Within(ByteView whole, std::optional<std::string_view> text) {
  return !text || Within(whole, text->data(), text->size());
}

// Checks the message against RFC 8489 with a second parser.
void CheckWalk(const Message& message) {
  const ByteView bytes = message.Bytes();
  RC_ASSERT(bytes.size() % 4 == 0);
  RC_ASSERT(LoadU16(&bytes[2]) + kHeaderSize == bytes.size());
  ByteReader reader(bytes);
  reader.Skip(kHeaderSize);
  std::size_t count = 0;
  std::optional<std::size_t> integrity;
  std::size_t notUnderstood = 0;
  bool hasFingerprint = false;
  while (reader.Remaining() > 0) {
    RC_ASSERT(!hasFingerprint);
    const std::size_t at = bytes.size() - reader.Remaining();
    const std::uint16_t type = reader.U16();
    const std::size_t length = reader.U16();
    reader.Skip((length + 3) / 4 * 4);
    RC_ASSERT(reader.Ok());
    ++count;
    hasFingerprint = type == 0x8028;
    if (integrity) continue;
    if (type == 0x0008) integrity = at;
    const auto known = message.NotUnderstood();
    if (std::find(known.begin(), known.end(), type) != known.end()) ++notUnderstood;
  }
  RC_ASSERT(count <= Message::kMaxAttributes);
  RC_ASSERT(integrity == message.IntegrityOffset());
  RC_ASSERT(hasFingerprint == message.HasFingerprint());
  RC_ASSERT(notUnderstood >= message.NotUnderstood().size());
  RC_ASSERT(Within(bytes, message.Username()) && Within(bytes, message.Software()));
  if (message.ErrorCode()) {
    RC_ASSERT(message.ErrorCode()->code >= 300 && message.ErrorCode()->code <= 699);
    RC_ASSERT(Within(bytes, message.ErrorCode()->reason));
  }
  if (const auto types = message.UnknownAttributes()) RC_ASSERT(Within(bytes, types->data(), types->size()));
}

// Checks that the message is the same and authentic after it is written, signed and read again.
void CheckRoundTrip(const Message& message, IntegrityKey& key) {
  std::vector<std::uint8_t> room(message.Bytes().size() + 256);
  Writer writer(room, message.Class(), message.TransactionId(), message.Method());
  if (message.Username()) writer.Username(*message.Username());
  if (message.Priority()) writer.Priority(*message.Priority());
  if (message.UseCandidate()) writer.UseCandidate();
  if (message.IceControlled()) writer.IceControlled(*message.IceControlled());
  if (message.IceControlling()) writer.IceControlling(*message.IceControlling());
  if (message.Nomination()) writer.Nomination(*message.Nomination());
  if (message.Software()) writer.Software(*message.Software());
  if (message.XorMappedAddress()) writer.XorMappedAddress(*message.XorMappedAddress());
  if (message.ErrorCode()) writer.ErrorCode(message.ErrorCode()->code, message.ErrorCode()->reason);
  const auto notUnderstood = message.NotUnderstood();
  for (const std::uint16_t type : notUnderstood) writer.Attribute(type, {});
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  RC_ASSERT(writer.Size() != 0);

  const auto parsed = Message::Parse(ByteView(room).first(writer.Size()));
  const auto* const again = std::get_if<Message>(&parsed);
  if (again == nullptr) {
    RC_ASSERT(std::get<ParseFailure>(parsed) == ParseFailure::kTooManyAttributes);
    return;
  }
  RC_ASSERT(again->Class() == message.Class() && again->Method() == message.Method());
  RC_ASSERT(again->TransactionId() == message.TransactionId());
  RC_ASSERT(again->Username() == message.Username() && again->Software() == message.Software());
  RC_ASSERT(again->Priority() == message.Priority() && again->UseCandidate() == message.UseCandidate());
  RC_ASSERT(again->IceControlled() == message.IceControlled());
  RC_ASSERT(again->IceControlling() == message.IceControlling());
  RC_ASSERT(again->Nomination() == message.Nomination());
  RC_ASSERT(again->XorMappedAddress().has_value() == message.XorMappedAddress().has_value());
  RC_ASSERT(std::equal(notUnderstood.begin(), notUnderstood.end(), again->NotUnderstood().begin(),
                       again->NotUnderstood().end()));
  RC_ASSERT(again->HasFingerprint());
  RC_ASSERT(key.Verify(*again));
}

void Check(ByteView datagram) {
  const auto parsed = Message::Parse(datagram);
  const auto* const message = std::get_if<Message>(&parsed);
  if (message == nullptr) return;
  CheckWalk(*message);
  IntegrityKey key("password");
  if (key.Verify(*message)) RC_ASSERT(message->IntegrityOffset());
  CheckRoundTrip(*message, key);
}

// With a valid cookie and length, so that mutations reach the attributes.
std::vector<std::uint8_t> Repaired(ByteView input) {
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  bytes.resize(std::min<std::size_t>(std::max(bytes.size(), kHeaderSize) / 4 * 4, 0x10000));
  bytes[0] &= 0x3F;
  StoreU16(&bytes[2], static_cast<std::uint16_t>(bytes.size() - kHeaderSize));
  StoreU32(&bytes[4], kMagicCookie);
  return bytes;
}

}  // namespace

void FuzzStun(std::span<const std::uint8_t> input) {
  Check(input);
  Check(Repaired(input));
}

}  // namespace ringcast::fuzz
