#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <utility>

#include "ringcast/dtls/Connection.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// Counts what ICE and DTLS of one transport rejected, and logs the first rejection for each reason.
class PeerRejects {
 public:
  PeerRejects(WorkerContext& context, std::string transportId)
      : context_(context), id_(std::move(transportId)) {}

  void OnStun(ice::Reject reason, const ice::Tuple& from);
  // A datagram was dropped, wholly or in part.
  void OnDtls(dtls::DropReason reason);
  // The association failed.
  void OnDtlsFailure(const dtls::Failure& failure);

 private:
  WorkerContext& context_;
  std::string id_;
  std::bitset<Counters<ice::Reject>::kSize> loggedStun_;       // by reason
  std::bitset<Counters<dtls::DropReason>::kSize> loggedDtls_;  // likewise
};

}  // namespace ringcast::rtc
