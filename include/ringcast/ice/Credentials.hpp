#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ringcast/base/Random.hpp"

namespace ringcast::ice {

// ICE credentials (RFC 8445 section 5.3): lower-case letters and digits, five random bits per character.
struct Credentials {
  Credentials() = default;
  Credentials(std::string ownUfrag, std::string ownPassword)
      : ufrag(std::move(ownUfrag)), password(std::move(ownPassword)) {}
  Credentials(const Credentials&) = default;
  Credentials(Credentials&&) noexcept = default;
  Credentials& operator=(const Credentials&) = default;
  Credentials& operator=(Credentials&&) noexcept = default;
  ~Credentials();  // wipes the password

  std::string ufrag;     // 80 bits: unique among the transports of a server
  std::string password;  // 160 bits, the strength of the HMAC-SHA1 that uses it as its key

  [[nodiscard]] static Credentials Generate(Random& random);

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Returns the ufrag of the receiving agent in a request's USERNAME "receiver:sender" (RFC 8445 section
// 7.3), or nullopt if there is no colon.
[[nodiscard]] std::optional<std::string_view> AskedUfrag(std::string_view username);

}  // namespace ringcast::ice
