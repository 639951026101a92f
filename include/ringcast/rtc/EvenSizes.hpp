#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringcast::rtc {

// How many bytes of padding (RFC 3550 section 5.1) make neighbours of a video stream equally long, so that
// they leave in one run. Encoders split a frame into packets whose sizes differ by a byte.
//
// Neighbours whose sizes differ by `most` bytes at the most are filled up to the largest of them. `sizes`: of
// the packets of one turn, in the order of sending; `padding`: as many, for each what to add.
void EvenSizes(std::span<const std::uint32_t> sizes, std::uint32_t most, std::span<std::uint8_t> padding);

}  // namespace ringcast::rtc
