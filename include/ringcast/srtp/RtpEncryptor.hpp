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

// Permission to encrypt one packet with its ssrc and index. Only RtpEncryptor creates it.
class PacketIndex {
 public:
  [[nodiscard]] std::uint32_t Ssrc() const { return ssrc_; }
  // Returns the packet index (RFC 3711 section 3.3.1): rollover counter and sequence number, 48 bits.
  [[nodiscard]] std::uint64_t Value() const { return value_; }

 private:
  friend class RtpEncryptor;
  PacketIndex(std::uint32_t ssrc, std::int64_t sequenceNumber)
      : ssrc_(ssrc), value_(static_cast<std::uint64_t>(sequenceNumber)) {}

  std::uint32_t ssrc_;
  std::uint64_t value_;
};

// Encrypts the outgoing RTP of one SRTP session (RFC 3711, RFC 7714). It encrypts a batch of packets in one
// call, and reads the payloads from the shared packets and writes them into send memory without another copy.
// The caller passes unwrapped sequence numbers, which contain the rollover counter.
//
// Each index of an ssrc is used for one packet only. Two different packets with the same index reveal the
// exclusive-or of their plaintexts (RFC 3711 section 9.1), and with GCM also the authentication key (RFC 7714
// section 8.4). The encryptor therefore remembers the used indices for the lifetime of the key.
class RtpEncryptor {
 public:
  // Returns an error if this build or this processor does not support the engine.
  [[nodiscard]] static Result<RtpEncryptor> Create(const MasterKey& key, Engine engine = Engine::kAuto);
  RtpEncryptor(RtpEncryptor&&) noexcept;
  RtpEncryptor& operator=(RtpEncryptor&&) noexcept;
  ~RtpEncryptor();

  // Marks the index as used. Returns nullopt if it was used before or is older than the window.
  // `sequenceNumber` is unwrapped and not negative; the bits above the low 16 are the rollover counter.
  [[nodiscard]] std::optional<PacketIndex> Claim(std::uint32_t ssrc, std::int64_t sequenceNumber) {
    if (!used_.Use(ssrc, sequenceNumber)) return std::nullopt;
    return PacketIndex(ssrc, sequenceNumber);
  }
  // Returns the index of a packet that is retransmitted with identical bytes, or nullopt if no packet was
  // sent with this index or if it is older than the window.
  [[nodiscard]] std::optional<PacketIndex> ClaimRepeat(std::uint32_t ssrc,
                                                       std::int64_t sequenceNumber) const {
    if (!used_.WasUsed(ssrc, sequenceNumber)) return std::nullopt;
    return PacketIndex(ssrc, sequenceNumber);
  }
  // Returns the first sequence number that a new stream of this ssrc may use, or nullopt if it may use any.
  [[nodiscard]] std::optional<std::int64_t> NextIndex(std::uint32_t ssrc) const { return used_.Next(ssrc); }

  struct Job {
    // The packet with its header already written, followed by room for the payload and RtpOverhead(). The
    // packets of a batch do not overlap.
    std::uint8_t* packet = nullptr;
    // including csrcs and extensions (RFC 3550 sections 5.1 and 5.3.1): at least 12
    std::size_t headerSize = 0;
    ByteView payload;
    PacketIndex index;
  };
  // Encrypts a batch. If it returns false, the packets must not be sent. Only libsrtp2 fails: on a packet
  // that is more than kReplayWindow behind the newest one of its ssrc.
  [[nodiscard]] bool Protect(std::span<const Job> jobs);

  // Prefetches the keys into the processor's cache.
  void Prefetch() const;

  // Maximum number of packets of one call that are encrypted in parallel.
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
