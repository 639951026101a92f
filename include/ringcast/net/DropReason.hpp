#pragma once

#include <cstdint>
#include <string_view>

#include "ringcast/base/Counters.hpp"

namespace ringcast::net {

// Why a datagram, or a packet in it, went no further. Counted, never logged one by one.
enum class DropReason : std::uint8_t {
  kPoolDry,             // no packet buffer: the pool's limit is reached
  kTooLong,             // longer than a packet buffer; truncated by the kernel
  kUnknownProtocol,     // first byte is none of RFC 7983
  kUnexpectedProtocol,  // STUN, DTLS or data where this transport has none
  kUnknownRemote,       // not from the transport's remote address
  kNotConnected,        // before connect(), without comedia
  kMalformedStun,
  kRefusedStun,   // binding requests that ICE did not accept, for whatever reason
  kUnknownUfrag,  // a binding request for no transport of the server
  kTupleInUse,    // a binding request from an address that another transport of the server is using
  kRefusedDtls,   // what no DTLS association could use
  kMalformedRtp,
  kMalformedRtcp,
  kSrtpNotReady,  // encrypted transport without keys yet, or whose DTLS association has ended
  kSrtpAuthentication,
  kSrtpReplay,
  kSrtpMalformed,
  kUnknownStream,       // no producer for this ssrc, mid or rid
  kProbe,               // RTX that repeats nothing: its sender tries how much it may send
  kUnknownPayloadType,  // not among the producer's codecs
  kProducerPaused,
  kDuplicate,
  kTooOld,              // beyond the reordering window (RFC 3550 A.1)
  kPoliced,             // beyond what its producer may publish (rtc::Policer)
  kOverloaded,          // too much of it waits already to be forwarded
  kPoolReserve,         // the free buffers are kept for what is more urgent (rtc::PoolBudget)
  kGapShed,             // held behind a gap, released to make room (rtc::GapBudget)
  kEgressQueueFull,     // on the way out: a transport's turn queue is at its limit
  kProtectFailed,       // on the way out: SRTP refused to encrypt
  kSrtpIndexUsed,       // on the way out: another packet was encrypted under its ssrc and index
  kResendTooSoon,       // asked for again: a copy was sent within the round trip, or too many were
  kResendBudget,        // asked for again: more than the transport may send again
  kUnconfirmedAddress,  // on the way out: the peer has not proved that it receives there
  kNotSent,             // on the way out: no send slot was free (the sink counts it too)
  kCount
};

[[nodiscard]] std::string_view Name(DropReason reason);

using DropCounters = Counters<DropReason>;

}  // namespace ringcast::net
