#include "ringcast/rtc/transport/SendStreamTable.hpp"

#include <string>
#include <unordered_set>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

Status SendStreamTable::CheckUnused(const RtpParameters& parameters) const {
  std::unordered_set<Ssrc> rtx;
  for (const auto& [ssrc, outgoing] : bySsrc_) {
    if (outgoing.stream->RtxSsrc()) rtx.insert(*outgoing.stream->RtxSsrc());
  }
  for (const auto ssrc : NamedSsrcs(parameters.encodings)) {
    if (!bySsrc_.contains(ssrc) && !rtx.contains(ssrc)) continue;
    return TypeError("ssrc " + std::to_string(ssrc.Value()) +
                     " already belongs to a consumer of the same transport");
  }
  return OkStatus();
}

void SendStreamTable::Add(Consumer& consumer) {
  consumer.ForEachStream([&](ConsumerStream& stream) { Add({&consumer, &stream}); });
}

void SendStreamTable::Add(const OutgoingStream& outgoing) {
  if (freeIds_.empty()) {
    freeIds_.push_back(static_cast<StreamId>(byId_.size()));
    byId_.emplace_back();
  }
  const auto id = freeIds_.back();
  freeIds_.pop_back();
  byId_[static_cast<std::size_t>(id)] = outgoing;
  bySsrc_.emplace(outgoing.stream->OutputSsrc(), outgoing);
  outgoing.stream->SetId(id);
}

void SendStreamTable::Remove(Consumer& consumer) {
  consumer.ForEachStream([this](ConsumerStream& stream) {
    byId_[static_cast<std::size_t>(stream.Id())] = {};
    freeIds_.push_back(stream.Id());
    bySsrc_.erase(stream.OutputSsrc());
    removedBytesSent_ += stream.Statistics().Rate().Bytes();
  });
}

const OutgoingStream* SendStreamTable::Find(Ssrc ssrc) const {
  const auto found = bySsrc_.find(ssrc);
  return found == bySsrc_.end() ? nullptr : &found->second;
}

}  // namespace ringcast::rtc
