#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

class PacketCipher;

// Encrypts the RTP that leaves by one SRTP session (RFC 3711, RFC 7714): all packets of a run together,
// payloads straight out of the shared packets into send memory. It keeps no state of streams: who sends knows
// the unwrapped sequence number of each packet, and with it the rollover counter.
class RtpEncryptor {
 public:
  // Error: this build, or this processor, has no such engine.
  [[nodiscard]] static Result<RtpEncryptor> Create(const MasterKey& key, Engine engine = Engine::kAuto);
  RtpEncryptor(RtpEncryptor&&) noexcept;
  RtpEncryptor& operator=(RtpEncryptor&&) noexcept;
  ~RtpEncryptor();

  struct Job {
    // The header is there already; behind it there is room for the payload and RtpOverhead(). Jobs do not
    // overlap.
    std::uint8_t* packet = nullptr;
    std::size_t headerSize = 0;  // with csrcs and extensions (RFC 3550 sections 5.1 and 5.3.1): 12 or more
    ByteView payload;
    std::int64_t sequenceNumber =
        0;  // unwrapped, not negative; the rollover counter is what lies above 16 bits
  };
  // Two different packets of one ssrc and sequence number must never be given: with GCM they give the
  // authentication key away (RFC 7714 section 8.4).
  //
  // False: refused, and the packets are not to be sent. Only libsrtp2 refuses: what lies more than
  // kReplayWindow behind the newest of its ssrc.
  [[nodiscard]] bool Protect(std::span<const Job> jobs);

  // Begins to load the keys.
  void Prefetch() const;

  // Packets of one call that are encrypted side by side, at the most.
  static constexpr std::size_t kMaxSideBySide = 64;

  [[nodiscard]] CryptoSuite Suite() const { return suite_; }
  [[nodiscard]] Engine Used() const { return engine_; }

 private:
  RtpEncryptor(CryptoSuite suite, Engine engine, std::unique_ptr<PacketCipher> cipher);

  CryptoSuite suite_;
  Engine engine_;
  std::unique_ptr<PacketCipher> cipher_;
};

}  // namespace ringcast::srtp
