#include "support/SimReceiver.hpp"

#include <algorithm>
#include <array>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::test {

namespace {

constexpr std::int64_t kFirstCycle = 65536;  // keeps the numbers before the first packet above zero

template <typename Build>
void Append(std::vector<std::vector<std::uint8_t>>& out, Build build) {
  std::array<std::uint8_t, 1200> buffer;
  rtcp::CompoundWriter writer(buffer);
  build(writer);
  out.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.Size()));
}

}  // namespace

bool SimReceiver::OnRtp(const RtpView& rtp, Instant now) {
  const bool retransmitted = settings_.rtxSsrc == rtp.ssrc;
  if (!retransmitted && rtp.ssrc != settings_.ssrc) return false;
  auto original = rtp;
  if (retransmitted) {
    if (rtp.payload.size() < 2) {
      faults_.Add("a retransmission of " + std::to_string(rtp.payload.size()) + " bytes");
      return true;
    }
    original.sequenceNumber = LoadU16(rtp.payload.data());
    original.payload = rtp.payload.subspan(2);
  }
  if (original.payload.empty()) {
    Take(original.sequenceNumber, std::nullopt, retransmitted, now);
    return true;
  }
  auto packet = SimPacket::Parse(settings_.codec, original);
  if (packet) {
    Take(original.sequenceNumber, std::move(packet), retransmitted, now);
  } else {
    faults_.Add("packet " + std::to_string(original.sequenceNumber) + " was damaged",
                original.sequenceNumber);
  }
  return true;
}

void SimReceiver::Take(std::uint16_t sequenceNumber, std::optional<SimPacket> packet, bool retransmitted,
                       Instant now) {
  const auto number = unwrapper_.Unwrap(sequenceNumber) + kFirstCycle;
  if (!next_) {
    next_ = first_ = highest_ = number;
    nextReport_ = now + settings_.reportInterval / 2;
    reportedHighest_ = number - 1;
  } else if (number > highest_) {
    for (auto lost = highest_ + 1; lost < number; ++lost) NoteMissing(lost, now);
    highest_ = number;
  }
  auto& place = At(number);
  const bool same = place.packet.has_value() == packet.has_value() &&
                    (!packet || place.packet->tag.sequence == packet->tag.sequence);
  if (place.sequenceNumber == number && !same)
    faults_.Add("two packets have the number " + std::to_string(sequenceNumber), sequenceNumber);
  if (number < *next_ || place.sequenceNumber == number) {
    ++counted_.duplicates;
    return;
  }
  ++counted_.packets;
  counted_.repaired += retransmitted ? 1U : 0U;
  const auto missed = std::find_if(missing_.begin(), missing_.end(),
                                   [number](const Missing& one) { return one.sequenceNumber == number; });
  if (missed != missing_.end()) {
    counted_.longestRepair = std::max(counted_.longestRepair, now - missed->since);
    missing_.erase(missed);
  }
  place.sequenceNumber = number;
  place.packet = std::move(packet);
  Deliver(now);
}

void SimReceiver::NoteMissing(std::int64_t sequenceNumber, Instant now) {
  missing_.push_back({sequenceNumber, now, std::nullopt});
}

void SimReceiver::Deliver(Instant now) {
  while (*next_ <= highest_) {
    auto& place = At(*next_);
    if (place.sequenceNumber != *next_) return;
    // An empty packet only shows that its number carries no media.
    if (place.packet) {
      decoder_.OnPacket(*place.packet, gap_, now);
      gap_ = false;
    } else {
      decoder_.OnEmpty();
    }
    ++*next_;
  }
}

void SimReceiver::GiveUp(Instant now) {
  while (!missing_.empty() && (now - missing_.front().since >= settings_.patience ||
                               highest_ - missing_.front().sequenceNumber >= std::int64_t{kRing} / 2)) {
    ++counted_.givenUp;
    next_ = missing_.front().sequenceNumber + 1;
    gap_ = true;
    missing_.erase(missing_.begin());
    Deliver(now);
  }
}

