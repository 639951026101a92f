#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/Address.hpp"
#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::stun {

// Writes a message into the caller's memory, attributes in the order of the calls. Then MessageIntegrity, if
// at all, then Fingerprint, if at all, then Size.
class Writer {
 public:
  Writer(MutableBytes room, MessageClass messageClass, const TransactionId& id,
         std::uint16_t method = kBinding);

  void Username(std::string_view username);
  void Priority(std::uint32_t priority);
  void UseCandidate();
  void IceControlled(std::uint64_t tieBreaker);
  void IceControlling(std::uint64_t tieBreaker);
  // `type`: kNomination or kNominationOfBrowsers.
  void Nomination(std::uint32_t value, AttributeType type = AttributeType::kNominationOfBrowsers);
  void Software(std::string_view software);
  // An IPv4 address that a socket of both families shows as ::ffff:a.b.c.d is written as the IPv4 address
  // that the peer knows.
  void XorMappedAddress(const net::Address& address);
  void ErrorCode(std::uint16_t code, std::string_view reason);  // 300 to 699
  void UnknownAttributes(std::span<const std::uint16_t> types);
  // Any other.
  void Attribute(std::uint16_t type, ByteView value);

  void MessageIntegrity(IntegrityKey& key);
  void Fingerprint();

  // 0: there was no room for it all.
  [[nodiscard]] std::size_t Size() const { return writer_.Ok() ? writer_.Written() : 0; }

 private:
  void Begin(std::uint16_t type, std::size_t valueSize);
  void Begin(AttributeType type, std::size_t valueSize) {
    Begin(static_cast<std::uint16_t>(type), valueSize);
  }
  // Padding, and the length in the header.
  void End();

  MutableBytes room_;
  ByteWriter writer_;
};

}  // namespace ringcast::stun
