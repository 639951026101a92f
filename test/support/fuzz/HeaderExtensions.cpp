#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Extensions.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Rewrite.hpp"
#include "support/fuzz/Targets.hpp"

// Input: a byte of flags, the ids of the source and of the consumer (one byte per extension, 0 for
// none), the length of the consumer's mid, and the extension block.
namespace ringcast::fuzz {
namespace {

using rtp::Extension;
using rtp::ExtensionIds;
using rtp::kExtensionCount;
using rtp::Packet;

constexpr std::uint8_t kTwoByteForm = 0x01;
constexpr std::uint8_t kWithPayload = 0x02;  // otherwise the block ends with the packet
constexpr unsigned kApplicationBitsShift = 4;

constexpr std::size_t kBlockOffset = rtp::kFixedHeaderSize + 4;  // RFC 3550 section 5.3.1

constexpr rtp::SendTimeValues kValues{.absSendTime = 0xA1B2C3, .transportSequenceNumber = 0xD4E5};

ExtensionIds TakeIds(ByteReader& reader) {
  ExtensionIds ids;
  for (std::size_t i = 0; i < kExtensionCount; ++i) ids.Set(static_cast<Extension>(i), reader.U8());
  return ids;
}

std::vector<std::uint8_t> Build(std::uint8_t flags, ByteView block) {
  const bool twoByte = (flags & kTwoByteForm) != 0;
  const std::size_t words = (block.size() + 3) / 4;
  std::vector<std::uint8_t> bytes(kBlockOffset + words * 4);
  bytes[0] = 0x90;
  StoreU16(&bytes[12], twoByte ? static_cast<std::uint16_t>(0x1000 | (flags >> kApplicationBitsShift))
                               : std::uint16_t{0xBEDE});
  StoreU16(&bytes[14], static_cast<std::uint16_t>(words));
  std::copy(block.begin(), block.end(), bytes.begin() + kBlockOffset);
  if ((flags & kWithPayload) != 0) bytes.push_back(0x55);
  return bytes;
}

// A second implementation of RFC 8285: returns the first value of each id in the block.
std::map<std::uint8_t, std::vector<std::uint8_t>> Read(bool twoByte, ByteView block) {
  std::map<std::uint8_t, std::vector<std::uint8_t>> values;
  ByteReader reader(block);
  while (reader.Remaining() > 0) {
    const std::uint8_t first = reader.U8();
    if (first == 0) continue;
    const auto id = static_cast<std::uint8_t>(twoByte ? first : first >> 4);
    if (!twoByte && (id == 0 || id == 15)) break;
    const std::size_t length = twoByte ? reader.U8() : (first & 0x0FU) + 1U;
    const ByteView value = reader.Bytes(length);
    if (!reader.Ok()) break;
    values.try_emplace(id, value.begin(), value.end());
  }
  return values;
}

std::optional<std::vector<std::uint8_t>> Value(const Packet& packet, Extension extension) {
  const auto value = packet.ExtensionValue(extension);
  if (!value) return std::nullopt;
  return std::vector<std::uint8_t>(value->begin(), value->end());
}

std::optional<std::vector<std::uint8_t>> Outgoing(const Packet& source, Extension extension,
                                                  const std::string& mid) {
  switch (extension) {
    case Extension::kMid:
      if (mid.empty()) return std::nullopt;
      return std::vector<std::uint8_t>(mid.begin(), mid.end());
    case Extension::kAbsSendTime:
      return std::vector<std::uint8_t>{0xA1, 0xB2, 0xC3};
    case Extension::kTransportWideCc:
      return std::vector<std::uint8_t>{0xD4, 0xE5};
    default:
      return Value(source, extension);
  }
}

std::vector<std::uint8_t> Write(const Packet& packet, const rtp::OutgoingExtensions& extensions) {
  const rtp::RtpRewrite rewrite{.extensions = &extensions};
  std::vector<std::uint8_t> out(SerializedSize(packet, rewrite));
  RC_ASSERT(Serialize(packet, rewrite, kValues, out) == out.size());
  return out;
}

}  // namespace

void FuzzHeaderExtensions(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  const std::uint8_t flags = reader.U8();
  const ExtensionIds sourceIds = TakeIds(reader);
  const ExtensionIds consumerIds = TakeIds(reader);
  const rtp::OutgoingExtensions consumer(consumerIds, std::string(reader.U8(), 'm'));
  const ByteView block = reader.Bytes(reader.Remaining());
  const auto bytes = Build(flags, block);
  if (bytes.size() > net::PacketBuffer::kCapacity) return;

  net::PacketPool pool(2);
  auto source = Packet::Parse(pool.Copy(bytes, {}));
  RC_ASSERT(source);
  source->LocateExtensions(sourceIds);
  // Including the zeros that pad its last word.
  const ByteView filled = ByteView(bytes).subspan(kBlockOffset, (block.size() + 3) / 4 * 4);
  const auto values = Read((flags & kTwoByteForm) != 0, filled);
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    const auto extension = static_cast<Extension>(i);
    const auto id = sourceIds.Id(extension);
    const auto found = id ? values.find(*id) : values.end();
    const auto value = Value(*source, extension);
    RC_ASSERT(value.has_value() == (found != values.end()));
    RC_ASSERT(!value || *value == found->second);
  }

  const auto written = Write(*source, consumer);
  if (written.size() > net::PacketBuffer::kCapacity) return;
  auto result = Packet::Parse(pool.Copy(written, {}));
  RC_ASSERT(result);
  RC_ASSERT(result->PayloadSize() == source->PayloadSize());
  result->LocateExtensions(consumer.Ids());
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    const auto extension = static_cast<Extension>(i);
    const auto expected =
        consumer.Ids().Id(extension) ? Outgoing(*source, extension, consumer.Mid()) : std::nullopt;
    RC_ASSERT(Value(*result, extension) == expected);
  }
  RC_ASSERT(Write(*result, consumer) == written);
}

}  // namespace ringcast::fuzz
