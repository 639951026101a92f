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

  // TypeError: another producer of the transport has this ssrc, mid or rid. Nothing was added then.
  Status Add(Producer& producer);
  void Remove(const Producer& producer);

  // Returns the producer of the packet, or nullptr, and locates the header extensions: by the producer's ids,
  // or by those of all producers. The ssrc of a packet found by mid or rid is remembered, up to a limit, so
  // that the next packets need no extension.
  [[nodiscard]] Producer* Identify(rtp::Packet& packet);
  // Returns the producer that receives this ssrc, or nullptr.
  [[nodiscard]] Producer* Find(Ssrc ssrc) const;

  void Describe(TransportDump& dump) const;

  // Ssrcs that are signalled and learned together. Packets of further ssrcs are found by their extension each
  // time.
  static constexpr std::size_t kMaxSsrcs = 4096;

 private:
  [[nodiscard]] Producer* FindByExtension(const rtp::Packet& packet);

  std::unordered_map<Ssrc, Producer*, SeededHash<Ssrc>> ssrcs_;
  std::map<std::string, Producer*, std::less<>> mids_;
  std::map<std::string, Producer*, std::less<>> rids_;
  rtp::ExtensionIds extensions_;  // of all producers that were ever added
};

}  // namespace ringcast::rtc
