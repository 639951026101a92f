#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Parameters.hpp"
#include "support/SimVideoSource.hpp"

namespace ringcast::test {

// What the controller would say of simulated sources, but for ids.
[[nodiscard]] rtc::ProduceOptions VideoProducer(const SimVideoSettings& settings);
[[nodiscard]] rtc::ProduceOptions AudioProducer(const SimAudioSource::Settings& settings);
// Of a consumer of that producer's, its ids set but for its own.
[[nodiscard]] rtc::ConsumeOptions ConsumerOf(const rtc::ProducerDump& producer, std::uint32_t ssrc,
                                             std::optional<std::uint32_t> rtxSsrc);

}  // namespace ringcast::test
