#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

// Encrypts the outgoing RTCP of one SRTP session (RFC 3711 section 3.4, RFC 7714 section 9). All senders of
// the session share one SRTCP index.
class RtcpEncryptor {
 public:
  explicit RtcpEncryptor(const MasterKey& key);
  RtcpEncryptor(RtcpEncryptor&&) noexcept;
  RtcpEncryptor& operator=(RtcpEncryptor&&) noexcept;
  ~RtcpEncryptor();

  // Encrypts in place: `buffer` holds a compound packet of `size` bytes, followed by room for RtcpOverhead().
  // Returns the new size, or nullopt if there is no room, if the packet has no RTCP header, or if 2^31
  // packets were sent under this key, which is the limit of RFC 3711 section 9.2.
  [[nodiscard]] std::optional<std::size_t> Protect(MutableBytes buffer, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringcast::srtp
