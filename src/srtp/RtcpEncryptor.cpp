#include "ringcast/srtp/RtcpEncryptor.hpp"

#include <array>

#include "srtp/Headers.hpp"
#include "srtp/Nonce.hpp"
#include "srtp/Openssl.hpp"
#include "srtp/RtcpTrailer.hpp"

namespace ringcast::srtp {

struct RtcpEncryptor::State {
  explicit State(const MasterKey& key)
      : suite(key.Suite()),
        keys(key, RtpProtocol::kRtcp),
        cipher(openssl::MakeCipher(key.Suite(), keys, true)) {
    if (!IsGcm(suite)) mac = openssl::MakeMac(keys);
  }

  CryptoSuite suite;
  SessionKeys keys;
  openssl::Cipher cipher;
  openssl::MacContext mac;  // AES-CM
  std::uint32_t nextIndex = 0;
};

RtcpEncryptor::RtcpEncryptor(const MasterKey& key) : state_(std::make_unique<State>(key)) {}
RtcpEncryptor::RtcpEncryptor(RtcpEncryptor&&) noexcept = default;
RtcpEncryptor& RtcpEncryptor::operator=(RtcpEncryptor&&) noexcept = default;
RtcpEncryptor::~RtcpEncryptor() = default;

std::optional<std::size_t> RtcpEncryptor::Protect(MutableBytes buffer, std::size_t size) {
  auto& state = *state_;
  const std::size_t overhead = RtcpOverhead(state.suite);
  if (!HasRoom(buffer, size, kRtcpHeaderSize, overhead)) return std::nullopt;
  if (state.nextIndex > RtcpTrailer::kMaxIndex) return std::nullopt;

  const std::uint32_t index = state.nextIndex++;
  const std::uint32_t ssrc = LoadU32(&buffer[kRtcpSsrcOffset]);
  const RtcpTrailer trailer(state.suite, size);
  const ByteView header = buffer.first(kRtcpHeaderSize);
  const MutableBytes text = buffer.subspan(kRtcpHeaderSize, size - kRtcpHeaderSize);
  const MutableBytes word = buffer.subspan(trailer.index, RtcpTrailer::kIndexSize);
  const MutableBytes tag = buffer.subspan(trailer.tag, trailer.tagSize);
  StoreU32(word.data(), RtcpTrailer::kEncrypted | index);
  if (IsGcm(state.suite)) {
    openssl::SetNonce(state.cipher.get(), NonceOf(ssrc, index, state.keys));
    openssl::Update(state.cipher.get(), nullptr, header);
    openssl::Update(state.cipher.get(), nullptr, word);
    openssl::Update(state.cipher.get(), text.data(), text);
    int written = 0;
    RC_ASSERT(EVP_EncryptFinal_ex(state.cipher.get(), tag.data(), &written) == 1);
    RC_ASSERT(EVP_CIPHER_CTX_ctrl(state.cipher.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                                  tag.data()) == 1);
  } else {
    openssl::SetNonce(state.cipher.get(), CounterOf(ssrc, index, state.keys));
    openssl::Update(state.cipher.get(), text.data(), text);
    openssl::Authenticate(state.mac.get(), std::array<ByteView, 3>{header, text, word}, tag);
  }
  return size + overhead;
}

}  // namespace ringcast::srtp
