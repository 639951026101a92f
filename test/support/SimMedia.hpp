#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Parameters.hpp"
#include "support/SimVideoSource.hpp"

namespace ringcast::test {

// Return the options that a controller sends for simulated sources, without ids.
[[nodiscard]] rtc::ProduceOptions VideoProducer(const SimVideoSettings& settings);
[[nodiscard]] rtc::ProduceOptions AudioProducer(const SimAudioSource::Settings& settings);
// Returns the options of a consumer of that producer, with all ids except its own.
[[nodiscard]] rtc::ConsumeOptions ConsumerOf(const rtc::ProducerDump& producer, std::uint32_t ssrc,
                                             std::optional<std::uint32_t> rtxSsrc);

}  // namespace ringcast::test
