#pragma once

#include <optional>
#include <utility>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::rtc {

// The SRTP keys of a transport without DTLS: each side makes one, and the controller exchanges them.
class PlainSrtp {
 public:
  // Without SRTP.
  PlainSrtp() = default;
  // With SRTP, and a new key of this suite.
  PlainSrtp(srtp::CryptoSuite suite, Random& random) : own_(srtp::MasterKey::Generate(suite, random)) {}

  [[nodiscard]] bool Enabled() const { return own_.has_value(); }
  // TypeError: keys of the remote are given without SRTP, or missing with SRTP.
  [[nodiscard]] Status Check(const std::optional<SrtpParameters>& remote) const;

  struct Keys {
    srtp::MasterKey own;
    srtp::MasterKey remote;
  };
  // Returns the keys to encrypt and decrypt with. Both directions use one suite: if the remote chose another
  // suite than ours, our key is a new one. TypeError: the remote's key does not fit its suite.
  [[nodiscard]] Result<Keys> Negotiate(const SrtpParameters& remote, Random& random) const;
  // SRTP has started with this key.
  void SetOwnKey(srtp::MasterKey own) { own_ = std::move(own); }
  // Returns our key for the remote; nullopt without SRTP.
  [[nodiscard]] std::optional<SrtpParameters> OwnParameters() const;

 private:
  std::optional<srtp::MasterKey> own_;
};

}  // namespace ringcast::rtc
