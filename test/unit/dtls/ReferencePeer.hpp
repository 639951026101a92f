#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "unit/dtls/DtlsSamples.hpp"

namespace ringcast::dtls::samples {

// A peer that uses OpenSSL alone and does what Connection never does.
class ReferencePeer {
 public:
  struct Options {
    bool client = true;
    bool certificate = true;
    std::string srtpProfiles = "SRTP_AES128_CM_SHA1_80";  // empty: no use_srtp
    std::string ciphers = "ECDHE+AESGCM";
    int version = DTLS1_2_VERSION;
    std::size_t extensionSize = 0;  // size of an unknown extension in the ClientHello
    bool cookies = false;           // as a server: requires a cookie first
  };
  explicit ReferencePeer(const Options& options);
  ~ReferencePeer();

  // Reads a datagram, or starts the handshake. Returns the sent records, one per datagram.
  std::vector<Octets> Step(ByteView datagram = {});
  std::vector<Octets> Write(std::string_view message);
  std::vector<Octets> Shutdown();
  // Returns the messages received since the last call.
  [[nodiscard]] std::vector<Octets> Read() { return std::exchange(read_, {}); }

  [[nodiscard]] bool Finished() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] SSL* Handle() const { return ssl_.get(); }
  // Returns 2 * (key + salt) bytes from the exporter.
  [[nodiscard]] Octets Exported(std::size_t size) const;

 private:
  std::vector<Octets> Written();

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  BIO* in_ = nullptr;   // owned by the SSL
  BIO* out_ = nullptr;  // owned by the SSL
  Octets extension_;
  std::vector<Octets> read_;
};

// Exchanges datagrams until neither side sends any; `connection` has started.
void Converse(ReferencePeer& peer, Connection& connection, Instant now);

}  // namespace ringcast::dtls::samples
