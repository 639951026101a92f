#include "ringcast/rtc/transport/PlainSrtp.hpp"

namespace ringcast::rtc {

Status PlainSrtp::Check(const std::optional<SrtpParameters>& remote) const {
  if (!Enabled() && remote)
    return TypeError("srtpParameters given, but the transport was created without enableSrtp");
  if (Enabled() && !remote)
    return TypeError("missing srtpParameters: the transport was created with enableSrtp");
  return OkStatus();
}

Result<PlainSrtp::Keys> PlainSrtp::Negotiate(const SrtpParameters& remote, Random& random) const {
  auto remoteKey = srtp::MasterKey::FromBase64(remote.cryptoSuite, remote.keyBase64);
  if (!remoteKey) return remoteKey.Failure();
  auto ownKey =
      own_->Suite() == remote.cryptoSuite ? *own_ : srtp::MasterKey::Generate(remote.cryptoSuite, random);
  return Keys{.own = std::move(ownKey), .remote = std::move(*remoteKey)};
}

std::optional<SrtpParameters> PlainSrtp::OwnParameters() const {
  if (!own_) return std::nullopt;
  return SrtpParameters{own_->Suite(), own_->Base64()};
}

}  // namespace ringcast::rtc
