#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ringcast/base/Random.hpp"

namespace ringcast::ice {

// What an agent is reached by (RFC 8445 section 5.3): lower-case letters and digits, five random bits each.
struct Credentials {
  Credentials() = default;
  Credentials(std::string ownUfrag, std::string ownPassword)
      : ufrag(std::move(ownUfrag)), password(std::move(ownPassword)) {}
  Credentials(const Credentials&) = default;
  Credentials(Credentials&&) noexcept = default;
  Credentials& operator=(const Credentials&) = default;
  Credentials& operator=(Credentials&&) noexcept = default;
  ~Credentials();  // wipes the password

  std::string ufrag;     // 80 bits: no two transports of a server share one
  std::string password;  // 160 bits, the strength of the HMAC-SHA1 that it keys

  [[nodiscard]] static Credentials Generate(Random& random);

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// The ufrag of the agent that is asked, out of a request's USERNAME "asked:asking" (RFC 8445 section 7.3);
// nullopt: it has no colon.
[[nodiscard]] std::optional<std::string_view> AskedUfrag(std::string_view username);

}  // namespace ringcast::ice
