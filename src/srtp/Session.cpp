#include "srtp/Session.hpp"

#include <string>

namespace ringcast::srtp {

namespace {

void SetSuite(CryptoSuite suite, srtp_policy_t& policy) {
  switch (suite) {
    case CryptoSuite::kAeadAes256Gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
    case CryptoSuite::kAeadAes128Gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case CryptoSuite::kAesCm128HmacSha1_80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case CryptoSuite::kAesCm128HmacSha1_32:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);  // RFC 5764 section 4.1.2
      return;
  }
}

srtp_err_status_t Open(const MasterKey& key, Direction direction, srtp_t& session) {
  srtp_policy_t policy{};
  SetSuite(key.Suite(), policy);
  policy.ssrc.type = direction == Direction::kInbound ? ssrc_any_inbound : ssrc_any_outbound;
  // libsrtp copies the key and does not modify it, although its interface is not const.
  policy.key =
      const_cast<unsigned char*>(key.Bytes().data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  policy.window_size = kReplayWindow;
  // Allows retransmissions without RTX; see Outbound::ProtectRtp() for the condition.
  policy.allow_repeat_tx = 1;
  return srtp_create(&session, &policy);
}

// Initializes the library, once per process. Its logging is off: the status of each call reports the errors
// of a packet.
srtp_err_status_t OpenLibrary() {
  if (const auto status = srtp_init(); status != srtp_err_status_ok) return status;
  srtp_install_log_handler(nullptr, nullptr);
  srtp_install_event_handler(nullptr);
  // A session that is never used and never closed. When it is built with NSS, as in Debian, libsrtp unloads
  // NSS with the last session and loads it again with the next one. Creating a session then takes 3 ms, and
  // 20 µs while another one exists.
  SeededRandom noSecret(0);
  static srtp_t stays = nullptr;
  return Open(MasterKey::Generate(CryptoSuite::kAeadAes128Gcm, noSecret), Direction::kInbound, stays);
}

}  // namespace

Result<LibrarySession> LibrarySession::Create(const MasterKey& key, Direction direction) {
  static const srtp_err_status_t kOpened = OpenLibrary();
  srtp_t session = nullptr;
  const auto status = kOpened == srtp_err_status_ok ? Open(key, direction, session) : kOpened;
  if (status == srtp_err_status_ok) return LibrarySession(session, key.Suite());
  return GenericError(
      std::string(kOpened == srtp_err_status_ok ? "libsrtp refused an " : "libsrtp did not start for an ") +
      std::string(Name(key.Suite())) + " session, status " + std::to_string(status));
}

}  // namespace ringcast::srtp
