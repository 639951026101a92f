#include "dtls/PeerProof.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <openssl/rsa.h>

namespace ringcast::dtls {

namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, openssl::Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;

// A signature scheme (RFC 8446 section 4.2.3). RFC 5246 section 7.4.1.4.1 defines those that are pairs of
// hash and signature.
struct Scheme {
  std::uint16_t id;
  int keyType;
  const EVP_MD* (*digest)();  // nullptr: the hash is part of the signature algorithm
  bool pss;
};
constexpr std::array kSchemes{
    Scheme{0x0403, EVP_PKEY_EC, EVP_sha256, false},  Scheme{0x0503, EVP_PKEY_EC, EVP_sha384, false},
    Scheme{0x0603, EVP_PKEY_EC, EVP_sha512, false},  Scheme{0x0807, EVP_PKEY_ED25519, nullptr, false},
    Scheme{0x0804, EVP_PKEY_RSA, EVP_sha256, true},  Scheme{0x0805, EVP_PKEY_RSA, EVP_sha384, true},
    Scheme{0x0806, EVP_PKEY_RSA, EVP_sha512, true},  Scheme{0x0401, EVP_PKEY_RSA, EVP_sha256, false},
    Scheme{0x0501, EVP_PKEY_RSA, EVP_sha384, false}, Scheme{0x0601, EVP_PKEY_RSA, EVP_sha512, false},
};

// Returns the random of a hello. RFC 5246 sections 7.4.1.2 and 7.4.1.3: both hellos start with a version of
// two bytes and a random of 32 bytes.
std::optional<ByteView> RandomOf(ByteView hello) {
  constexpr std::size_t kVersion = 2;
  constexpr std::size_t kRandom = 32;
  if (hello.size() < kVersion + kRandom) return std::nullopt;
  return hello.subspan(kVersion, kRandom);
}

// Reads a DigitallySigned structure (RFC 5246 section 4.7) that ends the message, and verifies it over
// `parts`.
bool Verifies(X509* certificate, ByteReader& reader, std::span<const ByteView> parts) {
  const auto id = reader.U16();
  const ByteView signature = reader.Bytes(reader.U16());
  if (!reader.Ok() || reader.Remaining() > 0) return false;
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  const auto scheme = std::ranges::find(kSchemes, id, &Scheme::id);
  if (key == nullptr || scheme == kSchemes.end() || EVP_PKEY_get_base_id(key) != scheme->keyType)
    return false;
  std::vector<std::uint8_t> content;
  for (const auto part : parts) content.insert(content.end(), part.begin(), part.end());

  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* keyContext = nullptr;  // owned by `context`
  const EVP_MD* const digest = scheme->digest == nullptr ? nullptr : scheme->digest();
  if (EVP_DigestVerifyInit(context.get(), &keyContext, digest, nullptr, key) != 1) return false;
  if (scheme->pss && (EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) <= 0 ||
                      EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) <= 0)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), content.data(),
                          content.size()) == 1;
}

}  // namespace

const char* const kSignatureAlgorithms =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

ByteView LeafCertificate(ByteView certificateBody) {
  ByteReader reader(certificateBody);
  reader.Skip(3);  // length of the certificate list
  const ByteView der = reader.Bytes(reader.U24());
  return reader.Ok() ? der : ByteView();
}

openssl::X509Certificate ParseCertificate(ByteView der) {
  const openssl::CleanErrors errors;
  const unsigned char* at = der.data();
  openssl::X509Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != der.data() + der.size()) return nullptr;
  return certificate;
}

bool ProvesClient(X509* certificate, ByteView certificateVerify, std::span<const ByteView> transcript) {
  const openssl::CleanErrors errors;
  ByteReader reader(certificateVerify);
  return Verifies(certificate, reader, transcript);
}

bool ProvesServer(X509* certificate, ByteView serverKeyExchange, ByteView clientHello, ByteView serverHello) {
  const openssl::CleanErrors errors;
  const auto clientRandom = RandomOf(clientHello);
  const auto serverRandom = RandomOf(serverHello);
  if (!clientRandom || !serverRandom) return false;
  // RFC 8422 section 5.4: curve_type, namedcurve, and the point preceded by its length.
  constexpr std::uint8_t kNamedCurve = 3;
  ByteReader reader(serverKeyExchange);
  if (reader.U8() != kNamedCurve) return false;
  reader.Skip(2);
  reader.Skip(reader.U8());
  if (!reader.Ok()) return false;
  const ByteView parameters = serverKeyExchange.first(serverKeyExchange.size() - reader.Remaining());
  return Verifies(certificate, reader, std::array{*clientRandom, *serverRandom, parameters});
}

}  // namespace ringcast::dtls
