#include "ringcast/rtc/producer/ProducerFeedback.hpp"

#include <array>

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtc/producer/ProducerEvents.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtcp/NackList.hpp"

namespace ringcast::rtc {

void ProducerFeedback::SendKeyFrameRequest(KeyFrameRequest request, Ssrc media, Instant now) {
  // An empty receiver report, and one request.
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  const auto& session = transport_.Rtcp();
  session.BeginFeedback(writer);
  if (request == KeyFrameRequest::kPli) {
    writer.AddPictureLoss(session.LocalSsrc(), media);
  } else {
    writer.AddFullIntraRequest(session.LocalSsrc(), media, firSequenceNumber_++);
  }
  events_.OnKeyFrameRequestSent(request, media, now);
  transport_.SendRtcp(ByteView(buffer).first(writer.Size()), now);
}

std::size_t ProducerFeedback::SendNack(Ssrc media, std::span<const std::int64_t> sequenceNumbers,
                                       Instant now) {
  const auto& session = transport_.Rtcp();
  std::size_t messages = 0;
  while (!sequenceNumbers.empty()) {
    // As many items as fit one message, within a compound that every path carries.
    std::array<rtcp::CompoundWriter::NackItem, 256> items;
    const auto packed = rtcp::PackNack(sequenceNumbers, items);
    std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
    rtcp::CompoundWriter writer(buffer);
    session.BeginFeedback(writer);
    RC_ASSERT(writer.AddNack(session.LocalSsrc(), media, std::span(items).first(packed.items)));
    transport_.SendRtcp(ByteView(buffer).first(writer.Size()), now);
    sequenceNumbers = sequenceNumbers.subspan(packed.numbers);
    ++messages;
    events_.OnNackSent(now);
  }
  return messages;
}

}  // namespace ringcast::rtc
