#pragma once

#include <memory>
#include <span>

#include "ringcast/base/Result.hpp"
#include "ringcast/dtls/Certificate.hpp"
#include "ringcast/dtls/SrtpKeys.hpp"

struct ssl_ctx_st;

namespace ringcast::dtls {

// What all associations of a worker share: the certificate and what may be negotiated. DTLS 1.2 (RFC 8827
// section 6.5), ECDHE with AES-GCM or ChaCha20-Poly1305, no renegotiation, no resumption. It outlives its
// connections.
class Context {
 public:
  // `profiles`: in the order of preference. Error: OpenSSL takes the key for too weak.
  [[nodiscard]] static Result<Context> Create(const Certificate& certificate,
                                              std::span<const SrtpProfile> profiles = kSrtpProfiles);

  [[nodiscard]] const Certificate& Own() const { return certificate_; }
  [[nodiscard]] ssl_ctx_st* Handle() const { return context_.get(); }

 private:
  Context(const Certificate& certificate, std::shared_ptr<ssl_ctx_st> context);

  Certificate certificate_;
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace ringcast::dtls
