#include "ringcast/net/DropReason.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace ringcast::net {

namespace {

// In the order of the enum.
constexpr std::array<std::pair<DropReason, std::string_view>, static_cast<std::size_t>(DropReason::kCount)>
    kNames{{
        {DropReason::kPoolDry, "poolDry"},
        {DropReason::kTooLong, "tooLong"},
        {DropReason::kUnknownProtocol, "unknownProtocol"},
        {DropReason::kUnexpectedProtocol, "unexpectedProtocol"},
        {DropReason::kUnknownRemote, "unknownRemote"},
        {DropReason::kNotConnected, "notConnected"},
        {DropReason::kMalformedStun, "malformedStun"},
        {DropReason::kRefusedStun, "refusedStun"},
        {DropReason::kUnknownUfrag, "unknownUfrag"},
        {DropReason::kTupleInUse, "tupleInUse"},
        {DropReason::kRefusedDtls, "refusedDtls"},
        {DropReason::kRefusedSctp, "refusedSctp"},
        {DropReason::kMalformedRtp, "malformedRtp"},
        {DropReason::kMalformedRtcp, "malformedRtcp"},
        {DropReason::kSrtpNotReady, "srtpNotReady"},
        {DropReason::kSrtpAuthentication, "srtpAuthentication"},
        {DropReason::kSrtpReplay, "srtpReplay"},
        {DropReason::kSrtpMalformed, "srtpMalformed"},
        {DropReason::kUnknownStream, "unknownStream"},
        {DropReason::kProbe, "probe"},
        {DropReason::kUnknownPayloadType, "unknownPayloadType"},
        {DropReason::kProducerPaused, "producerPaused"},
        {DropReason::kDuplicate, "duplicate"},
        {DropReason::kTooOld, "tooOld"},
        {DropReason::kPoliced, "policed"},
        {DropReason::kOverloaded, "overloaded"},
        {DropReason::kPoolReserve, "poolReserve"},
        {DropReason::kGapShed, "gapShed"},
        {DropReason::kEgressQueueFull, "egressQueueFull"},
        {DropReason::kProtectFailed, "protectFailed"},
        {DropReason::kSrtpIndexUsed, "srtpIndexUsed"},
        {DropReason::kResendTooSoon, "resendTooSoon"},
        {DropReason::kResendBudget, "resendBudget"},
        {DropReason::kUnconfirmedAddress, "unconfirmedAddress"},
        {DropReason::kNotSent, "notSent"},
        {DropReason::kUnknownDataStream, "unknownDataStream"},
        {DropReason::kMessageTooBig, "messageTooBig"},
        {DropReason::kSendBufferFull, "sendBufferFull"},
        {DropReason::kNoAssociation, "noAssociation"},
    }};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].first != static_cast<DropReason>(i) || kNames[i].second.empty()) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

std::string_view Name(DropReason reason) { return kNames[static_cast<std::size_t>(reason)].second; }

log::Tag TagOf(DropReason reason) {
  switch (reason) {
    case DropReason::kMalformedStun:
    case DropReason::kRefusedStun:
    case DropReason::kUnknownUfrag:
    case DropReason::kTupleInUse:
    case DropReason::kUnconfirmedAddress:
      return log::Tag::kIce;
    case DropReason::kRefusedDtls:
      return log::Tag::kDtls;
    case DropReason::kSrtpNotReady:
    case DropReason::kSrtpAuthentication:
    case DropReason::kSrtpReplay:
    case DropReason::kSrtpMalformed:
    case DropReason::kProtectFailed:
    case DropReason::kSrtpIndexUsed:
      return log::Tag::kSrtp;
    case DropReason::kRefusedSctp:
    case DropReason::kUnknownDataStream:
    case DropReason::kMessageTooBig:
    case DropReason::kSendBufferFull:
    case DropReason::kNoAssociation:
      return log::Tag::kSctp;
    case DropReason::kMalformedRtcp:
      return log::Tag::kRtcp;
    case DropReason::kProbe:
    case DropReason::kResendTooSoon:
    case DropReason::kResendBudget:
      return log::Tag::kRtx;
    default:
      return log::Tag::kRtp;
  }
}

}  // namespace ringcast::net
