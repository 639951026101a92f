#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/stun/Message.hpp"
#include "ringcast/stun/Writer.hpp"

namespace ringcast::test {

// Returns the parsed message, and fails the test if it is malformed.
inline stun::Message ParsedStun(ByteView bytes) {
  auto parsed = stun::Message::Parse(bytes);
  RC_ASSERT(std::holds_alternative<stun::Message>(parsed));
  return std::get<stun::Message>(parsed);
}

// A binding request as browsers send it, except for the fields that a test changes.
struct StunRequest {
  stun::MessageClass messageClass = stun::MessageClass::kRequest;
  std::uint16_t method = stun::kBinding;
  stun::TransactionId id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::optional<std::string> username;
  std::optional<std::uint32_t> priority = 0x6E7F1EFF;
  std::optional<std::uint64_t> iceControlling = 0x0102030405060708;
  std::optional<std::uint64_t> iceControlled;
  std::optional<std::uint32_t> nomination;
  stun::AttributeType nominationType = stun::AttributeType::kNominationOfBrowsers;
  std::vector<std::uint16_t> unknown;  // types of empty attributes to add
  bool useCandidate = false;
  std::optional<std::string> password;  // nullopt: without MESSAGE-INTEGRITY
  bool fingerprint = true;

  [[nodiscard]] std::vector<std::uint8_t> Build() const {
    std::vector<std::uint8_t> bytes(2048);
    stun::Writer writer(bytes, messageClass, id, method);
    if (username) writer.Username(*username);
    for (const std::uint16_t type : unknown) writer.Attribute(type, {});
    if (iceControlling) writer.IceControlling(*iceControlling);
    if (iceControlled) writer.IceControlled(*iceControlled);
    if (useCandidate) writer.UseCandidate();
    if (nomination) writer.Nomination(*nomination, nominationType);
    if (priority) writer.Priority(*priority);
    if (password) {
      stun::IntegrityKey key(*password);
      writer.MessageIntegrity(key);
    }
    if (fingerprint) writer.Fingerprint();
    RC_ASSERT(writer.Size() != 0);
    bytes.resize(writer.Size());
    bytes.shrink_to_fit();  // so that the sanitizer detects reads past the end
    return bytes;
  }
};

}  // namespace ringcast::test
