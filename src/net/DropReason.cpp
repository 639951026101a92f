#include "ringcast/net/DropReason.hpp"

namespace ringcast::net {

std::string_view Name(DropReason reason) {
  // No default: the compiler asks for the name of a new reason.
  switch (reason) {
    case DropReason::kPoolDry:
      return "poolDry";
    case DropReason::kTooLong:
      return "tooLong";
    case DropReason::kUnknownProtocol:
      return "unknownProtocol";
    case DropReason::kUnexpectedProtocol:
      return "unexpectedProtocol";
    case DropReason::kUnknownRemote:
      return "unknownRemote";
    case DropReason::kNotConnected:
      return "notConnected";
    case DropReason::kMalformedStun:
      return "malformedStun";
    case DropReason::kRefusedStun:
      return "refusedStun";
    case DropReason::kUnknownUfrag:
      return "unknownUfrag";
    case DropReason::kTupleInUse:
      return "tupleInUse";
    case DropReason::kRefusedDtls:
      return "refusedDtls";
    case DropReason::kMalformedRtp:
      return "malformedRtp";
    case DropReason::kMalformedRtcp:
      return "malformedRtcp";
    case DropReason::kSrtpNotReady:
      return "srtpNotReady";
    case DropReason::kSrtpAuthentication:
      return "srtpAuthentication";
    case DropReason::kSrtpReplay:
      return "srtpReplay";
    case DropReason::kSrtpMalformed:
      return "srtpMalformed";
    case DropReason::kUnknownStream:
      return "unknownStream";
    case DropReason::kProbe:
      return "probe";
    case DropReason::kUnknownPayloadType:
      return "unknownPayloadType";
    case DropReason::kProducerPaused:
      return "producerPaused";
    case DropReason::kDuplicate:
      return "duplicate";
    case DropReason::kTooOld:
      return "tooOld";
    case DropReason::kPoliced:
      return "policed";
    case DropReason::kOverloaded:
      return "overloaded";
    case DropReason::kPoolReserve:
      return "poolReserve";
    case DropReason::kGapShed:
      return "gapShed";
    case DropReason::kEgressQueueFull:
      return "egressQueueFull";
    case DropReason::kProtectFailed:
      return "protectFailed";
    case DropReason::kSrtpIndexUsed:
      return "srtpIndexUsed";
    case DropReason::kResendTooSoon:
      return "resendTooSoon";
    case DropReason::kResendBudget:
      return "resendBudget";
    case DropReason::kUnconfirmedAddress:
      return "unconfirmedAddress";
    case DropReason::kNotSent:
      return "notSent";
    case DropReason::kCount:
      break;
  }
  return {};
}

}  // namespace ringcast::net
