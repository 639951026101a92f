#include "ringcast/rtc/Egress.hpp"

#include <algorithm>
#include <cstring>

#include "ringcast/rtc/Consumer.hpp"

namespace ringcast::rtc {

bool Egress::Push(const Entry& entry) {
  if (entries_.size() >= kMaxEntries) return false;
  entries_.push_back(entry);
  return true;
}

void Egress::Forget(const Consumer& consumer) {
  std::erase_if(entries_, [&consumer](const Entry& entry) { return entry.consumer == &consumer; });
}

// Key: video bit, ssrc, position. Sorting by it puts audio first, keeps each ssrc together and in order.
void Egress::Order() {
  static_assert(kMaxEntries <= (1U << 31));
  keys_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    const std::uint64_t video = entry.video ? 1 : 0;
    keys_.push_back((video << 63) | (static_cast<std::uint64_t>(entry.rewrite.ssrc.Value()) << 31) | i);
  }
  // What arrives in order, the common case of one stream, is found sorted.
  if (!std::is_sorted(keys_.begin(), keys_.end())) std::sort(keys_.begin(), keys_.end());
  order_.clear();
  for (const auto key : keys_) order_.push_back(static_cast<std::uint32_t>(key & 0x7fffffff));
}

// A run goes on while (1) the packet is of the run's size, or shorter, which ends it; (2) the segment count
// and (3) the bytes stay within what one segmented send can carry.
std::size_t Egress::RunEnd(std::size_t first, std::size_t overhead) const {
  const std::size_t size = entries_[order_[first]].size + overhead;
  std::size_t total = size;
  std::size_t last = first + 1;
  while (last < order_.size() && last - first < net::kMaxSegments) {
    const std::size_t next = entries_[order_[last]].size + overhead;
    if (next > size || total + next > net::kMaxRunBytes) break;
    total += next;
    ++last;
    if (next < size) break;
  }
  return last;
}

// A run is mostly of one consumer: its statistics are touched once.
void Egress::CountSent(std::size_t first, std::size_t last, Instant now, Sent& sent) const {
  while (first < last) {
    Consumer* const consumer = entries_[order_[first]].consumer;
    rtp::SentPackets packets;
    for (; first < last && entries_[order_[first]].consumer == consumer; ++first) {
      const Entry& entry = entries_[order_[first]];
      ++packets.count;
      packets.payloadBytes += entry.routed->packet.PayloadSize();
      packets.bytes += entry.size;
      packets.timestamp = entry.rewrite.timestamp;
    }
    sent.rtpBytes += packets.bytes;
    consumer->OnSent(packets, now);
  }
}

void Egress::SendRun(net::DatagramSink& sink, const Destination& destination, std::size_t first,
                     std::size_t last, Instant now, Sent& sent) {
  const std::size_t size = entries_[order_[first]].size + destination.overhead;
  auto slot = sink.Acquire(size * (last - first));
  if (!slot) {
    sent.notSent += last - first;
    return;
  }

  rtp::SendTimeValues values{.absSendTime = rtp::AbsSendTime(now)};
  const MutableBytes room = slot->Room();
  std::size_t offset = 0;
  jobs_.clear();
  for (std::size_t i = first; i < last; ++i) {
    const Entry& entry = entries_[order_[i]];
    const MutableBytes out = room.subspan(offset);
    const auto* extensions = entry.rewrite.extensions;
    if (extensions != nullptr && extensions->ids.Id(rtp::Extension::kTransportWideCc)) {
      values.transportSequenceNumber = nextTransportSequenceNumber_++;
    }
    const auto& packet = entry.routed->packet;
    const std::size_t headerSize = rtp::SerializeHeader(packet, entry.rewrite, values, out);
    const ByteView payload = packet.Payload();
    RC_ASSERT(headerSize + payload.size() == entry.size);
    if (destination.srtp != nullptr) {
      jobs_.push_back({out.data(), headerSize, payload, entry.rewrite.sequenceNumber});
    } else if (!payload.empty()) {
      std::memcpy(out.data() + headerSize, payload.data(), payload.size());
    }
    offset += entry.size + destination.overhead;
  }
  if (destination.srtp != nullptr && !destination.srtp->Protect(jobs_)) {
    sent.refused += last - first;
    return;
  }

  CountSent(first, last, now, sent);
  sent.packets += last - first;
  sent.bytes += offset;
  sink.Send(std::move(*slot), net::Segments{size, offset}, destination.socket, destination.to);
}

Egress::Sent Egress::Flush(net::DatagramSink& sink, const Destination& destination, Instant now) {
  Sent sent;
  Order();
  for (std::size_t first = 0; first < order_.size();) {
    const std::size_t last = RunEnd(first, destination.overhead);
    SendRun(sink, destination, first, last, now, sent);
    first = last;
  }
  entries_.clear();
  return sent;
}

}  // namespace ringcast::rtc
