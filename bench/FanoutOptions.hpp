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

// Which way of sending is measured.
enum class Backend : std::uint8_t {
  kAuto,           // what the worker itself would choose
  kUring,          // io_uring, zero copy where it pays
  kUringWithCopy,  // io_uring without zero copy
  kLibuv,          // sendmmsg from the libuv loop
  kFloor,          // no worker at all: see Floor.hpp; by `ringcast-bench floor` alone
};

[[nodiscard]] std::string_view Name(Backend backend);

// What the benchmarks of `ringcast-bench` are to measure: by default one participant seen by forty.
struct FanoutOptions {
  // Each consumer is a transport with a socket, here and in the load process; each of them consumes every
  // producer. What one core can do ends far below either of them.
  static constexpr std::size_t kMaxProducers = 100;
  static constexpr std::size_t kMaxConsumers = 2000;
  static constexpr std::size_t kMaxEncodings = 4;
  // Room for the headers and the mark that packets are recognised by, and what fits an MTU of 1500 with SRTP.
  static constexpr std::size_t kMinPacketSize = 64;
  static constexpr std::size_t kMaxPacketSize = 1400;

  std::size_t producers = 1;
  std::size_t consumers = 40;
  std::uint32_t videoRate = 300;        // packets/s of each producer; 0: no video
  std::uint32_t audioRate = 50;         // likewise
  std::size_t talkers = kMaxProducers;  // so many of the producers send their audio, the others are silent
  std::size_t encodings = 1;            // of each producer's video, each sent like the only one of others
  bool rtx = false;                     // video can be asked for again, by NACK and RTX; nobody does
  std::uint32_t burst = 10;             // video packets back to back, a frame
  std::size_t size = 1200;              // of a video packet, without SRTP
  bool lastLarger = false;          // a frame's last packet is one byte larger, as libwebrtc splits frames
  bool leaveOutOwn = false;         // a meeting: consumer i gets every producer but producer i
  std::uint32_t inspectEvery = 17;  // one received video packet in so many is decrypted and compared
  std::uint32_t inspectAudioEvery = 17;  // likewise
  // Microseconds between two looks at the receivers' sockets; 0: whenever something arrives. At high rates
  // the load is woken less often then, and so is whoever wakes it.
  std::uint32_t receiveEvery = 0;
  std::optional<srtp::CryptoSuite> suite = srtp::CryptoSuite::kAeadAes128Gcm;  // nullopt: plain RTP
  Backend backend = Backend::kAuto;
  srtp::Engine srtpEngine = srtp::Engine::kAuto;
  std::uint8_t gsoPadding = 0;   // bytes, see rtc::Environment
  std::uint8_t coalesceMs = 0;   // see rtc::ForwardingScheduler
  bool singleDatagrams = false;  // no runs, whatever the backend can
  std::uint32_t seconds = 5;
  bool ipv6 = false;
  // Where the consumers are, if not in the load process: an address that drops what it gets, and ours on the
  // way to it. Nobody counts there, so the kernel's word is taken for what left.
  std::optional<net::Address> sink;
  std::optional<net::Address> sinkVia;
  bool json = false;

  [[nodiscard]] std::size_t VideoStreams() const { return videoRate > 0 ? encodings : 0; }
  [[nodiscard]] std::size_t StreamsOfProducer() const { return VideoStreams() + (audioRate > 0 ? 1U : 0U); }
  [[nodiscard]] std::size_t Streams() const { return producers * StreamsOfProducer(); }
  // Of the stream with that index: a producer's video comes before its audio.
  [[nodiscard]] MediaKind KindOfStream(std::size_t index) const {
    return index % StreamsOfProducer() < VideoStreams() ? MediaKind::kVideo : MediaKind::kAudio;
  }
  [[nodiscard]] bool Consumes(std::size_t consumer, std::size_t producer) const {
    return !leaveOutOwn || consumer != producer;
  }
  // Which of them this consumer gets: of several the next one prefers the next.
  [[nodiscard]] std::size_t EncodingOf(std::size_t consumer) const { return consumer % encodings; }
  // The consumers that get this encoding of this producer.
  [[nodiscard]] std::size_t ConsumersOf(std::size_t producer, std::size_t encoding) const {
    const std::size_t all = (consumers + encodings - 1 - encoding) / encodings;
    return all - (leaveOutOwn && producer < consumers && EncodingOf(producer) == encoding ? 1 : 0);
  }
  // The consumers that get what this producer sends.
  [[nodiscard]] std::size_t ConsumersOf(std::size_t producer) const {
    return consumers - (leaveOutOwn && producer < consumers ? 1 : 0);
  }
};

// Returns the values of --srtp that this build accepts: "auto, openssl, ...".
[[nodiscard]] std::string EngineNames();

// `arguments` behind "fanout", "floor" or "load". The failure names the argument and its
// value.
[[nodiscard]] Result<FanoutOptions> ParseFanoutOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
