#include "ringcast/stun/IntegrityKey.hpp"

#include <algorithm>
#include <cstddef>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::stun {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

}  // namespace

// Initialised with the key once, so that a message only costs the SHA-1 blocks of its own bytes.
struct IntegrityKey::State {
  std::unique_ptr<EVP_MAC_CTX, FreeContext> context;
};

IntegrityKey::IntegrityKey(std::string_view password) : state_(std::make_unique<State>()) {
  RC_ASSERT(!password.empty());
  const std::unique_ptr<EVP_MAC, FreeMac> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  RC_ASSERT(hmac != nullptr);
  state_->context.reset(EVP_MAC_CTX_new(hmac.get()));
  RC_ASSERT(state_->context != nullptr);
  std::array<char, 5> digest{"SHA1"};
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                              OSSL_PARAM_construct_end()};
  RC_ASSERT(EVP_MAC_init(state_->context.get(), reinterpret_cast<const unsigned char*>(password.data()),
                         password.size(), parameters.data()) == 1);
}

IntegrityKey::IntegrityKey(IntegrityKey&&) noexcept = default;
IntegrityKey& IntegrityKey::operator=(IntegrityKey&&) noexcept = default;
IntegrityKey::~IntegrityKey() = default;

bool IntegrityKey::Verify(const Message& message) {
  const auto offset = message.IntegrityOffset();
  if (!offset) return false;
  const Digest expected = Sign(message.Bytes().first(*offset));
  const ByteView given = message.Bytes().subspan(*offset + kAttributeHeaderSize, expected.size());
  return CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
}

IntegrityKey::Digest IntegrityKey::Sign(ByteView message) {
  RC_ASSERT(message.size() >= kHeaderSize);
  // RFC 8489 section 14.5: the signed length field ends at MESSAGE-INTEGRITY, regardless of later attributes.
  constexpr std::size_t kLengthEnd = 4;
  std::array<std::uint8_t, kLengthEnd> start;
  std::copy_n(message.begin(), 2, start.begin());
  const std::size_t length = message.size() - kHeaderSize + kAttributeHeaderSize + Digest().size();
  StoreU16(&start[2], static_cast<std::uint16_t>(length));

  EVP_MAC_CTX* const context = state_->context.get();
  const ByteView rest = message.subspan(kLengthEnd);
  Digest digest;
  std::size_t size = 0;
  RC_ASSERT(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);  // reuses the key
  RC_ASSERT(EVP_MAC_update(context, start.data(), start.size()) == 1);
  RC_ASSERT(EVP_MAC_update(context, rest.data(), rest.size()) == 1);
  RC_ASSERT(EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1 && size == digest.size());
  return digest;
}

}  // namespace ringcast::stun
