#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::stun {

// The password of a short-term credential (RFC 8489 section 9.1), prepared for signing and verifying.
class IntegrityKey {
 public:
  using Digest = std::array<std::uint8_t, 20>;  // HMAC-SHA1, RFC 8489 section 14.5

  // `password` must be non-empty ASCII, which the OpaqueString profile leaves unchanged (RFC 8265 section
  // 4.2).
  explicit IntegrityKey(std::string_view password);
  IntegrityKey(IntegrityKey&&) noexcept;
  IntegrityKey& operator=(IntegrityKey&&) noexcept;
  ~IntegrityKey();

  // Returns true if the message has a MESSAGE-INTEGRITY that matches this password. Compares in constant
  // time.
  [[nodiscard]] bool Verify(const Message& message);

  // Returns the value of a MESSAGE-INTEGRITY that follows `message`: the header and all attributes before it.
  // The length in the header is ignored.
  [[nodiscard]] Digest Sign(ByteView message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringcast::stun
