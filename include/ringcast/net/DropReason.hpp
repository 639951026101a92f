#pragma once

#include <cstdint>
#include <string_view>

#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Log.hpp"

namespace ringcast::net {

// Why a datagram, or a packet in it, was dropped. Drops are counted, never logged one by one.
enum class DropReason : std::uint8_t {
  kPoolDry,             // no packet buffer: the pool has reached its limit
  kTooLong,             // longer than a packet buffer; truncated by the kernel
  kUnknownProtocol,     // the first byte is in no range of RFC 7983
  kUnexpectedProtocol,  // STUN, DTLS or data that this transport does not support
  kUnknownRemote,       // not from the transport's remote address
  kNotConnected,        // received before connect(), without comedia
  kMalformedStun,
  kRefusedStun,   // a binding request that ICE rejected, for any reason
  kUnknownUfrag,  // a binding request for no transport of the server
  kTupleInUse,    // a binding request from an address that another transport of the server uses
  kRefusedDtls,   // no DTLS association could use it
  kRefusedSctp,   // the SCTP association dropped it or a part of it
  kMalformedRtp,
  kMalformedRtcp,
  kSrtpNotReady,  // encrypted transport without keys yet, or whose DTLS association has ended
  kSrtpAuthentication,
  kSrtpReplay,
  kSrtpMalformed,
  kUnknownStream,       // no producer for this ssrc, mid or rid
  kProbe,               // RTX without an original packet: a bandwidth probe
  kUnknownPayloadType,  // not among the producer's codecs
  kProducerPaused,
  kDuplicate,
  kTooOld,           // outside the reordering window (RFC 3550 A.1)
  kPoliced,          // beyond what the producer may publish (rtc::Policer)
  kOverloaded,       // too many packets of the stream wait to be forwarded
  kPoolReserve,      // the free buffers are reserved for higher priorities (rtc::PoolBudget)
  kGapShed,          // held behind a gap, released to free memory (rtc::GapBudget)
  kEgressQueueFull,  // outgoing: the transport's egress queue is at its limit
  kProtectFailed,    // outgoing: SRTP refused to encrypt
  kSrtpIndexUsed,    // outgoing: another packet was already encrypted with this ssrc and index
  kResendTooSoon,  // retransmission: a copy was sent within the last round trip, or too many copies were sent
  kResendBudget,   // retransmission: the transport's retransmission budget is used up
  kUnconfirmedAddress,  // outgoing: the peer has not proved that it receives at this address
  kNotSent,             // outgoing: no send slot was free (the sink counts it too)
  kUnknownDataStream,   // a message on an SCTP stream without a data producer
  kMessageTooBig,       // outgoing: a message larger than the peer accepts
  kSendBufferFull,      // outgoing: a message for which the send buffer of the association has no room
  kNoAssociation,       // outgoing: a message for a peer whose SCTP association has ended
  kCount
};

[[nodiscard]] std::string_view Name(DropReason reason);
// Returns the tag of log messages about these drops.
[[nodiscard]] log::Tag TagOf(DropReason reason);

using DropCounters = Counters<DropReason>;

}  // namespace ringcast::net
