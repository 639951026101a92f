#pragma once

#include <cstddef>
#include <string>

#include "ringcast/base/Types.hpp"
#include "ringcast/rtc/Parameters.hpp"

namespace ringcast::worker::bench {

// A test stream by all its names: as its sender, the router and its receivers call it.
struct StreamNames {
  std::size_t producer;
  std::string producerId;
  MediaKind kind;
  Ssrc ssrc;
  Ssrc mappedSsrc;
};

[[nodiscard]] StreamNames NamesOf(std::size_t producer, MediaKind kind);

// What a controller would ask for it, on the sender's transport and on a receiver's.
[[nodiscard]] rtc::ProduceOptions ProduceOptionsOf(const StreamNames& names);
[[nodiscard]] rtc::ConsumeOptions ConsumeOptionsOf(const StreamNames& names, const std::string& consumerId,
                                                   Ssrc consumerSsrc);

}  // namespace ringcast::worker::bench
