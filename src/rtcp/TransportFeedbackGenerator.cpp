#include "ringcast/rtcp/TransportFeedbackGenerator.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ringcast::rtcp {

namespace {

// Maximum number of arrivals to offer for one message. With one byte each they would fill it.
constexpr std::size_t kOffered = 1024;

Instant NextMultiple(Instant after, Duration interval) {
  return Instant((after.time_since_epoch() / interval + 1) * interval);
}

}  // namespace

TransportFeedbackGenerator::Verdict TransportFeedbackGenerator::OnPacket(std::uint16_t wideSequenceNumber,
                                                                         Instant arrival) {
  const std::int64_t number = unwrapper_.Unwrap(wideSequenceNumber);
  const bool nothingRecent = begin_ == end_ || arrival - newest_ > kHistory;
  if (number >= end_) {
    Extend(number);
  } else if (number < begin_) {
    // If the whole history is out of date, the sender has restarted.
    if (!nothingRecent) return Verdict::kTooOld;
    Begin(number);
  } else if (At(number) != kNotReceived) {
    return Verdict::kDuplicate;
  }
  At(number) = arrival;
  nextToReport_ = std::min(nextToReport_, number);
  newest_ = std::max(newest_, arrival);
  if (!deadline_) deadline_ = NextMultiple(arrival, kInterval);
  if (end_ - nextToReport_ >= static_cast<std::int64_t>(kEarlyPackets))
    deadline_ = std::min(*deadline_, arrival);
  return Verdict::kNoted;
}

void TransportFeedbackGenerator::Begin(std::int64_t number) {
  begin_ = number;
  nextToReport_ = number;
  end_ = number + 1;
  if (arrivals_.empty()) arrivals_.resize(kMinCapacity);
}

void TransportFeedbackGenerator::Extend(std::int64_t number) {
  constexpr auto kMax = static_cast<std::int64_t>(kMaxPackets);
  // After a gap as long as the history, the packets in the gap are not reported.
  if (begin_ == end_ || number - end_ >= kMax) return Begin(number);
  begin_ = std::max(begin_, number + 1 - kMax);
  nextToReport_ = std::max(nextToReport_, begin_);
  const auto size = static_cast<std::size_t>(number + 1 - begin_);
  if (size > arrivals_.size()) {
    std::vector<Instant> larger(arrivals_.size() * 2);
    while (larger.size() < size) larger.resize(larger.size() * 2);
    for (std::int64_t i = begin_; i < end_; ++i)
      larger[static_cast<std::size_t>(i) & (larger.size() - 1)] = At(i);
    arrivals_ = std::move(larger);
  }
  for (std::int64_t i = std::max(begin_, end_); i < number; ++i) At(i) = kNotReceived;
  end_ = number + 1;
}

void TransportFeedbackGenerator::ForgetOld(Instant now) {
  for (std::int64_t i = begin_; i < nextToReport_; ++i) {
    // A lost packet is removed together with the next received packet after it.
    if (At(i) == kNotReceived) continue;
    if (now - At(i) <= kHistory) return;
    begin_ = i + 1;
  }
}

bool TransportFeedbackGenerator::OnTimeout(Instant now) {
  if (!deadline_ || now < *deadline_) return false;
  deadline_.reset();
  ForgetOld(now);
  return true;
}

bool TransportFeedbackGenerator::AddReport(CompoundWriter& writer, Ssrc sender, Ssrc media) {
  std::array<PacketArrival, kOffered> offered;
  std::size_t count = 0;
  for (std::int64_t i = nextToReport_; i < end_ && count < kOffered; ++i) {
    if (At(i) != kNotReceived) offered[count++] = {i, At(i)};
  }
  if (count == 0) return false;
  const auto reported = writer.AddTransportFeedback(sender, media, feedbackCount_, nextToReport_,
                                                    std::span<const PacketArrival>(offered).first(count));
  if (reported == 0) return false;
  ++feedbackCount_;
  nextToReport_ += static_cast<std::int64_t>(reported);
  return true;
}

}  // namespace ringcast::rtcp
