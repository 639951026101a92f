#include "ringcast/rtc/transport/PeerRejects.hpp"

#include "ringcast/base/Log.hpp"

namespace ringcast::rtc {

namespace {

// Returns true for the first call with this reason.
template <std::size_t size, typename Reason>
bool First(std::bitset<size>& seen, Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  if (seen[index]) return false;
  seen.set(index);
  return true;
}

}  // namespace

void PeerRejects::OnStun(ice::Reject reason, const ice::Tuple& from) {
  context_.iceRejects.Count(reason);
  if (!First(loggedStun_, reason)) return;
  log::Warn(log::Tag::kIce, "transport ", id_, ": rejected a STUN message from ", from.remote.ToString(),
            ": ", ice::Name(reason), " (further ones are only counted)");
}

void PeerRejects::OnDtls(dtls::DropReason reason) {
  context_.dtlsDrops.Count(reason);
  if (!First(loggedDtls_, reason)) return;
  log::Warn(log::Tag::kDtls, "transport ", id_, ": dropped a DTLS datagram: ", dtls::Name(reason),
            " (further ones are only counted)");
}

void PeerRejects::OnDtlsFailure(const dtls::Failure& failure) {
  context_.dtlsFailures.Count(failure.reason);
  log::Warn(log::Tag::kDtls, "transport ", id_, ": DTLS failed: ", dtls::Name(failure.reason), ", alert ",
            failure.alert, ", OpenSSL: ", failure.detail.empty() ? "no detail" : failure.detail);
}

}  // namespace ringcast::rtc
