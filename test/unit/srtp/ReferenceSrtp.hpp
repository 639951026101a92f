#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/srtp/Srtp.hpp"

// A second implementation of SRTP from the RFCs on OpenSSL's primitives, for comparison only.
namespace ringcast::srtp::reference {

using Octets = std::vector<std::uint8_t>;

struct SessionKeys {
  Octets cipherKey;
  Octets salt;
  Octets authKey;  // empty with GCM
};

enum class RtpProtocol { kRtp, kRtcp };

// RFC 3711 section 4.3, RFC 7714 section 11.
[[nodiscard]] SessionKeys Derive(const MasterKey& master, RtpProtocol protocol);

// Returns the keystream of AES in counter mode, starting at `iv` (RFC 3711 section 4.1.1).
[[nodiscard]] Octets KeyStream(ByteView key, ByteView iv, std::size_t size);

// RFC 3711 section 3.1, RFC 7714 section 8. `rollovers` is the rollover counter.
[[nodiscard]] Octets ProtectRtp(CryptoSuite suite, const SessionKeys& keys, ByteView packet,
                                std::uint32_t rollovers);

// RFC 3711 section 3.4, RFC 7714 section 9.
[[nodiscard]] Octets ProtectRtcp(CryptoSuite suite, const SessionKeys& keys, ByteView packet,
                                 std::uint32_t index);

}  // namespace ringcast::srtp::reference
