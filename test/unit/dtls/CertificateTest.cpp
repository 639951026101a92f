#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "unit/dtls/DtlsSamples.hpp"

using namespace ringcast;
using namespace ringcast::dtls;
using samples::kUnixTime;

namespace {

// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes
constexpr const char* kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUCwrJ4sDih7i+7/dg/FuCqdAp9GswCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIcmluZ2Nhc3QwHhcNMjYxMTI1MDIzNjQ0WhcNMzYxMTIyMDIz
NjQ0WjATMREwDwYDVQQDDAhyaW5nY2FzdDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABMx3E6WSvbQsfXuf/dGmhzkOEGtodXGeAZ18DrxeiUKRxHb3LyvQzWsuj2Ar
Gi0ZtY5ro0uGwaXLItDpCs4HX5+jUzBRMB0GA1UdDgQWBBStwi9RUSwL9Wgg+lDd
pQ7txJULKzAfBgNVHSMEGDAWgBStwi9RUSwL9Wgg+lDdpQ7txJULKzAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDJw4FtsJcpS2oI44QMWC53lwtG
HM50agemn1e5+pUTSAIhAIxHzgnyjLL+tdQeETqiAvZF7eukdLuI1ohwH06oqMlw
-----END CERTIFICATE-----
)";
constexpr const char* kPrivateKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBzUeU0QiESH8DSIC
UPm/sl3a94nQPmuX2GVLtfcHr5ChRANCAATMdxOlkr20LH17n/3Rpoc5DhBraHVx
ngGdfA68XolCkcR29y8r0M1rLo9gKxotGbWOa6NLhsGlyyLQ6QrOB1+f
-----END PRIVATE KEY-----
)";

// openssl x509 -noout -fingerprint -sha1 ...
struct Known {
  HashAlgorithm algorithm;
  const char* text;
};
constexpr Known kFingerprints[] = {
    {HashAlgorithm::kSha1, "EB:9E:67:E3:35:01:8F:40:38:5C:4D:8A:27:58:2D:58:07:08:D1:0E"},
    {HashAlgorithm::kSha224,
     "71:73:CB:7C:CC:A3:D6:43:CE:44:37:95:DE:03:AB:BE:1A:A0:AA:4C:01:3D:AF:FC:F8:33:F0:AE"},
    {HashAlgorithm::kSha256,
     "EA:82:7E:B7:39:7C:81:1F:77:D4:9E:64:93:2D:38:5E:4B:FE:EB:11:9A:63:5C:A9:27:1D:DB:D3:0B:B4:70:E5"},
    {HashAlgorithm::kSha384,
     "7A:68:AD:B4:D6:1E:1D:36:DB:52:1A:6A:45:AA:EF:E8:B9:15:FE:9E:80:1E:F4:5F:C2:26:4C:3F:33:14:72:10:"
     "67:D6:60:D2:89:80:41:06:B2:14:57:03:87:7C:D4:2A"},
    {HashAlgorithm::kSha512,
     "60:BC:D5:C7:1A:2A:6E:7E:82:A5:76:6F:47:7D:2B:25:8A:8B:2D:2D:5C:88:BA:81:84:28:48:5E:5B:CE:1D:8E:"
     "6A:6A:A7:44:5D:92:3B:4A:F1:93:93:43:E1:CF:A6:F4:E7:91:E9:BD:E2:25:C7:1F:74:EF:93:21:75:BD:9D:15"},
};

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string TextOf(BIO* memory) {
  std::string text(BIO_ctrl_pending(memory), '\0');
  REQUIRE(BIO_read(memory, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
  return text;
}

std::string KeyPem(EVP_PKEY* key, const char* passphrase = nullptr) {
  const Bio memory(BIO_new(BIO_s_mem()), BIO_free);
  const EVP_CIPHER* const cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(memory.get(), key, cipher, passphrase, passphrase == nullptr ? 0 : 1,
                                        nullptr, nullptr) == 1);
  return TextOf(memory.get());
}

std::string CertificatePem(EVP_PKEY* key) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), 1);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), 2);
  REQUIRE(X509_set_pubkey(certificate.get(), key) == 1);
  REQUIRE(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  const Bio memory(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_X509(memory.get(), certificate.get()) == 1);
  return TextOf(memory.get());
}

std::string ReasonOf(const std::string& certificate, const std::string& key) {
  const auto result = Certificate::FromPem(certificate, key);
  REQUIRE_FALSE(result.Ok());
  CHECK(result.Failure().kind == ErrorKind::kTypeError);
  CHECK(ERR_peek_error() == 0);
  return result.Failure().reason;
}

}  // namespace

TEST_CASE("CertificateTest: computes the fingerprints that openssl prints", "[dtls]") {
  const auto certificate = Certificate::FromPem(kCertificate, kPrivateKey).Value();
  CHECK(certificate.Pem() == kCertificate);
  for (const auto& known : kFingerprints) {
    INFO(Name(known.algorithm));
    const auto fingerprint = certificate.FingerprintBy(known.algorithm);
    CHECK(fingerprint.Text() == known.text);
    CHECK(fingerprint.Digest().size() == DigestSize(known.algorithm));
    CHECK(Fingerprint::Parse(known.algorithm, known.text).Value() == fingerprint);
  }
}

