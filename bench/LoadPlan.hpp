#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "bench/FanoutOptions.hpp"
#include "bench/Latencies.hpp"

namespace ringcast::bench {

// What the load found out about its video or its audio.
struct KindResult {
  std::uint64_t sent = 0;
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
  std::uint64_t inspected = 0;
  LatencyFigures latency;
};

// What the load found out, in the measured time alone.
struct LoadResult {
  std::uint64_t sent = 0;        // packets to the worker
  std::uint64_t expected = 0;    // packets from it, if none were lost
  std::uint64_t received = 0;    // RTP packets from it
  std::uint64_t reordered = 0;   // of them, behind a later one of their ssrc
  std::uint64_t inspected = 0;   // of them, decrypted and compared with what was sent
  std::uint64_t corrupt = 0;     // of those, not as they were sent
  std::uint64_t lateBursts = 0;  // sent more than 5 ms after their time: the load itself was too slow
  std::uint64_t overflows = 0;   // datagrams that a full socket of the load lost, as the kernel counts them
  std::uint64_t loadCpu = 0;     // CPU time of the load's process, nanoseconds
  // From just before a burst is sent to its packet's arrival in the receiving socket.
  LatencyFigures latency;
  KindResult video;
  KindResult audio;
};

// What the two processes of a benchmark tell each other; it lies in memory that they share. Who writes what
// is fixed, and the signals over the control socket say when it is there.
struct LoadPlan {
  // An SRTP master key in base64, of any suite.
  using KeyText = std::array<char, 64>;

  // By the load, before kReady.
  std::array<std::uint16_t, FanoutOptions::kMaxProducers> senderPorts{};
  std::array<std::uint16_t, FanoutOptions::kMaxConsumers> receiverPorts{};
  // By the worker, before kGo.
  std::array<std::uint16_t, FanoutOptions::kMaxProducers> producerPorts{};
  KeyText senderKey{};
  std::array<KeyText, FanoutOptions::kMaxConsumers> consumerKeys{};
  // By the load, before kEnd.
  LoadResult result;
  // By the load, before it exits with a fault.
  std::array<char, 256> failure{};
};

// One byte each. Load: kReady. Worker: kGo. Load, after the warm-up: kBegin. Worker: kGo. Load, at last:
// kEnd.
enum class Signal : char { kReady = 'r', kGo = 'g', kBegin = 'b', kEnd = 'e' };

// Copies as much as fits, and ends it with a zero.
template <std::size_t size>
void StoreText(std::array<char, size>& out, std::string_view text) {
  std::snprintf(out.data(), size, "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace ringcast::bench
