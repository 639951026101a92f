#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "unit/dtls/DtlsSamples.hpp"

namespace ringcast::dtls::samples {

// A peer by OpenSSL alone, that does what our own Connection never would.
class ReferencePeer {
 public:
  struct Options {
    bool client = true;
    bool certificate = true;
    std::string srtpProfiles = "SRTP_AES128_CM_SHA1_80";  // empty: no use_srtp
    std::string ciphers = "ECDHE+AESGCM";
    int version = DTLS1_2_VERSION;
    std::size_t extensionSize = 0;  // of the ClientHello: an extension that nobody knows
    bool cookies = false;           // as server: asks for one first
  };
  explicit ReferencePeer(const Options& options);
  ~ReferencePeer();

  // Reads a datagram, or begins; what it sends, a datagram each record.
  std::vector<Octets> Step(ByteView datagram = {});
  std::vector<Octets> Write(std::string_view message);
  std::vector<Octets> Shutdown();
  // What it read since.
  [[nodiscard]] std::vector<Octets> Read() { return std::exchange(read_, {}); }

  [[nodiscard]] bool Finished() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] SSL* Handle() const { return ssl_.get(); }
  // 2 * (key + salt) bytes as the exporter gives them.
  [[nodiscard]] Octets Exported(std::size_t size) const;

 private:
  std::vector<Octets> Written();

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  BIO* in_ = nullptr;   // the SSL's
  BIO* out_ = nullptr;  // the SSL's
  Octets extension_;
  std::vector<Octets> read_;
};

// To and fro until neither says anything; `connection` has started.
void Converse(ReferencePeer& peer, Connection& connection, Instant now);

}  // namespace ringcast::dtls::samples
