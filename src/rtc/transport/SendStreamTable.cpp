#include "ringcast/rtc/transport/SendStreamTable.hpp"

#include <string>
#include <unordered_set>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

Status SendStreamTable::CheckUnused(const RtpParameters& parameters) const {
  std::unordered_set<Ssrc> rtx;
  for (const auto& [ssrc, stream] : bySsrc_) {
    if (stream->RtxSsrc()) rtx.insert(*stream->RtxSsrc());
  }
  for (const auto ssrc : NamedSsrcs(parameters.encodings)) {
    if (!bySsrc_.contains(ssrc) && !rtx.contains(ssrc)) continue;
    return TypeError("ssrc " + std::to_string(ssrc.Value()) +
                     " already belongs to a consumer of the same transport");
  }
  return OkStatus();
}

void SendStreamTable::Add(Consumer& consumer) {
  consumer.ForEachStream([this](ConsumerStream& stream) { Add(stream); });
}

void SendStreamTable::Add(ConsumerStream& stream) {
  if (freeIds_.empty()) {
    freeIds_.push_back(static_cast<StreamId>(byId_.size()));
    byId_.push_back(nullptr);
  }
  const auto id = freeIds_.back();
  freeIds_.pop_back();
  byId_[static_cast<std::size_t>(id)] = &stream;
  bySsrc_.emplace(stream.OutputSsrc(), &stream);
  stream.SetId(id);
}

void SendStreamTable::Remove(Consumer& consumer) {
  consumer.ForEachStream([this](ConsumerStream& stream) {
    byId_[static_cast<std::size_t>(stream.Id())] = nullptr;
    freeIds_.push_back(stream.Id());
    bySsrc_.erase(stream.OutputSsrc());
    removedBytesSent_ += stream.SentMeter().Bytes();
  });
}

ConsumerStream* SendStreamTable::Find(Ssrc ssrc) const {
  const auto found = bySsrc_.find(ssrc);
  return found == bySsrc_.end() ? nullptr : found->second;
}

}  // namespace ringcast::rtc
