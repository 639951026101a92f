#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

// Encrypts the RTCP that leaves by one SRTP session (RFC 3711 section 3.4, RFC 7714 section 9). One index
// counts the packets of all senders of the session.
class RtcpEncryptor {
 public:
  explicit RtcpEncryptor(const MasterKey& key);
  RtcpEncryptor(RtcpEncryptor&&) noexcept;
  RtcpEncryptor& operator=(RtcpEncryptor&&) noexcept;
  ~RtcpEncryptor();

  // In place: `buffer` holds a compound of `size` bytes and has room for RtcpOverhead() behind it. The new
  // size; nullopt: no room, no RTCP header, or 2^31 packets were sent under this key, which is all that it is
  // good for (RFC 3711 section 9.2).
  [[nodiscard]] std::optional<std::size_t> Protect(MutableBytes buffer, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringcast::srtp