void SimReceiver::OnSenderReport(Ssrc ssrc, NtpTime ntp, Instant now) {
  if (ssrc != Ssrc(settings_.ssrc)) return;
  lastSenderReport_ = ntp.Compact();
  lastSenderReportAt_ = now;
}

void SimReceiver::OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  if (!next_) return;
  GiveUp(now);
  if (settings_.nack) AskAgain(now, out);
  if (settings_.codec != SimCodec::kOpus) AskForPicture(now, out);
  if (now >= *nextReport_) Report(now, out);
}

void SimReceiver::AskAgain(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  std::vector<rtcp::CompoundWriter::NackItem> items;
  std::int64_t base = 0;
  for (auto& one : missing_) {
    if (now - one.since < settings_.reorderTolerance) continue;
    if (one.asked && now - *one.asked < settings_.nackInterval) continue;
    one.asked = now;
    ++counted_.nacked;
    if (items.empty() || one.sequenceNumber - base > 16) {
      base = one.sequenceNumber;
      items.push_back({static_cast<std::uint16_t>(base), 0});
    } else {
      items.back().bitmask |= static_cast<std::uint16_t>(1U << (one.sequenceNumber - base - 1));
    }
  }
  if (items.empty()) return;
  Append(out, [&](rtcp::CompoundWriter& writer) {
    writer.AddReceiverReport(Ssrc(settings_.ownSsrc), {});
    writer.AddNack(Ssrc(settings_.ownSsrc), Ssrc(settings_.ssrc), items);
  });
}

void SimReceiver::AskForPicture(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  if (!decoder_.WaitsForKeyFrame()) {
    waitsSince_.reset();
    pictureAsked_.reset();
    return;
  }
  if (!waitsSince_) waitsSince_ = now;
  // A key frame may already be arriving with a packet missing: that packet is requested first.
  if (now - *waitsSince_ < settings_.nackInterval && !missing_.empty()) return;
  if (pictureAsked_ && now - *pictureAsked_ < settings_.pictureInterval) return;
  pictureAsked_ = now;
  ++counted_.pictureLosses;
  Append(out, [&](rtcp::CompoundWriter& writer) {
    writer.AddReceiverReport(Ssrc(settings_.ownSsrc), {});
    writer.AddPictureLoss(Ssrc(settings_.ownSsrc), Ssrc(settings_.ssrc));
  });
}

// RFC 3550 section 6.4.1 and appendix A.3.
void SimReceiver::Report(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  *nextReport_ += settings_.reportInterval;
  const auto expected = static_cast<std::uint64_t>(highest_ - reportedHighest_);
  const auto received = counted_.packets - reportedPackets_;
  rtp::ReportBlock block;
  block.ssrc = Ssrc(settings_.ssrc);
  if (expected > received) {
    block.fractionLost =
        static_cast<std::uint8_t>(std::min<std::uint64_t>(255, (expected - received) * 256 / expected));
  }
  block.cumulativeLost =
      static_cast<std::int32_t>(highest_ - first_ + 1) - static_cast<std::int32_t>(counted_.packets);
  block.highestSequence = static_cast<std::uint32_t>(highest_ - kFirstCycle);
  if (lastSenderReport_ != 0) {
    block.lastSenderReport = lastSenderReport_;
    block.delaySinceLastSenderReport =
        static_cast<std::uint32_t>(ToMicroseconds(now - lastSenderReportAt_) * 65536 / 1'000'000);
  }
  reportedHighest_ = highest_;
  reportedPackets_ = counted_.packets;
  Append(out, [&](rtcp::CompoundWriter& writer) {
    writer.AddReceiverReport(Ssrc(settings_.ownSsrc), std::span(&block, 1));
  });
}

}  // namespace ringcast::test
