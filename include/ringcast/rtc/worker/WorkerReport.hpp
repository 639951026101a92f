#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ringcast/base/Counters.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/net/EgressStats.hpp"
#include "ringcast/net/TcpStats.hpp"

// The figures of a worker: plain values that the process collects, and that the dump and other outputs
// render. Counters start with the process.
namespace ringcast::rtc {

struct LoadReport {
  double utilisation = 0;           // share of the last window in which the loop was busy, 0 to 1
  std::uint64_t slicePackets = 0;   // video packets sent before the loop polls its sockets again
  std::uint64_t shedConsumers = 0;  // now
  std::uint64_t sheddings = 0;
  std::uint64_t restorals = 0;
  std::uint64_t splitTurns = 0;
  std::uint64_t coalescedTurns = 0;
};

// The packet pool: how many buffers each holder uses, and may use (rtc::PoolBudget).
struct PoolReport {
  std::uint64_t limit = 0;
  std::uint64_t allocated = 0;
  std::uint64_t inUse = 0;
  std::uint64_t videoReserve = 0;  // free buffers at which video is dropped
  std::uint64_t audioReserve = 0;  // and audio
  struct Holder {
    std::string name;
    std::uint64_t packets = 0;  // one buffer may have several holders
    std::uint64_t limit = 0;
  };
  std::vector<Holder> holders;
  std::uint64_t gapPacketsShed = 0;
};

// The media core.
struct MediaReport {
  net::DropCounters drops;                       // of all transports, including closed ones
  Counters<ice::Reject> iceRejects;              // STUN messages that ICE rejected
  Counters<dtls::DropReason> dtlsDrops;          // DTLS datagrams that were dropped, wholly or in part
  Counters<dtls::FailureReason> dtlsFailures;    // handshakes and associations that failed
  std::uint64_t keyFrameRequestsSent = 0;        // to the senders of producers
  std::uint64_t keyFrameRequestsSuppressed = 0;  // answered by a request that was sent shortly before
  std::uint64_t paddedPackets = 0;               // RTP packets padded to fit a GSO batch
  std::uint64_t paddingBytes = 0;
  std::uint64_t coalescedNotifications = 0;
  LoadReport load;
  PoolReport pool;
};

// The output of the channel to the controller.
struct ChannelReport {
  std::uint64_t waiting = 0;      // bytes that the pipe has not accepted yet
  std::uint64_t replaced = 0;     // queued values that a later one replaced
  std::vector<NamedCount> drops;  // frames, by kind
};

struct WorkerReport {
  std::uint32_t pid = 0;
  net::EgressStats egress;
  net::IngressStats ingress;
  net::TcpStats tcp;
  ChannelReport channel;
  std::uint64_t suppressedLogLines = 0;
  MediaReport media;
};

// Returns the drops of the sockets and of the media core, one entry for each reason.
[[nodiscard]] std::vector<NamedCount> AllDrops(const WorkerReport& report);

}  // namespace ringcast::rtc
