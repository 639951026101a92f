#include "support/SimOutputMonitor.hpp"

#include <algorithm>

namespace ringcast::test {

namespace {

constexpr std::int64_t kFirstCycle = 65536;  // keeps the numbers before the first packet above zero
constexpr std::int64_t kReordered = 128;     // packets by which the network of a simulation can reorder

std::string Time(Instant at) { return std::to_string(ToMilliseconds(at.time_since_epoch())); }

std::string Describe(const SimTag& tag) {
  return "picture " + std::to_string(tag.picture) + (tag.key ? " (key)" : "") + ", layer " +
         std::to_string(tag.spatial) + "." + std::to_string(tag.temporal) + ", packet " +
         std::to_string(tag.packet + 1) + " of " + std::to_string(tag.packets);
}

}  // namespace

void SimInputLog::OnArrival(const SimTag& tag, Instant now) {
  if (encodings_.size() <= tag.encoding) encodings_.resize(std::size_t{tag.encoding} + 1);
  auto& arrivals = encodings_[tag.encoding];
  if (arrivals.size() <= tag.sequence) arrivals.resize(std::size_t{tag.sequence} + 1);
  auto& arrival = arrivals[tag.sequence];
  if (arrival.at == Instant{}) arrival = {now, tag};
}

std::size_t SimInputLog::Missing(const SimTag& before, const SimTag& after, Instant sent,
                                 std::optional<Instant> until) const {
  if (before.encoding >= encodings_.size()) return 0;
  const auto& arrivals = encodings_[before.encoding];
  std::size_t count = 0;
  for (auto i = std::size_t{before.sequence} + 1; i < after.sequence; ++i) {
    const auto arrival = i < arrivals.size() ? arrivals[i] : Arrival();
    const auto isOf = [&arrival](const SimTag& tag) {
      return arrival.tag.picture == tag.picture && arrival.tag.spatial == tag.spatial;
    };
    const bool never =
        arrival.at == Instant{} || arrival.at > sent + kTooLate || (until && arrival.at >= *until);
    const bool late = arrival.at >= sent && !isOf(before) && !isOf(after);
    count += never || late ? 1 : 0;
  }
  return count;
}

std::string SimInputLog::Describe(std::uint8_t encoding, std::uint32_t from, std::uint32_t to) const {
  if (encoding >= encodings_.size()) return {};
  const auto& arrivals = encodings_[encoding];
  std::string text;
  for (std::size_t i = from; i < std::min<std::size_t>(to, arrivals.size()); ++i) {
    const auto& one = arrivals[i];
    text += "\n  input " + std::to_string(i) + " of encoding " + std::to_string(encoding);
    text += one.at == Instant{} ? " never arrived" : " at " + Time(one.at) + ": " + test::Describe(one.tag);
  }
  return text;
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
  faults_.Add(std::move(text), static_cast<std::uint16_t>(sent.number));
}

std::string SimOutputMonitor::Describe(std::uint16_t around) {
  constexpr std::int64_t kAround = 20;
  const auto middle = unwrapper_.Peek(around) + kFirstCycle;
  std::string text;
  std::optional<std::uint8_t> encoding;
  std::uint32_t first = 0, last = 0;
  for (auto number = middle - kAround; number <= middle + kAround; ++number) {
    const auto& sent = At(number);
    if (sent.number != number) continue;
    const auto& tag = sent.tag;
    if (encoding != tag.encoding) {
      if (encoding) text += input_->Describe(*encoding, first, last + 1);
      encoding = tag.encoding;
      first = tag.sequence;
    }
    last = tag.sequence;
    text += "\n  output " + std::to_string(number & 0xffff) + " at " + Time(sent.at) + ": source's " +
            std::to_string(tag.sequence) + " of encoding " + std::to_string(tag.encoding) + ", " +
            test::Describe(tag);
  }
  return encoding ? text + input_->Describe(*encoding, first, last + 1) : text;
}

// An empty packet, with the number of a packet that arrived too late for the output to close the hole.
void SimOutputMonitor::OnFilled(const RtpView& rtp, bool retransmission, Instant now) {
  if (!next_) return;
  const auto number =
      unwrapper_.Peek(retransmission ? LoadU16(rtp.payload.data()) : rtp.sequenceNumber) + kFirstCycle;
  auto& filled = filled_[static_cast<std::size_t>(number) % kRing];
  if ((filled == number) != retransmission || At(number).number == number || number > highest_)
    Fault("a number is filled that is in use", {.number = number, .at = now, .tag = {}});
  counted_.filled += filled == number ? 0U : 1U;
  filled = number;
}

void SimOutputMonitor::OnSent(const RtpView& rtp, Instant now) {
  const bool retransmission = rtxSsrc_ == rtp.ssrc;
  if (!retransmission && rtp.ssrc != ssrc_) return;
  const std::size_t kNothing = retransmission ? 2 : 0;
  if (rtp.payload.size() == kNothing) return OnFilled(rtp, retransmission, now);
  const auto tag = SimTag::Read(rtp.payload);
  if (!tag)
    return faults_.Add("packet " + std::to_string(rtp.sequenceNumber) + " was damaged", rtp.sequenceNumber);
  Sent sent{.at = now, .tag = *tag};
  if (retransmission) {
    ++counted_.retransmissions;
    sent.number = unwrapper_.Peek(LoadU16(rtp.payload.data())) + kFirstCycle;
    const auto& original = At(sent.number);
    if (original.number != sent.number || original.tag.sequence != tag->sequence ||
        original.tag.encoding != tag->encoding)
      Fault("a retransmission of a packet that was not sent", sent);
    return;
  }
  ++counted_.packets;
  sent.number = unwrapper_.Unwrap(rtp.sequenceNumber) + kFirstCycle;
  if (!next_) {
    next_ = highest_ = sent.number;
    encoding_ = tag->encoding;
  }
  counted_.late += sent.number < highest_ ? 1U : 0U;
  if (sent.number > highest_) {
    if (tag->encoding != encoding_) ends_.push_back({sent.number, now});
    encoding_ = tag->encoding;
    highest_ = sent.number;
  }
  if (filled_[static_cast<std::size_t>(sent.number) % kRing] == sent.number)
    Fault("a number is used that was filled", sent);
  auto& place = At(sent.number);
  if (place.number == sent.number) {
    if (place.tag.sequence != tag->sequence || place.tag.encoding != tag->encoding)
      Fault("a number is used twice", sent);
    return;
  }
  if (last_ && sent.number < *next_) return Fault("a packet is sent too late", sent);
  next_ = std::min(*next_, sent.number);
  place = sent;
}

void SimOutputMonitor::OnPause(Instant now) {
  if (next_) ends_.push_back({highest_ + 1, now});
}

std::optional<Instant> SimOutputMonitor::EndOf(std::int64_t number) {
  while (!ends_.empty() && ends_.front().before <= number) ends_.pop_front();
  return ends_.empty() ? std::nullopt : std::optional(ends_.front().at);
}

Instant SimOutputMonitor::FirstSentFrom(std::int64_t number) {
  auto first = At(number).at;
  for (auto later = number + 1; later <= std::min(highest_, number + kReordered); ++later) {
    if (At(later).number == later) first = std::min(first, At(later).at);
  }
  return first;
}

void SimOutputMonitor::Evaluate(Instant now, bool rest) {
  if (!next_) return;
  for (auto number = *next_; number <= highest_; ++number) {
    const auto& sent = At(number);
    if (sent.number != number) continue;
    if (!rest && now - sent.at < kSettled) return;
    Check(sent);
    last_ = sent;
    next_ = number + 1;
  }
}

void SimOutputMonitor::Check(const Sent& sent) {
  const auto& tag = sent.tag;
  counted_.keyFrames += tag.key && tag.packet == 0 && tag.spatial == 0 ? 1U : 0U;
  if (!last_) return;
  const auto& before = last_->tag;
  const auto hole = static_cast<std::size_t>(sent.number - last_->number - 1);
  if (tag.encoding == before.encoding) {
    if (tag.sequence <= before.sequence) Fault("packets of an encoding are out of order", sent);
    if (hole > 0 && hole > input_->Missing(before, tag, FirstSentFrom(sent.number), EndOf(sent.number)))
      Fault("a hole that the input did not have", sent);
  } else {
    ++counted_.switches;
    if (!tag.key || tag.packet != 0) Fault("a switch does not begin with a key frame", sent);
    // The new encoding continues right behind the highest number that the old one used, so loss explains no
    // hole.
    if (hole > 0) Fault("a hole at a switch", sent);
  }
  counted_.holes += hole;
}

}  // namespace ringcast::test
