#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtc {

// A message on its way from a data producer to its data consumers.
struct DataMessage {
  std::uint32_t ppid = 0;  // RFC 8831 section 8
  ByteView payload;        // one byte, which receivers ignore, if the PPID says that the message is empty

  // Only messages of the controller have subchannels.
  std::vector<std::uint16_t> subchannels;  // for consumers with any of them; empty: for all
  std::optional<std::uint16_t> requiredSubchannel;
  std::optional<std::uint16_t> ignoredSubchannel;
};

}  // namespace ringcast::rtc
