#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::sctp {

// The CRC32c of bytes in several parts (RFC 9260 appendix A).
class Crc32c {
 public:
  Crc32c& Add(ByteView bytes);
  [[nodiscard]] std::uint32_t Value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFF;
};

}  // namespace ringcast::sctp
