#include "support/SimCamera.hpp"

#include <vector>

#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::test {

void SimCamera::Play() {
  if (sim_.now >= nextReport_) {
    Report();
    nextReport_ += Seconds(1);
  }
  if (sim_.now >= nextFrame_) {
    Capture();
    nextFrame_ += kFrameTime;
  }
  Deliver();
}

void SimCamera::Capture() {
  for (std::size_t i = 0; i < kEncodings; ++i) {
    encoders_[i].onTheWay.push_back({.encoding = i,
                                     .number = number_,
                                     .keyFrame = std::exchange(encoders_[i].keyFrameWanted, false),
                                     .arrival = sim_.now + kDelays[i] + slower_});
  }
  ++number_;
}

void SimCamera::Deliver() {
  for (auto& encoder : encoders_) {
    while (!encoder.onTheWay.empty() && encoder.onTheWay.front().arrival <= sim_.now) {
      Arrive(encoder, encoder.onTheWay.front());
      encoder.onTheWay.pop_front();
    }
  }
}

void SimCamera::Report() {
  for (std::size_t i = 0; i < kEncodings; ++i) {
    const rtp::SenderInfo info{.ntp = SimWorker::kWallClock.Ntp(sim_.now - Seconds(77)),
                               .rtpTimestamp = Timestamp(i, number_)};
    sim_.Receive("in", address_, RtcpBytes([&](rtcp::CompoundWriter& writer) {
                   writer.AddSenderReport(SsrcOf(i), info, {});
                 }));
  }
}

void SimCamera::OnRtcp(ByteView compound) {
  for (const auto& request : MessagesOf<rtcp::PictureLoss>(compound)) {
    for (std::size_t i = 0; i < kEncodings; ++i) {
      if (request.media == SsrcOf(i)) encoders_[i].keyFrameWanted = true;
    }
  }
}

void SimCamera::Restart(std::size_t encoding, std::uint32_t firstTimestamp) {
  auto& encoder = encoders_[encoding];
  encoder.sequenceNumber = static_cast<std::uint16_t>(encoder.sequenceNumber + 0x6000);
  encoder.firstTimestamp = firstTimestamp;
  encoder.keyFrameWanted = true;
}

SimCamera::Mark SimCamera::MarkOf(ByteView payload) {
  const auto* at = payload.data() + kDescriptorSize;
  return {at[1], LoadU32(at + 2), at[6], (at[0] & 1) == 0};
}

void SimCamera::Arrive(Encoder& encoder, const Frame& frame) {
  ++encoder.pictureId;
  ++encoder.tl0PicIdx;
  for (std::uint8_t i = 0; i < kPackets; ++i) {
    // RFC 7741 section 4.2: X and S, then I and L with 15 bits of picture id.
    std::vector<std::uint8_t> payload(200 * (frame.encoding + 1));
    payload[0] = i == 0 ? 0x90 : 0x80;
    payload[1] = 0xC0;
    StoreU16(&payload[2], static_cast<std::uint16_t>(0x8000 | encoder.pictureId));
    payload[4] = encoder.tl0PicIdx;
    payload[kDescriptorSize] = frame.keyFrame ? 0x50 : 0x51;
    payload[kDescriptorSize + 1] = static_cast<std::uint8_t>(frame.encoding);
    StoreU32(&payload[kDescriptorSize + 2], frame.number);
    payload[kDescriptorSize + 6] = i;
    const RtpBytes packet{.payloadType = SimWorker::kVideoPayloadType,
                          .marker = i + 1U == kPackets,
                          .sequenceNumber = encoder.sequenceNumber++,
                          .timestamp = Timestamp(frame.encoding, frame.number),
                          .ssrc = SsrcOf(frame.encoding).Value(),
                          .payload = std::move(payload)};
    sim_.Receive("in", address_, packet.Write());
  }
}

}  // namespace ringcast::test
