#pragma once

#include <cstdint>
#include <span>

// The bodies of the fuzz targets. fuzzer/ links them with libFuzzer, and the unit tests run their corpora.
// Each invariant of all inputs is an RC_ASSERT.
namespace ringcast::fuzz {

void FuzzRtpPacket(std::span<const std::uint8_t> input);
void FuzzHeaderExtensions(std::span<const std::uint8_t> input);
void FuzzEgressBatch(std::span<const std::uint8_t> input);
void FuzzFrameInspector(std::span<const std::uint8_t> input);
void FuzzGapBuffer(std::span<const std::uint8_t> input);
void FuzzDependencyDescriptor(std::span<const std::uint8_t> input);
void FuzzPictureRewriter(std::span<const std::uint8_t> input);
void FuzzLayerFilter(std::span<const std::uint8_t> input);
void FuzzSequenceRewriter(std::span<const std::uint8_t> input);
void FuzzRtcp(std::span<const std::uint8_t> input);
void FuzzTransportFeedbackGenerator(std::span<const std::uint8_t> input);
void FuzzNackTracker(std::span<const std::uint8_t> input);
void FuzzRtx(std::span<const std::uint8_t> input);
void FuzzRetransmissionBuffer(std::span<const std::uint8_t> input);
void FuzzSrtp(std::span<const std::uint8_t> input);
void FuzzUsedIndices(std::span<const std::uint8_t> input);
void FuzzSctp(std::span<const std::uint8_t> input);
void FuzzSctpCookie(std::span<const std::uint8_t> input);
void FuzzSctpPair(std::span<const std::uint8_t> input);
void FuzzStun(std::span<const std::uint8_t> input);
void FuzzIce(std::span<const std::uint8_t> input);
void FuzzDtls(std::span<const std::uint8_t> input);
void FuzzChannel(std::span<const std::uint8_t> input);
void FuzzParameterConversion(std::span<const std::uint8_t> input);
void FuzzReturnRoutability(std::span<const std::uint8_t> input);
void FuzzWebRtcServer(std::span<const std::uint8_t> input);
void FuzzStreamFraming(std::span<const std::uint8_t> input);
void FuzzTcpSockets(std::span<const std::uint8_t> input);
void FuzzWorker(std::span<const std::uint8_t> input);

}  // namespace ringcast::fuzz
