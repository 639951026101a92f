#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "ringcast/srtp/UsedIndices.hpp"

namespace ringcast::srtp {

class PacketCipher;

// The right to encrypt one packet under its ssrc and index. Only RtpEncryptor makes it.
class PacketIndex {
 public:
  [[nodiscard]] std::uint32_t Ssrc() const { return ssrc_; }
  // RFC 3711 section 3.3.1: the rollover counter and the sequence number, 48 bits.
  [[nodiscard]] std::uint64_t Value() const { return value_; }

 private:
  friend class RtpEncryptor;
  PacketIndex(std::uint32_t ssrc, std::int64_t sequenceNumber)
      : ssrc_(ssrc), value_(static_cast<std::uint64_t>(sequenceNumber)) {}

  std::uint32_t ssrc_;
  std::uint64_t value_;
};

// Encrypts the RTP that leaves by one SRTP session (RFC 3711, RFC 7714): all packets of a run together,
// payloads straight out of the shared packets into send memory. The caller knows the unwrapped sequence
// number of each packet, and with it the rollover counter.
//
// Each index of an ssrc is used for one packet only. Two packets under one index give the exclusive-or of
// their plaintexts away (RFC 3711 section 9.1), with GCM the authentication key too (RFC 7714 section 8.4).
// So the encryptor remembers the indices for as long as it has the key.
class RtpEncryptor {
 public:
  // Error: this build, or this processor, has no such engine.
  [[nodiscard]] static Result<RtpEncryptor> Create(const MasterKey& key, Engine engine = Engine::kAuto);
  RtpEncryptor(RtpEncryptor&&) noexcept;
  RtpEncryptor& operator=(RtpEncryptor&&) noexcept;
  ~RtpEncryptor();

  // Marks the index as used; nullopt: it was used before, or is too old to tell. `sequenceNumber`: unwrapped,
  // not negative; the rollover counter lies above its low 16 bits.
  [[nodiscard]] std::optional<PacketIndex> Claim(std::uint32_t ssrc, std::int64_t sequenceNumber) {
    if (!used_.Use(ssrc, sequenceNumber)) return std::nullopt;
    return PacketIndex(ssrc, sequenceNumber);
  }
  // For a packet that was sent before, and is sent again with the same bytes. nullopt: no packet was sent
  // under this index, or it is too old to tell.
  [[nodiscard]] std::optional<PacketIndex> ClaimRepeat(std::uint32_t ssrc,
                                                       std::int64_t sequenceNumber) const {
    if (!used_.WasUsed(ssrc, sequenceNumber)) return std::nullopt;
    return PacketIndex(ssrc, sequenceNumber);
  }
  // The sequence number that a new stream of this ssrc may begin with; nullopt: any.
  [[nodiscard]] std::optional<std::int64_t> NextIndex(std::uint32_t ssrc) const { return used_.Next(ssrc); }

  struct Job {
    // The header is there already; behind it there is room for the payload and RtpOverhead(). Jobs do not
    // overlap.
    std::uint8_t* packet = nullptr;
    std::size_t headerSize = 0;  // with csrcs and extensions (RFC 3550 sections 5.1 and 5.3.1): 12 or more
    ByteView payload;
    PacketIndex index;
  };
  // False: refused, and the packets must not be sent. Only libsrtp2 refuses: a packet that lies more than
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
  UsedIndices used_;
};

}  // namespace ringcast::srtp
