#include "unit/dtls/ReferencePeer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <catch2/catch.hpp>
#include <openssl/err.h>

namespace ringcast::dtls::samples {

namespace {

constexpr unsigned kUnknownExtension = 0xFDE8;  // in the range for private use

int AddExtension(SSL* /*ssl*/, unsigned /*type*/, unsigned /*context*/, const unsigned char** out,
                 std::size_t* size, X509* /*x509*/, std::size_t /*chain*/, int* /*alert*/, void* argument) {
  const auto& extension = *static_cast<const Octets*>(argument);
  *out = extension.data();
  *size = extension.size();
  return 1;
}

constexpr std::string_view kCookie = "a cookie";

int MakeCookie(SSL* /*ssl*/, unsigned char* cookie, unsigned* size) {
  std::copy(kCookie.begin(), kCookie.end(), cookie);
  *size = static_cast<unsigned>(kCookie.size());
  return 1;
}

int CheckCookie(SSL* /*ssl*/, const unsigned char* cookie, unsigned size) {
  return std::equal(kCookie.begin(), kCookie.end(), cookie, cookie + size) ? 1 : 0;
}

}  // namespace

ReferencePeer::ReferencePeer(const Options& options) : extension_(options.extensionSize, 0xA5) {
  context_.reset(SSL_CTX_new(options.client ? DTLS_client_method() : DTLS_server_method()));
  SSL_CTX* const context = context_.get();
  REQUIRE(context != nullptr);
  // Also allows weak algorithms.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, options.version);
  SSL_CTX_set_max_proto_version(context, options.version);
  REQUIRE(SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
  if (options.certificate) {
    const auto& own = RemoteContext().Own();
    REQUIRE(SSL_CTX_use_certificate(context, own.Handle()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, own.PrivateKey()) == 1);
  }
  if (!options.srtpProfiles.empty()) {
    REQUIRE(SSL_CTX_set_tlsext_use_srtp(context, options.srtpProfiles.c_str()) == 0);
  }
  if (!extension_.empty()) {
    REQUIRE(SSL_CTX_add_custom_ext(context, kUnknownExtension, SSL_EXT_CLIENT_HELLO, AddExtension, nullptr,
                                   &extension_, nullptr, nullptr) == 1);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  if (options.cookies) {
    SSL_CTX_set_options(context, SSL_OP_COOKIE_EXCHANGE);
    SSL_CTX_set_cookie_generate_cb(context, MakeCookie);
    SSL_CTX_set_cookie_verify_cb(context, CheckCookie);
  }

  ssl_.reset(SSL_new(context));
  // The peer retransmits nothing, so that the test does not depend on the system's clock.
  DTLS_set_timer_cb(ssl_.get(), [](SSL*, unsigned) { return 4'000'000'000U; });
  SSL_set_mtu(ssl_.get(), 1200);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in_, -1);
  SSL_set_bio(ssl_.get(), in_, out_);
  if (options.client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

ReferencePeer::~ReferencePeer() = default;

std::vector<Octets> ReferencePeer::Step(ByteView datagram) {
  ERR_clear_error();
  if (!datagram.empty()) {
    REQUIRE(BIO_write(in_, datagram.data(), static_cast<int>(datagram.size())) ==
            static_cast<int>(datagram.size()));
  }
  if (SSL_do_handshake(ssl_.get()) == 1) {
    std::array<std::uint8_t, 4096> buffer;
    int size = 0;
    while ((size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      read_.push_back(Copy(ByteView(buffer).first(static_cast<std::size_t>(size))));
    }
  }
  ERR_clear_error();
  return Written();
}

std::vector<Octets> ReferencePeer::Write(std::string_view message) {
  REQUIRE(SSL_write(ssl_.get(), message.data(), static_cast<int>(message.size())) ==
          static_cast<int>(message.size()));
  return Written();
}

std::vector<Octets> ReferencePeer::Shutdown() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  return Written();
}

Octets ReferencePeer::Exported(std::size_t size) const {
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  Octets out(size);
  REQUIRE(SSL_export_keying_material(ssl_.get(), out.data(), size, kLabel.data(), kLabel.size(), nullptr, 0,
                                     0) == 1);
  return out;
}

std::vector<Octets> ReferencePeer::Written() {
  Octets bytes(BIO_ctrl_pending(out_));
  if (!bytes.empty()) REQUIRE(BIO_read(out_, bytes.data(), static_cast<int>(bytes.size())) > 0);
  std::vector<Octets> datagrams;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = kRecordHeaderSize + LoadU16(&bytes[at + 11]);
    datagrams.push_back(Copy(ByteView(bytes).subspan(at, size)));
    at += size;
  }
  return datagrams;
}

void Converse(ReferencePeer& peer, Connection& connection, Instant now) {
  auto toConnection = peer.Step();
  for (int turn = 0; turn < 20; ++turn) {
    for (const auto& datagram : toConnection) connection.Receive(datagram, now);
    toConnection.clear();
    const auto fromConnection = Drain(connection);
    if (fromConnection.empty()) return;
    for (const auto& datagram : fromConnection) {
      const auto answers = peer.Step(datagram);
      toConnection.insert(toConnection.end(), answers.begin(), answers.end());
    }
  }
  FAIL("they go on for ever");
}

}  // namespace ringcast::dtls::samples
