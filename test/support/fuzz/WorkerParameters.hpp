#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ringcast/rtc/Parameters.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "support/fuzz/WorkerScript.hpp"

// Produce and consume requests of the Worker target's scripts, valid or with a flaw.
namespace ringcast::fuzz {

enum class ScriptCodec : std::uint8_t { kVp8, kOpus, kVp9, kAv1, kH264, kPcmu, kH265, kUnknown, kCount };

constexpr std::uint8_t kScriptPayloadType = 96;
constexpr std::uint8_t kScriptRtxPayloadType = 97;
constexpr std::uint8_t kScriptMappedPayloadType = 101;
constexpr std::uint8_t kScriptMappedRtxPayloadType = 102;
// Offset of an RTX ssrc from the ssrc of its stream.
constexpr std::uint32_t kScriptRtxSsrcOffset = 0x10000;

// Returns the id of a header extension, the same in every request.
[[nodiscard]] constexpr std::uint8_t ScriptExtensionId(rtp::Extension extension) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(extension) + 1);
}

// `number` makes ids, ssrcs and mids unique.
[[nodiscard]] rtc::ProduceOptions MakeProduceOptions(const script::Produce& command, std::uint32_t number);
[[nodiscard]] rtc::ConsumeOptions MakeConsumeOptions(const script::Consume& command, std::uint32_t number,
                                                     const rtc::Producer& source);

}  // namespace ringcast::fuzz
