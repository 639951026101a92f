#include "support/SimOutputMonitor.hpp"

#include <algorithm>

namespace ringcast::test {

namespace {

constexpr std::int64_t kFirstCycle = 65536;   // so that what comes before the first packet is not below zero
constexpr std::uint32_t kAroundSwitch = 128;  // packets before and behind one that can be missing

}  // namespace

void SimInputLog::OnArrival(const SimTag& tag, Instant now) {
  if (encodings_.size() <= tag.encoding) encodings_.resize(std::size_t{tag.encoding} + 1);
  auto& arrivals = encodings_[tag.encoding];
  if (arrivals.size() <= tag.sequence) arrivals.resize(std::size_t{tag.sequence} + 1);
  auto& arrival = arrivals[tag.sequence];
  if (arrival.at == Instant{}) arrival = {now, tag.picture, tag.spatial};
}

std::size_t SimInputLog::Missing(const SimTag& before, const SimTag& after) const {
  if (before.encoding >= encodings_.size()) return 0;
  const auto& arrivals = encodings_[before.encoding];
  if (after.sequence >= arrivals.size()) return 0;
  const auto reference = arrivals[after.sequence].at;
  std::size_t count = 0;
  for (auto i = std::size_t{before.sequence} + 1; i < after.sequence; ++i) {
    const auto& arrival = arrivals[i];
    const auto isOf = [&arrival](const SimTag& tag) {
      return arrival.picture == tag.picture && arrival.spatial == tag.spatial;
    };
    const bool never = arrival.at == Instant{} || arrival.at > reference + kTooLate;
    const bool late = arrival.at >= reference && !isOf(before) && !isOf(after);
    count += never || late ? 1 : 0;
  }
  return count;
}

std::size_t SimInputLog::Missing(std::uint8_t encoding, std::uint32_t from, std::uint32_t count,
                                 Instant now) const {
  if (encoding >= encodings_.size()) return 0;
  const auto& arrivals = encodings_[encoding];
  const auto end = std::min<std::size_t>(std::size_t{from} + count, arrivals.size());
  std::size_t missing = 0;
  for (std::size_t i = from; i < end; ++i)
    missing += arrivals[i].at == Instant{} || arrivals[i].at >= now ? 1 : 0;
  return missing;
}

void SimOutputMonitor::Fault(const char* what, const Sent& sent) {
  auto text = std::string(what) + ": output " + std::to_string(sent.number & 0xffff) + ", source's " +
              std::to_string(sent.tag.sequence) + " of encoding " + std::to_string(sent.tag.encoding) +
              ", picture " + std::to_string(sent.tag.picture);
  if (last_) {
    text += "; before it output " + std::to_string(last_->number & 0xffff) + ", source's " +
            std::to_string(last_->tag.sequence) + " of encoding " + std::to_string(last_->tag.encoding) +
            ", picture " + std::to_string(last_->tag.picture);
  }
  faults_.Add(std::move(text));
}

void SimOutputMonitor::OnSent(const RtpView& rtp, Instant now) {
  if (rtp.payload.empty()) return;  // padding
  const bool retransmission = rtxSsrc_ == rtp.ssrc;
  if (!retransmission && rtp.ssrc != ssrc_) return;
  const auto tag = SimTag::Read(rtp.payload);
  if (!tag) return faults_.Add("packet " + std::to_string(rtp.sequenceNumber) + " was damaged");
  Sent sent{.at = now, .tag = *tag};
  if (retransmission) {
    ++counted_.retransmissions;
    sent.number = unwrapper_.Peek(LoadU16(rtp.payload.data())) + kFirstCycle;
    const auto& original = At(sent.number);
    if (original.number != sent.number || original.tag.sequence != tag->sequence ||
        original.tag.encoding != tag->encoding)
      Fault("a retransmission of what was not sent", sent);
    return;
  }
  ++counted_.packets;
  sent.number = unwrapper_.Unwrap(rtp.sequenceNumber) + kFirstCycle;
  if (!next_) next_ = highest_ = sent.number;
  counted_.late += sent.number < highest_ ? 1U : 0U;
  highest_ = std::max(highest_, sent.number);
  auto& place = At(sent.number);
  if (place.number == sent.number) {
    if (place.tag.sequence != tag->sequence || place.tag.encoding != tag->encoding)
      Fault("a number is used twice", sent);
    return;
  }
  if (last_ && sent.number < *next_) return Fault("a packet comes too late", sent);
  next_ = std::min(*next_, sent.number);
  place = sent;
}

void SimOutputMonitor::Evaluate(Instant now, bool rest) {
  if (!next_) return;
  for (auto number = *next_; number <= highest_; ++number) {
    const auto& sent = At(number);
    if (sent.number != number) continue;
    if (!rest && now - sent.at < kSettled) return;
    Judge(sent);
    last_ = sent;
    next_ = number + 1;
  }
}

void SimOutputMonitor::Judge(const Sent& sent) {
  const auto& tag = sent.tag;
  counted_.keyFrames += tag.key && tag.packet == 0 && tag.spatial == 0 ? 1U : 0U;
  if (!last_) return;
  const auto& before = last_->tag;
  const auto hole = static_cast<std::size_t>(sent.number - last_->number - 1);
  if (tag.encoding == before.encoding) {
    if (tag.sequence <= before.sequence) Fault("the source's order is lost", sent);
    if (hole > 0 && hole > input_->Missing(before, tag)) Fault("a hole that the input did not have", sent);
  } else {
    ++counted_.switches;
    if (!tag.key || tag.packet != 0) Fault("another encoding takes over within its stream", sent);
    // What was on its way when the switch came: before the key frame, and behind the last of the old stream.
    const auto from = tag.sequence - std::min(tag.sequence, kAroundSwitch);
    if (hole > 0 && hole > input_->Missing(tag.encoding, from, tag.sequence - from, sent.at) +
                               input_->Missing(before.encoding, before.sequence + 1, kAroundSwitch, sent.at))
      Fault("a hole at a switch that the input did not have", sent);
  }
  counted_.holes += hole;
}

}  // namespace ringcast::test
