#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ringcast/base/Types.hpp"
#include "ringcast/rtc/Parameters.hpp"

namespace ringcast::bench {

// The ids and ssrcs of a test stream, or of its encodings: those of its sender, the router and its receivers.
struct StreamNames {
  std::size_t producer;
  std::string producerId;
  MediaKind kind;
  struct Encoding {
    Ssrc ssrc;
    Ssrc mappedSsrc;
  };
  std::vector<Encoding> encodings;
  bool rtx = false;  // retransmissions were negotiated (RFC 4588)
};

[[nodiscard]] StreamNames NamesOf(std::size_t producer, MediaKind kind, std::size_t encodings = 1,
                                  bool rtx = false);

// The options with which a controller would request the stream on the sender's transport and on a receiver's.
[[nodiscard]] rtc::ProduceOptions ProduceOptionsOf(const StreamNames& names);
[[nodiscard]] rtc::ConsumeOptions ConsumeOptionsOf(const StreamNames& names, const std::string& consumerId,
                                                   Ssrc consumerSsrc, std::size_t preferredEncoding = 0);

}  // namespace ringcast::bench
