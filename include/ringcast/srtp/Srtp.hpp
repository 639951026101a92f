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

// In the order of the channel's schema. RFC 7714 (GCM), RFC 3711 (AES-CM).
enum class CryptoSuite : std::uint8_t {
  kAeadAes256Gcm,
  kAeadAes128Gcm,
  kAesCm128HmacSha1_80,
  kAesCm128HmacSha1_32
};

[[nodiscard]] std::string_view Name(CryptoSuite suite);  // "AEAD_AES_256_GCM" ...
[[nodiscard]] std::optional<CryptoSuite> ParseCryptoSuite(std::string_view name);

// What does the arithmetic. All give the same bytes.
enum class Engine : std::uint8_t {
  kAuto,      // the first of those below that this build and this processor have
  kIpsecMb,   // intel-ipsec-mb: x86-64 with AES instructions
  kOpenssl,   // wherever OpenSSL is
  kLibsrtp2,  // packet by packet and in place: to compare with; optional
};
inline constexpr std::array<Engine, 4> kEngines{Engine::kAuto, Engine::kIpsecMb, Engine::kOpenssl,
                                                Engine::kLibsrtp2};
[[nodiscard]] std::string_view Name(Engine engine);  // "auto", "ipsec-mb", "openssl", "libsrtp2"
[[nodiscard]] std::optional<Engine> ParseEngine(std::string_view name);
// False: this program was built without the library. (The processor may still lack what ipsec-mb needs.)
[[nodiscard]] bool IsBuiltIn(Engine engine);

// Bytes of master key and master salt together: 44, 28, 30, 30.
[[nodiscard]] std::size_t MasterLength(CryptoSuite suite);

// Bytes that protecting adds: to RTP (the tag), and to RTCP (tag and index with the E flag).
[[nodiscard]] std::size_t RtpOverhead(CryptoSuite suite);
[[nodiscard]] std::size_t RtcpOverhead(CryptoSuite suite);
inline constexpr std::size_t kMaxOverhead = 16 + 4;

// Master key followed by master salt. Kept in place, so that no copy stays behind in freed memory.
class MasterKey {
 public:
  // TypeError: not base64, or not as long as the suite wants.
  [[nodiscard]] static Result<MasterKey> FromBase64(CryptoSuite suite, std::string_view base64);
  // As DTLS gives it: key, then salt. TypeError: not as long as the suite wants.
  [[nodiscard]] static Result<MasterKey> FromBytes(CryptoSuite suite, ByteView bytes);
  [[nodiscard]] static MasterKey Generate(CryptoSuite suite, Random& random);

  MasterKey(const MasterKey&) = default;
  MasterKey(MasterKey&&) noexcept = default;
  MasterKey& operator=(const MasterKey&) = default;
  MasterKey& operator=(MasterKey&&) noexcept = default;
  ~MasterKey();  // wipes

  [[nodiscard]] CryptoSuite Suite() const { return suite_; }
  [[nodiscard]] ByteView Bytes() const { return ByteView(bytes_).first(MasterLength(suite_)); }
  [[nodiscard]] std::string Base64() const;

 private:
  // The longest, 44 bytes, in whole groups of base64: its decoder writes groups.
  static constexpr std::size_t kCapacity = 45;

  explicit MasterKey(CryptoSuite suite) : suite_(suite) {}

  CryptoSuite suite_;
  std::array<std::uint8_t, kCapacity> bytes_{};
};

// How far behind the newest packet of its ssrc one is still told from a replay (RFC 3711 section 3.3.2), and
// may be sent again: one second at 4,000 packets/s, 40 Mbit/s of full packets. A bit each, so 512 bytes a
// stream.
inline constexpr std::size_t kReplayWindow = 4096;

// Streams that one inbound session keeps state for: a bound, so that a peer that makes up ssrcs does not eat
// all memory. 340 simulcast producers of three layers with RTX through one pipe fit. Past it, the stream that
// was silent for longest is forgotten (see Inbound).
inline constexpr std::size_t kMaxInboundStreams = 2048;

// How a protected packet failed.
enum class Failure : std::uint8_t { kAuthentication, kReplay, kMalformed };

// One direction of an SRTP session: all ssrcs under one master key, by libsrtp2. The worker itself sends by
// RtpEncryptor and RtcpEncryptor; this is the sender that they are compared with, and that plays the peers in
// tests and benchmarks. In a build without libsrtp2 it calls those two.
class Outbound {
 public:
  [[nodiscard]] static Result<Outbound> Create(const MasterKey& key);
  Outbound(Outbound&&) noexcept;
  Outbound& operator=(Outbound&&) noexcept;
  ~Outbound();

  // Encrypts in place: `buffer` holds a packet of `size` bytes and has room for the overhead behind it. The
  // new size; nullopt: no room, no RTP or RTCP header, or a sequence number that lies more than kReplayWindow
  // (without libsrtp2: UsedIndices::kWindow) behind the newest of its ssrc. `buffer` is then to be thrown
  // away.
  //
  // A sequence number may be sent again, but only as the same packet, header extensions included: with GCM
  // one nonce over two different packets gives the authentication key away (RFC 7714 section 8.4). What must
  // change (a send time, a transport-wide number) is sent again as RTX.
  [[nodiscard]] std::optional<std::size_t> ProtectRtp(MutableBytes buffer, std::size_t size);
  [[nodiscard]] std::optional<std::size_t> ProtectRtcp(MutableBytes buffer, std::size_t size);

  [[nodiscard]] CryptoSuite Suite() const;

 private:
  struct Session;
  explicit Outbound(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

class InboundSession;

// The other direction. OpenSSL does the arithmetic, or libsrtp2 where it is asked for: both accept the same
// packets.
class Inbound {
 public:
  // Error: this build has no libsrtp2, or it failed.
  [[nodiscard]] static Result<Inbound> Create(const MasterKey& key, Engine engine = Engine::kAuto);
  Inbound(Inbound&&) noexcept;
  Inbound& operator=(Inbound&&) noexcept;
  ~Inbound();

  struct Outcome {
    std::size_t size = 0;  // of the plain packet
    std::optional<Failure> failure;
  };
  // Decrypts in place. Replays (RFC 3711 section 3.3.2) and packets that fail authentication are refused;
  // `packet` is then to be thrown away. Only an authenticated packet makes its ssrc a stream. One that was
  // forgotten (more than kMaxInboundStreams at a time) starts anew: its next packet counts as one of the
  // first 65,536.
  [[nodiscard]] Outcome UnprotectRtp(MutableBytes packet);
  [[nodiscard]] Outcome UnprotectRtcp(MutableBytes packet);

 private:
  explicit Inbound(std::unique_ptr<InboundSession> session);
  std::unique_ptr<InboundSession> session_;
};

}  // namespace ringcast::srtp
