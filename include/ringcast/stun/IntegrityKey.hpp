#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::stun {

// A password of the short-term credential mechanism, ready to sign and verify (RFC 8489 section 9.1).
class IntegrityKey {
 public:
  using Digest = std::array<std::uint8_t, 20>;  // HMAC-SHA1, RFC 8489 section 14.5

  // `password`: not empty; ASCII, which OpaqueString leaves as it is (RFC 8265 section 4.2).
  explicit IntegrityKey(std::string_view password);
  IntegrityKey(IntegrityKey&&) noexcept;
  IntegrityKey& operator=(IntegrityKey&&) noexcept;
  ~IntegrityKey();

  // True if the message has a MESSAGE-INTEGRITY that this password made. Takes as long for any wrong one.
  [[nodiscard]] bool Verify(const Message& message);

  // What MESSAGE-INTEGRITY says behind `message`: at least a header, all attributes before it, whatever
  // length the header tells.
  [[nodiscard]] Digest Sign(ByteView message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringcast::stun