TEST_CASE("CertificateTest: parses fingerprints in either case", "[dtls]") {
  const std::string text = kFingerprints[0].text;
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(c));
  const auto fingerprint = Fingerprint::Parse(HashAlgorithm::kSha1, lower);
  REQUIRE(fingerprint.Ok());
  CHECK(fingerprint->Text() == text);

  std::string changed = text;
  changed[0] = '0';
  CHECK_FALSE(Fingerprint::Parse(HashAlgorithm::kSha1, changed).Value() == *fingerprint);

  std::string noColon = text;
  noColon[2] = '-';
  std::string noDigit = text;
  noDigit[4] = 'G';
  for (const std::string& wrong :
       {std::string(), std::string("EB"), text + ":", text + ":00", " " + text.substr(1), noColon, noDigit,
        text.substr(0, text.size() - 1), std::string(text.size(), 'A'), std::string(text.size(), ':')}) {
    INFO(wrong);
    const auto result = Fingerprint::Parse(HashAlgorithm::kSha1, wrong);
    REQUIRE_FALSE(result.Ok());
    CHECK(result.Failure().kind == ErrorKind::kTypeError);
    CHECK(result.Failure().reason.find("sha-1") != std::string::npos);
  }
  CHECK_FALSE(Fingerprint::Parse(HashAlgorithm::kSha256, text).Ok());
}

TEST_CASE("CertificateTest: compares algorithm and digest of fingerprints", "[dtls]") {
  const std::vector<std::uint8_t> zeros(kMaxDigestSize);
  const ByteView view = zeros;
  CHECK_FALSE(Fingerprint(HashAlgorithm::kSha1, view.first(20)) ==
              Fingerprint(HashAlgorithm::kSha256, view.first(32)));
}

TEST_CASE("CertificateTest: names each hash algorithm", "[dtls]") {
  for (const auto algorithm : kHashAlgorithms) CHECK(ParseHashAlgorithm(Name(algorithm)) == algorithm);
  CHECK_FALSE(ParseHashAlgorithm("sha-257"));
  CHECK_FALSE(ParseHashAlgorithm("SHA-256"));
  CHECK_FALSE(ParseHashAlgorithm("md5"));
  CHECK_FALSE(ParseHashAlgorithm(""));
}

TEST_CASE("CertificateTest: generates a self-signed ECDSA certificate valid from yesterday", "[dtls]") {
  SeededRandom random(7);
  const auto certificate = Certificate::Generate(random, kUnixTime);
  X509* const x509 = certificate.Handle();
  CHECK(X509_verify(x509, X509_get0_pubkey(x509)) == 1);
  CHECK(X509_check_private_key(x509, certificate.PrivateKey()) == 1);
  CHECK(X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0);
  CHECK(EVP_PKEY_is_a(certificate.PrivateKey(), "EC") == 1);
  CHECK(EVP_PKEY_get_bits(certificate.PrivateKey()) == 256);
  const auto at = [](std::int64_t days) {
    return static_cast<time_t>(ToMicroseconds(kUnixTime) / 1'000'000 + days * 24 * 3600);
  };
  CHECK(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x509), at(-1)) == 0);
  CHECK(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x509), at(366)) == 1);
  CHECK(ASN1_STRING_length(X509_get0_serialNumber(x509)) == 16);
  CHECK(ASN1_INTEGER_get(X509_get0_serialNumber(x509)) != 0);
}

TEST_CASE("CertificateTest: generates distinct certificates", "[dtls]") {
  SeededRandom random(7);
  const auto first = Certificate::Generate(random, kUnixTime);
  const auto second = Certificate::Generate(random, kUnixTime);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(first.Handle()), X509_get0_serialNumber(second.Handle())) !=
        0);
  CHECK(X509_NAME_cmp(X509_get_subject_name(first.Handle()), X509_get_subject_name(second.Handle())) != 0);
  CHECK(EVP_PKEY_eq(first.PrivateKey(), second.PrivateKey()) == 0);
}

TEST_CASE("CertificateTest: rejects wrong files with the reason", "[dtls]") {
  const Key other(EVP_EC_gen("P-256"), EVP_PKEY_free);
  CHECK(ReasonOf("", kPrivateKey).find("no certificate") != std::string::npos);
  CHECK(ReasonOf("garbage", kPrivateKey).find("no certificate") != std::string::npos);
  CHECK(ReasonOf(kPrivateKey, kPrivateKey).find("no certificate") != std::string::npos);
  CHECK(ReasonOf(kCertificate, "").find("no private key") != std::string::npos);
  CHECK(ReasonOf(kCertificate, kCertificate).find("no private key") != std::string::npos);
  CHECK(ReasonOf(kCertificate, KeyPem(other.get(), "secret")).find("passphrase") != std::string::npos);
  CHECK(ReasonOf(kCertificate, KeyPem(other.get())).find("not the key") != std::string::npos);
}

TEST_CASE("CertificateTest: rejects weak keys with the reason", "[dtls]") {
  const Key weak(EVP_RSA_gen(1024), EVP_PKEY_free);
  const auto certificate = Certificate::FromPem(CertificatePem(weak.get()), KeyPem(weak.get())).Value();
  const auto context = Context::Create(certificate);
  REQUIRE_FALSE(context.Ok());
  CHECK(context.Failure().kind == ErrorKind::kTypeError);
  CHECK(context.Failure().reason.find("key too small") != std::string::npos);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("CertificateTest: connects with a certificate from files", "[dtls]") {
  const Key rsa(EVP_RSA_gen(2048), EVP_PKEY_free);
  const auto own =
      Context::Create(Certificate::FromPem(CertificatePem(rsa.get()), KeyPem(rsa.get())).Value());
  REQUIRE(own.Ok());
  for (const bool asServer : {true, false}) {
    samples::Pair pair({.client = asServer ? &samples::RemoteContext() : &*own,
                        .server = asServer ? &*own : &samples::LocalContext()});
    pair.Run();
    CHECK(pair.Connected());
    const auto& other = asServer ? pair.client : pair.server;
    REQUIRE(other.Negotiated() != nullptr);
    CHECK(other.Negotiated()->remoteCertificate == own->Own().Pem());
  }
}
