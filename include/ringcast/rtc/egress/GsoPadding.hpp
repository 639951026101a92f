#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringcast::rtc {

// Computes the padding (RFC 3550 section 5.1) that makes neighbouring packets of a video stream equally long,
// so that one GSO batch carries them. Encoders split a frame into packets whose sizes differ by a byte.
//
// Neighbours whose sizes differ by up to `most` bytes, 255 at most, are padded to the largest of them.
// `sizes`: of the packets of one round, in send order. `padding`: the result, as many values.
void PlanGsoPadding(std::span<const std::uint32_t> sizes, std::uint32_t most,
                    std::span<std::uint8_t> padding);

}  // namespace ringcast::rtc
