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

// Writes a message into the caller's memory, with the attributes in the order of the calls. Call
// MessageIntegrity (optional), Fingerprint (optional) and Size last, in this order.
class Writer {
 public:
  Writer(MutableBytes room, MessageClass messageClass, const TransactionId& id,
         std::uint16_t method = kBinding);

  void Username(std::string_view username);
  void Priority(std::uint32_t priority);
  void UseCandidate();
  void IceControlled(std::uint64_t tieBreaker);
  void IceControlling(std::uint64_t tieBreaker);
  // `type` is kNomination or kNominationOfBrowsers.
  void Nomination(std::uint32_t value, AttributeType type = AttributeType::kNominationOfBrowsers);
  void Software(std::string_view software);
  // Writes an IPv4-mapped address (::ffff:a.b.c.d, as a dual-stack socket reports it) as IPv4, the address
  // that the peer knows.
  void XorMappedAddress(const net::Address& address);
  void ErrorCode(std::uint16_t code, std::string_view reason);  // 300 to 699
  void UnknownAttributes(std::span<const std::uint16_t> types);
  // Writes an attribute of any other type.
  void Attribute(std::uint16_t type, ByteView value);

  void MessageIntegrity(IntegrityKey& key);
  void Fingerprint();

  // Size of the message, or 0 if it did not fit.
  [[nodiscard]] std::size_t Size() const { return writer_.Ok() ? writer_.Written() : 0; }

 private:
  void Begin(std::uint16_t type, std::size_t valueSize);
  void Begin(AttributeType type, std::size_t valueSize) {
    Begin(static_cast<std::uint16_t>(type), valueSize);
  }
  // Adds padding and updates the length in the header.
  void End();

  MutableBytes room_;
  ByteWriter writer_;
};

}  // namespace ringcast::stun
