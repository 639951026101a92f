#include <array>
#include <optional>
#include <unordered_map>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "ringcast/base/SeededHash.hpp"
#include "srtp/Headers.hpp"
#include "srtp/InboundSession.hpp"
#include "srtp/Nonce.hpp"
#include "srtp/Openssl.hpp"
#include "srtp/ReplayWindow.hpp"
#include "srtp/RtcpTrailer.hpp"
#include "srtp/StreamTable.hpp"

namespace ringcast::srtp {

namespace {

using Outcome = Inbound::Outcome;

// Window for SRTCP indices, which only the network reorders (RFC 3711 section 3.3.2 requires at least 64).
constexpr std::size_t kRtcpReplayWindow = 128;

// The keys of one protocol (RTP or RTCP), ready to decrypt.
class Decryptor {
 public:
  Decryptor(const MasterKey& key, RtpProtocol protocol)
      : gcm_(IsGcm(key.Suite())),
        keys_(key, protocol),
        cipher_(openssl::MakeCipher(key.Suite(), keys_, false)) {
    if (!gcm_) mac_ = openssl::MakeMac(keys_);
  }

  struct Parts {
    ByteView header;    // authenticated only
    MutableBytes text;  // encrypted
    ByteView trailer;   // authenticated only, after the encrypted part
    ByteView tag;
  };
  // Verifies the tag and decrypts the text in place. Returns false if the tag is wrong.
  [[nodiscard]] bool Open(std::uint32_t ssrc, std::int64_t index, const Parts& parts) {
    const auto unsignedIndex = static_cast<std::uint64_t>(index);
    if (!gcm_) {
      if (!Authentic(parts)) return false;
      openssl::SetNonce(cipher_.get(), CounterOf(ssrc, unsignedIndex, keys_));
      openssl::Update(cipher_.get(), parts.text.data(), parts.text);
      return true;
    }
    openssl::SetNonce(cipher_.get(), NonceOf(ssrc, unsignedIndex, keys_));
    openssl::Update(cipher_.get(), nullptr, parts.header);
    openssl::Update(cipher_.get(), nullptr, parts.trailer);
    openssl::Update(cipher_.get(), parts.text.data(), parts.text);
    std::array<std::uint8_t, 16> tag;
    RC_ASSERT(parts.tag.size() == tag.size());
    std::copy(parts.tag.begin(), parts.tag.end(), tag.begin());
    RC_ASSERT(EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                                  tag.data()) == 1);
    std::array<std::uint8_t, 16> rest;
    int written = 0;
    return EVP_DecryptFinal_ex(cipher_.get(), rest.data(), &written) == 1;
  }

 private:
  [[nodiscard]] bool Authentic(const Parts& parts) {
    std::array<std::uint8_t, 20> expected;
    const MutableBytes tag = MutableBytes(expected).first(parts.tag.size());
    openssl::Authenticate(mac_.get(), std::array<ByteView, 3>{parts.header, parts.text, parts.trailer}, tag);
    return CRYPTO_memcmp(tag.data(), parts.tag.data(), tag.size()) == 0;
  }

