#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::srtp {

// RFC 7714 (GCM) and RFC 3711 (AES-CM), in the order of the channel's schema.
enum class CryptoSuite : std::uint8_t {
  kAeadAes256Gcm,
  kAeadAes128Gcm,
  kAesCm128HmacSha1_80,
  kAesCm128HmacSha1_32
};

[[nodiscard]] std::string_view Name(CryptoSuite suite);  // "AEAD_AES_256_GCM" ...
[[nodiscard]] std::optional<CryptoSuite> ParseCryptoSuite(std::string_view name);

// The cryptographic library. All produce the same bytes.
enum class Engine : std::uint8_t {
  kAuto,      // the first of the following that this build and this processor support
  kIpsecMb,   // intel-ipsec-mb: x86-64 with AES instructions
  kOpenssl,   // always available
  kLibsrtp2,  // optional; encrypts packet by packet and in place, for comparison
};
inline constexpr std::array<Engine, 4> kEngines{Engine::kAuto, Engine::kIpsecMb, Engine::kOpenssl,
                                                Engine::kLibsrtp2};
[[nodiscard]] std::string_view Name(Engine engine);  // "auto", "ipsec-mb", "openssl", "libsrtp2"
[[nodiscard]] std::optional<Engine> ParseEngine(std::string_view name);
// Returns false if the program was built without the library. (The processor may still lack the instructions
// that ipsec-mb requires.)
[[nodiscard]] bool IsBuiltIn(Engine engine);

// Returns the size of master key plus master salt: 44, 28, 30 or 30 bytes.
[[nodiscard]] std::size_t MasterLength(CryptoSuite suite);

// Returns the number of bytes that encryption adds to an RTP packet (the tag), or to an RTCP packet (the tag
// and the index with the E flag).
[[nodiscard]] std::size_t RtpOverhead(CryptoSuite suite);
[[nodiscard]] std::size_t RtcpOverhead(CryptoSuite suite);
inline constexpr std::size_t kMaxOverhead = 16 + 4;

// Master key followed by master salt. Stored inline, so that no copy remains in freed memory.
class MasterKey {
 public:
  // Returns TypeError if the text is not base64 or if the key does not have the suite's length.
  [[nodiscard]] static Result<MasterKey> FromBase64(CryptoSuite suite, std::string_view base64);
  // `bytes`: key, then salt, as DTLS exports them. Returns TypeError if they do not have the suite's length.
  [[nodiscard]] static Result<MasterKey> FromBytes(CryptoSuite suite, ByteView bytes);
  [[nodiscard]] static MasterKey Generate(CryptoSuite suite, Random& random);

  MasterKey(const MasterKey&) = default;
  MasterKey(MasterKey&&) noexcept = default;
  MasterKey& operator=(const MasterKey&) = default;
  MasterKey& operator=(MasterKey&&) noexcept = default;
  ~MasterKey();  // zeroes the key

  [[nodiscard]] CryptoSuite Suite() const { return suite_; }
  [[nodiscard]] ByteView Bytes() const { return ByteView(bytes_).first(MasterLength(suite_)); }
  [[nodiscard]] std::string Base64() const;

 private:
  // The longest key, 44 bytes, rounded up to a multiple of 3: the base64 decoder writes groups of 3 bytes.
  static constexpr std::size_t kCapacity = 45;

  explicit MasterKey(CryptoSuite suite) : suite_(suite) {}

  CryptoSuite suite_;
  std::array<std::uint8_t, kCapacity> bytes_{};
};

// Size of the replay window (RFC 3711 section 3.3.2): a packet may be this far behind the newest one of its
// ssrc, both on arrival and when it is sent again. One second at 4,000 packets/s, which is 40 Mbit/s of full
// packets. One bit per packet, so 512 bytes per stream.
inline constexpr std::size_t kReplayWindow = 4096;

// Limit on the streams that an inbound session keeps state for, so that a peer that invents ssrcs does not
// exhaust the memory. It suffices for 340 simulcast producers with three layers and RTX on one pipe
// transport. Beyond it, the session drops the state of the stream that was inactive for the longest time (see
// Inbound).
inline constexpr std::size_t kMaxInboundStreams = 2048;

// Why a protected packet was rejected.
enum class Failure : std::uint8_t { kAuthentication, kReplay, kMalformed };

// The outbound direction of an SRTP session: all ssrcs under one master key, encrypted by libsrtp2. The
// worker itself sends with RtpEncryptor and RtcpEncryptor; this class is the reference that they are compared
// with, and the peer in tests and benchmarks. In a build without libsrtp2 it uses those two.
class Outbound {
 public:
  [[nodiscard]] static Result<Outbound> Create(const MasterKey& key);
  Outbound(Outbound&&) noexcept;
  Outbound& operator=(Outbound&&) noexcept;
  ~Outbound();

  // Encrypts in place: `buffer` holds a packet of `size` bytes, followed by room for the overhead. Returns
  // the new size, or nullopt if there is no room, if the packet has no RTP or RTCP header, or if the sequence
  // number is more than kReplayWindow (without libsrtp2: UsedIndices::kWindow) behind the newest one of its
  // ssrc. In these cases `buffer` is undefined and must be discarded.
  //
  // A sequence number may be used again only for an identical packet, header extensions included: with GCM,
  // two different packets with the same nonce reveal the authentication key (RFC 7714 section 8.4). A packet
  // with a field that changes (a send time, a transport-wide sequence number) is retransmitted as RTX.
  [[nodiscard]] std::optional<std::size_t> ProtectRtp(MutableBytes buffer, std::size_t size);
  [[nodiscard]] std::optional<std::size_t> ProtectRtcp(MutableBytes buffer, std::size_t size);

  [[nodiscard]] CryptoSuite Suite() const;

 private:
  struct Session;
  explicit Outbound(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

class InboundSession;

// The inbound direction of an SRTP session, by OpenSSL, or by libsrtp2 if requested. Both accept the same
// packets.
class Inbound {
 public:
  // Returns an error if this build has no libsrtp2, or if libsrtp2 failed.
  [[nodiscard]] static Result<Inbound> Create(const MasterKey& key, Engine engine = Engine::kAuto);
  Inbound(Inbound&&) noexcept;
  Inbound& operator=(Inbound&&) noexcept;
  ~Inbound();

  struct Outcome {
    std::size_t size = 0;  // size of the decrypted packet
    std::optional<Failure> failure;
  };
  // Decrypts in place. Rejects replayed packets (RFC 3711 section 3.3.2) and packets that fail
  // authentication; `packet` is then undefined and must be discarded. The session creates a stream for an
  // ssrc only after it has authenticated a packet. A stream whose state was dropped (more than
  // kMaxInboundStreams streams) restarts with rollover counter 0.
  [[nodiscard]] Outcome UnprotectRtp(MutableBytes packet);
  [[nodiscard]] Outcome UnprotectRtcp(MutableBytes packet);

 private:
  explicit Inbound(std::unique_ptr<InboundSession> session);
  std::unique_ptr<InboundSession> session_;
};

}  // namespace ringcast::srtp
