// What Transport tells its peer so that the peer finds its sending rate: transport-wide feedback
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), or REMB (draft-alvestrand-rmcat-remb-03).

#include <algorithm>
#include <array>
#include <string_view>

#include "ringcast/rtc/Transport.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

// An ssrc for each byte that counts them.
constexpr std::size_t kMaxAdviceSources = 255;

bool Negotiated(const Producer& producer, std::string_view feedback) {
  const auto& codecs = producer.Parameters().codecs;
  return std::any_of(codecs.begin(), codecs.end(),
                     [feedback](const auto& codec) { return HasFeedback(codec, feedback); });
}

}  // namespace

void Transport::NegotiateFeedback() {
  bool transportWide = false;
  bool remb = false;
  for (const auto& [id, producer] : producers_) {
    transportWide |= Negotiated(*producer, "transport-cc") &&
                     producer->Extensions().Id(rtp::Extension::kTransportWideCc).has_value();
    remb |= Negotiated(*producer, "goog-remb");
  }
  if (!transportWide) {
    arrivals_.reset();
  } else if (!arrivals_) {
    arrivals_.emplace();
  }
  // A sender that estimates by itself needs no estimate of ours, but is held to the limit.
  using Use = RateAdvice::Use;
  rateAdvice_.SetUse(transportWide ? Use::kLimit : remb ? Use::kEstimate : Use::kNone);
  tellsSender_ = transportWide || remb;
  reducedSize_ = std::all_of(producers_.begin(), producers_.end(),
                             [](const auto& entry) { return entry.second->Parameters().rtcp.reducedSize; });
}

// RFC 5506 section 3.4.1 allows feedback alone where both sides agreed on it. Others want RFC 3550's compound
// rule: a report first, which may be empty.
void Transport::BeginFeedback(rtcp::CompoundWriter& writer) const {
  if (!reducedSize_) writer.AddReceiverReport(localSsrc_, {});
}

Status Transport::SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now) {
  if (Kind() == TransportKind::kDirect) {
    return GenericError("transport \"" + id_ +
                        "\" is a direct transport: what the controller sends has no maximum bitrate");
  }
  rateAdvice_.SetLimit(limit, now);
  SendFeedback(now);
  Settle(now);
  return OkStatus();
}

std::optional<Instant> Transport::NextFeedback() const {
  // Before the peer is known there is nobody to tell.
  if (!Connected()) return std::nullopt;
  return Earlier(rateAdvice_.NextTimeout(), arrivals_ ? arrivals_->NextTimeout() : std::nullopt);
}

void Transport::NoteArrival(const rtp::Packet& packet, const Producer* producer, Instant now) {
  const auto before = NextFeedback();
  if (producer != nullptr) lastSource_ = packet.SenderSsrc();
  rateAdvice_.OnPacket(now);
  const auto value = arrivals_ ? packet.ExtensionValue(rtp::Extension::kTransportWideCc) : std::nullopt;
  // Two bytes; the second version of the extension, of four, begins with the same two.
  if (value && value->size() >= 2) arrivals_->OnPacket(LoadU16(value->data()), packet.Arrival());
  // Once in an interval, not for each packet.
  if (NextFeedback() != before) Settle(now);
}

void Transport::SendFeedback(Instant now) {
  if (!Connected()) return;
  if (arrivals_ && arrivals_->OnTimeout(now)) SendArrivalReports(now);
  SendRateAdvice(now);
}

void Transport::SendArrivalReports(Instant now) {
  std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
  while (true) {
    rtcp::CompoundWriter writer(buffer);
    BeginFeedback(writer);
    // Senders look at feedback about streams of theirs only, whichever it is.
    if (!arrivals_->AddReport(writer, localSsrc_, lastSource_)) return;
    SendRtcp(ByteView(buffer).first(writer.Size()), now);
  }
}

void Transport::SendRateAdvice(Instant now) {
  const auto advice = rateAdvice_.OnTimeout(now, rtpReceived_.Rate(now));
  if (!advice) return;
  adviceSources_.clear();
  for (const auto& [id, producer] : producers_) producer->AppendSsrcs(adviceSources_);
  adviceSources_.resize(std::min(adviceSources_.size(), kMaxAdviceSources));
  std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
  rtcp::CompoundWriter writer(buffer);
  BeginFeedback(writer);
  RC_ASSERT(writer.AddRemb(localSsrc_, *advice, adviceSources_));
  SendRtcp(ByteView(buffer).first(writer.Size()), now);
}

}  // namespace ringcast::rtc
