#include "ringcast/rtc/data/SctpLink.hpp"

#include <algorithm>
#include <memory>
#include <variant>
#include <vector>

#include "ringcast/base/Log.hpp"
#include "ringcast/rtc/data/DataConsumer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

namespace {

// RFC 8831 section 8.
constexpr std::uint32_t kPpidDcep = 50;
constexpr std::uint32_t kPpidText = 51;
constexpr std::uint32_t kPpidBinary = 53;
constexpr std::uint32_t kPpidEmptyText = 56;
constexpr std::uint32_t kPpidEmptyBinary = 57;

// A message between two routers that has subchannels: a header, and the message's own PPID and payload. Any
// message with this PPID has the header, so that a participant cannot forge one.
//
//   u32 PPID, u8 flags, u8 0, u16 required subchannel, u16 ignored subchannel, u16 count, u16 subchannels ...
constexpr std::uint32_t kPpidWithSubchannels = 0x52435355;
constexpr std::size_t kPipeHeaderSize = 12;
constexpr std::size_t kMaxPipeSubchannels = 1024;
constexpr std::uint8_t kHasRequired = 1;
constexpr std::uint8_t kHasIgnored = 2;

[[nodiscard]] bool NeedsHeader(const DataMessage& message) {
  return !message.subchannels.empty() || message.requiredSubchannel || message.ignoredSubchannel ||
         message.ppid == kPpidWithSubchannels;
}

// Returns the message with its header.
std::vector<std::uint8_t> Wrap(const DataMessage& message) {
  std::vector<std::uint8_t> bytes(kPipeHeaderSize + 2 * message.subchannels.size() + message.payload.size());
  ByteWriter writer(bytes);
  writer.U32(message.ppid);
  writer.U8(static_cast<std::uint8_t>((message.requiredSubchannel ? kHasRequired : 0) |
                                      (message.ignoredSubchannel ? kHasIgnored : 0)));
  writer.U8(0);
  writer.U16(message.requiredSubchannel.value_or(0));
  writer.U16(message.ignoredSubchannel.value_or(0));
  writer.U16(static_cast<std::uint16_t>(message.subchannels.size()));
  for (const auto subchannel : message.subchannels) writer.U16(subchannel);
  writer.Bytes(message.payload);
  return bytes;
}

// Returns the message, which refers to `bytes`; nullopt if its header is malformed.
std::optional<DataMessage> Unwrap(ByteView bytes) {
  ByteReader reader(bytes);
  DataMessage message;
  message.ppid = reader.U32();
  const std::uint8_t flags = reader.U8();
  reader.U8();
  const std::uint16_t required = reader.U16();
  const std::uint16_t ignored = reader.U16();
  const std::size_t count = reader.U16();
  if (!reader.Ok() || count > kMaxPipeSubchannels || reader.Remaining() <= 2 * count) return std::nullopt;
  if ((flags & kHasRequired) != 0) message.requiredSubchannel = required;
  if ((flags & kHasIgnored) != 0) message.ignoredSubchannel = ignored;
  for (std::size_t i = 0; i < count; ++i) message.subchannels.push_back(reader.U16());
  message.payload = reader.Bytes(reader.Remaining());
  return message;
}

sctp::Settings SettingsOf(const TransportOptions& options, SctpLink::Carrier carrier) {
  sctp::Settings settings;
  settings.zeroChecksum = carrier == SctpLink::Carrier::kDtls;
  if (options.maxReceiveMessageSize != 0) settings.maxReceiveMessageSize = options.maxReceiveMessageSize;
  if (carrier == SctpLink::Carrier::kPipe)
    settings.maxReceiveMessageSize += kPipeHeaderSize + 2 * kMaxPipeSubchannels;
  const auto atMost = [](std::size_t& value, std::size_t given, std::size_t most) {
    if (given != 0) value = std::min(given, most);
  };
  atMost(settings.receiveWindow, options.sctpMaxReceiverWindowBufferSize, SctpLink::kMaxReceiveWindow);
  atMost(settings.sendLimits.total, options.sctpSendBufferSize, SctpLink::kMaxSendBuffer);
  settings.sendLimits.perStream = settings.sendLimits.total;
  atMost(settings.sendLimits.perStream, options.sctpPerStreamSendQueueLimit, SctpLink::kMaxSendBuffer);
  return settings;
}

std::string_view Name(sctp::State state) {
  switch (state) {
    case sctp::State::kNew:
      return "new";
    case sctp::State::kConnecting:
      return "connecting";
    case sctp::State::kConnected:
      return "connected";
    case sctp::State::kFailed:
      return "failed";
    case sctp::State::kClosed:
      return "closed";
  }
  return "";
}

}  // namespace

SctpLink::SctpLink(WorkerContext& context, Transport& transport, SctpOutput& output,
                   const TransportOptions& options, Carrier carrier)
    : context_(context),
      transport_(transport),
      output_(output),
      carrier_(carrier),
      isDataChannel_(options.isDataChannel),
      association_(SettingsOf(options, carrier), context.environment.random),
      share_(context.data) {}

void SctpLink::Connect(Instant now) {
  association_.Connect(now);
  due_ = true;
  HandleEvents(now);
}

void SctpLink::Close(Instant now) {
  association_.Abort();
  HandleEvents(now);
  Flush(now);
}

void SctpLink::Receive(ByteView packet, Instant now) {
  const auto dropped = association_.Drops().Total();
  association_.LimitReceiveWindow(share_.Limit());
  association_.Receive(packet, now);
  share_.Set(association_.Held());
  if (association_.Drops().Total() != dropped) transport_.CountDrop(net::DropReason::kRefusedSctp);
  due_ = true;
  HandleEvents(now);
}

