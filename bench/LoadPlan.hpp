#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "bench/FanoutOptions.hpp"
#include "bench/Latencies.hpp"

namespace ringcast::bench {

// The load's results for video or audio.
struct KindResult {
  std::uint64_t sent = 0;
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
  std::uint64_t inspected = 0;
  LatencyFigures latency;
};

// The load's results in the measured period.
struct LoadResult {
  std::uint64_t sent = 0;        // packets sent to the worker
  std::uint64_t expected = 0;    // packets to receive from the worker if none is lost
  std::uint64_t received = 0;    // RTP packets received from the worker
  std::uint64_t reordered = 0;   // of the received ones, those that followed a later packet of their ssrc
  std::uint64_t inspected = 0;   // of the received ones, those decrypted and compared with the sent packet
  std::uint64_t corrupt = 0;     // of the inspected ones, those that differed
  std::uint64_t lateBursts = 0;  // bursts sent more than 5 ms late: the load itself was too slow
  std::uint64_t overflows = 0;   // datagrams dropped at full sockets of the load, as counted by the kernel
  std::uint64_t loadCpu = 0;     // CPU time of the load process in nanoseconds
  // From just before the packet's burst is sent to the packet's arrival in the receiving socket.
  LatencyFigures latency;
  KindResult video;
  KindResult audio;
};

// Data that the two processes of a benchmark exchange, in shared memory. Each field has one writer, and the
// signals on the control socket announce when it is valid.
struct LoadPlan {
  // An SRTP master key in base64, of any suite.
  using KeyText = std::array<char, 64>;

  // Written by the load, before kReady.
  std::array<std::uint16_t, FanoutOptions::kMaxProducers> senderPorts{};
  std::array<std::uint16_t, FanoutOptions::kMaxConsumers> receiverPorts{};
  // Written by the worker, before kGo.
  std::array<std::uint16_t, FanoutOptions::kMaxProducers> producerPorts{};
  KeyText senderKey{};
  std::array<KeyText, FanoutOptions::kMaxConsumers> consumerKeys{};
  // Written by the load, before kEnd.
  LoadResult result;
  // Written by the load, before it exits with an error.
  std::array<char, 256> failure{};
};

// One byte each. Load: kReady. Worker: kGo. Load, after the warm-up: kBegin. Worker: kGo. Load, after the
// measurement: kEnd.
enum class Signal : char { kReady = 'r', kGo = 'g', kBegin = 'b', kEnd = 'e' };

// Copies as much of the text as fits, with a terminating NUL.
template <std::size_t size>
void StoreText(std::array<char, size>& out, std::string_view text) {
  std::snprintf(out.data(), size, "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace ringcast::bench
