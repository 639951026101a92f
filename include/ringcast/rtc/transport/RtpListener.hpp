#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/SeededHash.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtc {

class Producer;

// Finds the producer of a received packet by its ssrc, its mid or its rid (RFC 8843 section 9.2).
class RtpListener {
 public:
  explicit RtpListener(std::uint64_t hashSeed) : ssrcs_(0, SeededHash<Ssrc>(hashSeed)) {}

  // TypeError: another producer already listens for this ssrc, mid or rid. Then nothing was added.
  Status Add(Producer& producer);
  void Remove(const Producer& producer);

  // nullptr: nobody's. The ssrc of a packet found by mid or rid is remembered, up to a limit, so that the
  // next ones need no extension.
  [[nodiscard]] Producer* Find(const rtp::Packet& packet);
  [[nodiscard]] Producer* Find(Ssrc ssrc) const;

  void Describe(TransportDump& dump) const;

  // Announced and learned together. A sender that makes up more of them is looked up by extension each time.
  static constexpr std::size_t kMaxSsrcs = 4096;

 private:
  std::unordered_map<Ssrc, Producer*, SeededHash<Ssrc>> ssrcs_;
  std::map<std::string, Producer*, std::less<>> mids_;
  std::map<std::string, Producer*, std::less<>> rids_;
};

}  // namespace ringcast::rtc
