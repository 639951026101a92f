#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/net/Address.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::bench {

// The send backend to measure.
enum class Backend : std::uint8_t {
  kAuto,           // the worker's own choice
  kUring,          // io_uring, with zero copy where it pays
  kUringWithCopy,  // io_uring without zero copy
  kLibuv,          // sendmmsg from the libuv loop
  kFloor,          // no worker: see Floor.hpp; only for `ringcast-bench floor`
};

[[nodiscard]] std::string_view Name(Backend backend);

// Parameters of `ringcast-bench fanout`, `floor` and `load`. The default is one participant with forty
// receivers.
struct FanoutOptions {
  // Each consumer has a transport with a socket, here and in the load process, and consumes every producer.
  // One core reaches its limit far below either number.
  static constexpr std::size_t kMaxProducers = 100;
  static constexpr std::size_t kMaxConsumers = 2000;
  static constexpr std::size_t kMaxEncodings = 4;
  // The minimum holds the headers and the mark that identifies a packet; the maximum fits an MTU of 1500 with
  // SRTP.
  static constexpr std::size_t kMinPacketSize = 64;
  static constexpr std::size_t kMaxPacketSize = 1400;

  std::size_t producers = 1;
  std::size_t consumers = 40;
  std::uint32_t videoRate = 300;        // packets/s of each producer; 0: no video
  std::uint32_t audioRate = 50;         // packets/s of each producer; 0: no audio
  std::size_t talkers = kMaxProducers;  // producers that send audio; the others are silent
  std::size_t encodings = 1;            // of each producer's video, each at the full video rate
  bool rtx = false;          // enables retransmission of video by NACK and RTX; the load sends no NACKs
  std::uint32_t burst = 10;  // video packets sent back to back, one frame
  std::size_t size = 1200;   // bytes of a video packet without SRTP
  bool lastLarger = false;   // the last packet of a frame is one byte larger, as with libwebrtc's packetizer
  bool leaveOutOwn = false;  // a meeting: consumer i receives every producer except producer i
  std::uint32_t inspectEvery = 17;       // decrypt and compare one of this many received video packets
  std::uint32_t inspectAudioEvery = 17;  // decrypt and compare one of this many received audio packets
  // Microseconds between two reads of the receivers' sockets; 0: read whenever data arrives. At high rates, a
  // larger value wakes the load less often, which also saves the worker the cost of waking it.
  std::uint32_t receiveEvery = 0;
  std::optional<srtp::CryptoSuite> suite = srtp::CryptoSuite::kAeadAes128Gcm;  // nullopt: plain RTP
  Backend backend = Backend::kAuto;
  srtp::Engine srtpEngine = srtp::Engine::kAuto;
  std::uint8_t gsoPadding = 0;   // bytes, see rtc::Environment
  std::uint8_t coalesceMs = 0;   // see rtc::ForwardingScheduler
  bool singleDatagrams = false;  // no GSO batches, even if the backend supports them
  std::uint32_t seconds = 5;
  bool ipv6 = false;
  // The consumers' address if they are not in the load process: an address that drops all packets, and our
  // address on the route to it. Nothing counts packets there, so the kernel's send results are used.
  std::optional<net::Address> sink;
  std::optional<net::Address> sinkVia;
  bool json = false;

  [[nodiscard]] std::size_t VideoStreams() const { return videoRate > 0 ? encodings : 0; }
  [[nodiscard]] std::size_t StreamsOfProducer() const { return VideoStreams() + (audioRate > 0 ? 1U : 0U); }
  [[nodiscard]] std::size_t Streams() const { return producers * StreamsOfProducer(); }
  // The media kind of the stream with this index: a producer's video streams precede its audio stream.
  [[nodiscard]] MediaKind KindOfStream(std::size_t index) const {
    return index % StreamsOfProducer() < VideoStreams() ? MediaKind::kVideo : MediaKind::kAudio;
  }
  [[nodiscard]] bool Consumes(std::size_t consumer, std::size_t producer) const {
    return !leaveOutOwn || consumer != producer;
  }
  // The encoding that this consumer prefers: consumers take them in turn.
  [[nodiscard]] std::size_t EncodingOf(std::size_t consumer) const { return consumer % encodings; }
  // The number of consumers that receive this encoding of this producer.
  [[nodiscard]] std::size_t ConsumersOf(std::size_t producer, std::size_t encoding) const {
    const std::size_t all = (consumers + encodings - 1 - encoding) / encodings;
    return all - (leaveOutOwn && producer < consumers && EncodingOf(producer) == encoding ? 1 : 0);
  }
  // The number of consumers that receive this producer's streams.
  [[nodiscard]] std::size_t ConsumersOf(std::size_t producer) const {
    return consumers - (leaveOutOwn && producer < consumers ? 1 : 0);
  }
};

// Returns the values of --srtp that this build accepts: "auto, openssl, ...".
[[nodiscard]] std::string EngineNames();

// Parses the arguments after "fanout", "floor" or "load". The error contains the argument and its value.
[[nodiscard]] Result<FanoutOptions> ParseFanoutOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
