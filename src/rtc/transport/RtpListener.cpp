#include "ringcast/rtc/transport/RtpListener.hpp"

#include <set>
#include <string>
#include <utility>

#include "ringcast/rtc/producer/Producer.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

namespace {

Error Occupied(std::string_view what, const std::string& value, const Producer& by) {
  return TypeError(std::string(what) + " \"" + value + "\" already belongs to producer " + by.Id() +
                   " of the same transport");
}

std::set<std::string> NamedRids(const RtpParameters& parameters) {
  std::set<std::string> rids;
  for (const auto& encoding : parameters.encodings) {
    if (!encoding.rid.empty()) rids.insert(encoding.rid);
  }
  return rids;
}

}  // namespace

Status RtpListener::Add(Producer& producer) {
  const auto& parameters = producer.Parameters();
  const auto ssrcs = NamedSsrcs(parameters.encodings);
  const auto rids = NamedRids(parameters);

  for (const auto ssrc : ssrcs) {
    if (const auto* other = Find(ssrc)) return Occupied("ssrc", std::to_string(ssrc.Value()), *other);
  }
  if (const auto found = mids_.find(parameters.mid); found != mids_.end()) {
    return Occupied("mid", parameters.mid, *found->second);
  }
  // A rid is unique within its media section only (RFC 8852 section 3), so it matters only without a mid.
  if (parameters.mid.empty()) {
    for (const auto& rid : rids) {
      if (const auto found = rids_.find(rid); found != rids_.end())
        return Occupied("rid", rid, *found->second);
    }
  }
  if (ssrcs.empty() && parameters.mid.empty() && rids.empty()) {
    return TypeError("producer " + producer.Id() +
                     " has neither an ssrc nor a mid nor a rid: its packets could not be told apart");
  }

  for (const auto ssrc : ssrcs) ssrcs_.emplace(ssrc, &producer);
  if (!parameters.mid.empty()) mids_.emplace(parameters.mid, &producer);
  if (parameters.mid.empty()) {
    for (const auto& rid : rids) rids_.emplace(rid, &producer);
  }
  for (const auto& extension : parameters.headerExtensions) extensions_.Set(extension.uri, extension.id);
  return OkStatus();
}

void RtpListener::Remove(const Producer& producer) {
  const auto ofProducer = [&producer](const auto& entry) { return entry.second == &producer; };
  std::erase_if(ssrcs_, ofProducer);
  std::erase_if(mids_, ofProducer);
  std::erase_if(rids_, ofProducer);
}

Producer* RtpListener::Find(Ssrc ssrc) const {
  const auto found = ssrcs_.find(ssrc);
  return found == ssrcs_.end() ? nullptr : found->second;
}

Producer* RtpListener::Identify(rtp::Packet& packet) {
  auto* producer = Find(packet.SenderSsrc());
  if (producer == nullptr) {
    packet.LocateExtensions(extensions_);
    producer = FindByExtension(packet);
  }
  if (producer != nullptr) packet.LocateExtensions(producer->Extensions());
  return producer;
}

Producer* RtpListener::FindByExtension(const rtp::Packet& packet) {
  Producer* producer = nullptr;
  if (const auto mid = packet.ExtensionValue(rtp::Extension::kMid)) {
    const auto found = mids_.find(AsText(*mid));
    if (found != mids_.end()) producer = found->second;
  }
  if (producer == nullptr) {
    if (const auto rid = packet.ExtensionValue(rtp::Extension::kRid)) {
      const auto found = rids_.find(AsText(*rid));
      if (found != rids_.end()) producer = found->second;
    }
  }
  if (producer != nullptr && ssrcs_.size() < kMaxSsrcs) ssrcs_.emplace(packet.SenderSsrc(), producer);
  return producer;
}

void RtpListener::Describe(TransportDump& dump) const {
  for (const auto& [ssrc, producer] : ssrcs_) dump.ssrcTable.emplace_back(ssrc, producer->Id());
  for (const auto& [mid, producer] : mids_) dump.midTable.emplace_back(mid, producer->Id());
  for (const auto& [rid, producer] : rids_) dump.ridTable.emplace_back(rid, producer->Id());
  using rtp::Extension;
  dump.midExtensionId = extensions_.Id(Extension::kMid);
  dump.ridExtensionId = extensions_.Id(Extension::kRid);
  dump.rridExtensionId = extensions_.Id(Extension::kRepairedRid);
  dump.absSendTimeExtensionId = extensions_.Id(Extension::kAbsSendTime);
  dump.transportWideCcExtensionId = extensions_.Id(Extension::kTransportWideCc);
}

}  // namespace ringcast::rtc