void SctpLink::Flush(Instant now) {
  due_ = false;
  while (const auto packet = association_.NextPacket(now)) output_.SendSctp(*packet, now);
  output_.FlushSctp(now);
  share_.Set(association_.Held());
  HandleEvents(now);
}

void SctpLink::NoteDue(Instant now) {
  if (due_) return;
  due_ = true;
  transport_.Settle(now);
}

std::optional<Instant> SctpLink::NextTimeout() const {
  return due_ ? std::optional(Instant()) : association_.NextTimeout();
}

void SctpLink::OnTimeout(Instant now) {
  if (const auto due = association_.NextTimeout(); due && now >= *due) association_.OnTimeout(now);
  Flush(now);
}

// --- Events ---

void SctpLink::HandleEvents(Instant now) {
  while (const auto event = association_.NextEvent()) {
    if (const auto* changed = std::get_if<sctp::StateChanged>(&*event)) OnState(changed->state);
    if (const auto* message = std::get_if<sctp::IncomingMessage>(&*event)) OnMessage(*message, now);
    if (const auto* reset = std::get_if<sctp::StreamsReset>(&*event)) OnReset(*reset);
    if (const auto* low = std::get_if<sctp::BufferedAmountLow>(&*event)) {
      if (const auto* consumer = transport_.Data().ConsumerOf(low->stream)) {
        context_.notifier.DataConsumerBufferedAmountLow(
            consumer->Id(), static_cast<std::uint32_t>(association_.Buffered(low->stream)));
      }
    }
  }
}

void SctpLink::OnState(sctp::State state) {
  log::Debug(log::Tag::kSctp, "transport ", transport_.Id(), ": SCTP is ", Name(state));
  // First what was negotiated: applications read it when the state is "connected".
  if (const auto* peer = association_.Negotiated()) {
    context_.notifier.SctpCapabilities(
        transport_.Id(), {.outboundStreams = peer->inboundStreams, .inboundStreams = peer->outboundStreams});
  }
  context_.notifier.SctpState(transport_.Id(), state);
}

void SctpLink::OnMessage(const sctp::IncomingMessage& message, Instant now) {
  // The controller negotiates the channels instead of DCEP (RFC 8832).
  if (isDataChannel_ && message.ppid == kPpidDcep) return;
  if (carrier_ == Carrier::kPipe && message.ppid == kPpidWithSubchannels) {
    const auto unwrapped = Unwrap(message.payload);
    if (!unwrapped) return transport_.CountDrop(net::DropReason::kRefusedSctp);
    return transport_.Data().Receive(message.stream, *unwrapped, now);
  }
  transport_.Data().Receive(message.stream, {.ppid = message.ppid, .payload = message.payload}, now);
}

void SctpLink::OnReset(const sctp::StreamsReset& reset) {
  if (!isDataChannel_) return;
  // The peer has closed a channel: RFC 8831 section 6.7 demands to reset the other direction, so that the
  // stream can be used again.
  for (const auto stream : reset.streams) association_.ResetStream(stream);
}

// --- DataLink ---

DataLink::Outcome SctpLink::Send(const DataConsumer& consumer, const DataMessage& message, Instant now) {
  const auto& stream = *consumer.Stream();
  sctp::OutgoingMessage outgoing{.stream = stream.streamId,
                                 .ppid = message.ppid,
                                 .ordered = stream.ordered,
                                 .maxRetransmits = stream.maxRetransmits};
  if (stream.maxPacketLifeTime) outgoing.expiry = now + Milliseconds(*stream.maxPacketLifeTime);
  std::vector<std::uint8_t> payload(message.payload.begin(), message.payload.end());
  if (payload.empty()) {
    // SCTP has no empty messages (RFC 8831 section 6.6).
    payload.push_back(0);
    if (outgoing.ppid == kPpidText) outgoing.ppid = kPpidEmptyText;
    if (outgoing.ppid == kPpidBinary) outgoing.ppid = kPpidEmptyBinary;
  }
  if (carrier_ == Carrier::kPipe && NeedsHeader(message)) {
    auto copy = message;
    copy.ppid = outgoing.ppid;
    copy.payload = payload;
    payload = Wrap(copy);
    outgoing.ppid = kPpidWithSubchannels;
  }
  if (association_.Held() + payload.size() > share_.Limit()) return Outcome::kFull;
  outgoing.payload = std::make_shared<const std::vector<std::uint8_t>>(std::move(payload));
  switch (association_.Send(outgoing)) {
    case sctp::Association::SendOutcome::kFull:
      return Outcome::kFull;
    case sctp::Association::SendOutcome::kNotConnected:
      return Outcome::kClosed;
    case sctp::Association::SendOutcome::kQueued:
      break;
  }
  share_.Set(association_.Held());
  NoteDue(now);
  return Outcome::kSent;
}

std::size_t SctpLink::BufferedAmount(const DataConsumer& consumer) const {
  return association_.Buffered(consumer.Stream()->streamId);
}

void SctpLink::SetLowThreshold(const DataConsumer& consumer, std::uint32_t bytes) {
  association_.SetLowThreshold(consumer.Stream()->streamId, bytes);
}

void SctpLink::Reset(const DataConsumer& consumer) {
  association_.ResetStream(consumer.Stream()->streamId);
  NoteDue(Instant());
}

SctpDescription SctpLink::Describe() const {
  SctpDescription description{.state = association_.CurrentState(), .negotiated = {}};
  if (const auto* peer = association_.Negotiated()) {
    description.negotiated = {.outboundStreams = peer->inboundStreams,
                              .inboundStreams = peer->outboundStreams};
  }
  return description;
}

}  // namespace ringcast::rtc