  bool gcm_;
  SessionKeys keys_;
  openssl::Cipher cipher_;
  openssl::MacContext mac_;  // AES-CM
};

// A hash with a random seed, because the peer chooses the ssrcs.
SeededHash<std::uint32_t> RandomHash() {
  std::array<std::uint8_t, 8> seed;
  RC_ASSERT(RAND_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
  return SeededHash<std::uint32_t>(LoadU64(seed.data()));
}

class OpensslInbound final : public InboundSession {
 public:
  explicit OpensslInbound(const MasterKey& key)
      : suite_(key.Suite()), rtp_(key, RtpProtocol::kRtp), rtcp_(key, RtpProtocol::kRtcp) {}

  Outcome UnprotectRtp(MutableBytes packet) override {
    const std::size_t tagSize = RtpOverhead(suite_);
    if (packet.size() < kRtpHeaderSize + tagSize) return {0, Failure::kMalformed};
    const MutableBytes plain = packet.first(packet.size() - tagSize);
    const auto headerSize = RtpHeaderSize(plain);
    if (!headerSize) return {0, Failure::kMalformed};

    const std::uint32_t ssrc = LoadU32(&packet[kRtpSsrcOffset]);
    const auto known = rtpStreams_.find(ssrc);
    auto* const window = known == rtpStreams_.end() ? nullptr : &known->second;
    const auto index =
        GuessIndex(window == nullptr ? -1 : window->Newest(), LoadU16(&packet[kRtpSequenceNumberOffset]));
    if (window != nullptr && window->Refuses(index)) return {0, Failure::kReplay};

    // RFC 3711 section 4.2: the tag covers the rollover counter, which is not sent. GCM includes it in the
    // nonce.
    std::array<std::uint8_t, 4> rollovers;
    StoreU32(rollovers.data(), static_cast<std::uint32_t>(index >> 16));
    const Decryptor::Parts parts{.header = plain.first(*headerSize),
                                 .text = plain.subspan(*headerSize),
                                 .trailer = IsGcm(suite_) ? ByteView() : ByteView(rollovers),
                                 .tag = packet.last(tagSize)};
    if (!rtp_.Open(ssrc, index, parts)) return {0, Failure::kAuthentication};
    (window != nullptr ? *window : rtpStreams_[ssrc]).Insert(index);
    Heard(ssrc);
    return {plain.size(), std::nullopt};
  }

  Outcome UnprotectRtcp(MutableBytes packet) override {
    const std::size_t overhead = RtcpOverhead(suite_);
    if (packet.size() < kRtcpHeaderSize + overhead) return {0, Failure::kMalformed};
    const MutableBytes plain = packet.first(packet.size() - overhead);
    const RtcpTrailer trailer(suite_, plain.size());
    const std::uint32_t word = LoadU32(&packet[trailer.index]);
    // All suites encrypt. A packet that is only authenticated violates the negotiated protection.
    if ((word & RtcpTrailer::kEncrypted) == 0) return {0, Failure::kMalformed};

    const std::uint32_t ssrc = LoadU32(&packet[kRtcpSsrcOffset]);
    const std::int64_t index = word & RtcpTrailer::kMaxIndex;
    const auto known = rtcpStreams_.find(ssrc);
    auto* const window = known == rtcpStreams_.end() ? nullptr : &known->second;
    if (window != nullptr && window->Refuses(index)) return {0, Failure::kReplay};

    const Decryptor::Parts parts{.header = plain.first(kRtcpHeaderSize),
                                 .text = plain.subspan(kRtcpHeaderSize),
                                 .trailer = ByteView(packet).subspan(trailer.index, RtcpTrailer::kIndexSize),
                                 .tag = ByteView(packet).subspan(trailer.tag, trailer.tagSize)};
    if (!rtcp_.Open(ssrc, index, parts)) return {0, Failure::kAuthentication};
    (window != nullptr ? *window : rtcpStreams_[ssrc]).Insert(index);
    Heard(ssrc);
    return {plain.size(), std::nullopt};
  }

 private:
  void Heard(std::uint32_t ssrc) {
    const auto dropped = streams_.Touch(ssrc);
    if (!dropped) return;
    rtpStreams_.erase(*dropped);
    rtcpStreams_.erase(*dropped);
  }

  CryptoSuite suite_;
  Decryptor rtp_;
  Decryptor rtcp_;
  StreamTable streams_{kMaxInboundStreams};
  template <std::size_t kWidth>
  using Windows = std::unordered_map<std::uint32_t, ReplayWindow<kWidth>, SeededHash<std::uint32_t>>;
  Windows<kReplayWindow> rtpStreams_{0, RandomHash()};
  Windows<kRtcpReplayWindow> rtcpStreams_{0, RandomHash()};
};

}  // namespace

std::unique_ptr<InboundSession> MakeOpensslInbound(const MasterKey& key) {
  return std::make_unique<OpensslInbound>(key);
}

}  // namespace ringcast::srtp
