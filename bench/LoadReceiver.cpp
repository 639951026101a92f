#include "bench/LoadReceiver.hpp"

#include <linux/sock_diag.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "bench/PeerEngine.hpp"
#include "ringcast/net/Demux.hpp"

namespace ringcast::bench {

ReceiveBatch::ReceiveBatch() : places_(std::make_unique<Place[]>(kSize)) {
  for (std::size_t i = 0; i < kSize; ++i) {
    auto& header = messages_[i].msg_hdr;
    places_[i].vector = {places_[i].bytes.data(), places_[i].bytes.size()};
    header.msg_iov = &places_[i].vector;
    header.msg_iovlen = 1;
    header.msg_control = places_[i].control.data();
  }
}

std::size_t ReceiveBatch::Receive(int descriptor, Depth depth) {
  for (auto& message : messages_) {
    message.msg_hdr.msg_controllen = Place{}.control.size();
    message.msg_hdr.msg_iov->iov_len = depth == Depth::kWhole ? kBufferSize : kGlanceSize;
  }
  const int count = recvmmsg(descriptor, messages_.data(), kSize, MSG_DONTWAIT, nullptr);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

MutableBytes ReceiveBatch::Datagram(std::size_t index) {
  return {places_[index].bytes.data(), messages_[index].msg_len};
}

bool ReceiveBatch::IsWhole(std::size_t index) const {
  return (messages_[index].msg_hdr.msg_flags & MSG_TRUNC) == 0;
}

std::optional<Nanoseconds> ReceiveBatch::Arrival(std::size_t index) const {
  const msghdr& header = messages_[index].msg_hdr;
  const cmsghdr* const control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
    return std::nullopt;
  timespec time{};
  std::memcpy(&time, CMSG_DATA(control), sizeof(time));
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Result<LoadReceiver> LoadReceiver::Open(const FanoutOptions& options, std::size_t index) {
  auto socket = LoopbackSocket::Open(options.ipv6);
  if (!socket) return socket.Failure();
  // The load must not lose packets that the worker sent: the buffer must hold those that arrive while the
  // load handles another receiver. SO_RCVBUFFORCE exceeds net.core.rmem_max if the process is privileged;
  // otherwise the system may grant less, which is accepted.
  const int wanted = 1 << 20;
  if (setsockopt(socket->Descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0)
    setsockopt(socket->Descriptor(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
  const int on = 1;
  if (setsockopt(socket->Descriptor(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0)
    return SystemError("SO_TIMESTAMPNS");
  return LoadReceiver(std::move(*socket), options, index);
}

Status LoadReceiver::SetKey(srtp::CryptoSuite suite, std::string_view keyBase64) {
  const auto key = srtp::MasterKey::FromBase64(suite, keyBase64);
  if (!key) return key.Failure();
  auto inbound = srtp::Inbound::Create(*key, PeerEngine());
  if (!inbound) return inbound.Failure();
  srtp_ = std::move(*inbound);
  return OkStatus();
}

std::uint64_t LoadReceiver::Overflows() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t size = sizeof(info);
  if (getsockopt(Descriptor(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
  return info[SK_MEMINFO_DROPS];
}

bool LoadReceiver::Receive(ReceiveBatch& batch, const SendLog& log, Tally& tally) {
  const std::size_t count = batch.Receive(Descriptor(), NextDepth());
  for (std::size_t i = 0; i < count; ++i)
    OnDatagram({batch.Datagram(i), batch.IsWhole(i), batch.Arrival(i)}, log, tally);
  return count == ReceiveBatch::kSize;
}

LoadReceiver::Stream& LoadReceiver::FindStream(std::uint32_t ssrc) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [ssrc](const Stream& stream) { return stream.ssrc == ssrc; });
  return found != streams_.end() ? *found : streams_.emplace_back(Stream{.ssrc = ssrc});
}

ReceiveBatch::Depth LoadReceiver::NextDepth() const {
  const auto needsWhole = [](const Stream& stream) {
    return stream.kind != MediaKind::kAudio && stream.untilInspection < ReceiveBatch::kSize;
  };
  return streams_.empty() || std::any_of(streams_.begin(), streams_.end(), needsWhole)
             ? ReceiveBatch::Depth::kWhole
             : ReceiveBatch::Depth::kGlance;
}

void LoadReceiver::OnDatagram(const Arrived& arrived, const SendLog& log, Tally& tally) {
  constexpr std::size_t kRtpHeaderSize = 12;
  const auto bytes = arrived.datagram;
  if (net::Classify(bytes) != net::PacketProtocol::kRtp || bytes.size() < kRtpHeaderSize) return;
  const std::uint16_t sequence = LoadU16(&bytes[2]);
  Stream& stream = FindStream(LoadU32(&bytes[8]));
  const bool later = !stream.lastSequence || static_cast<std::int16_t>(sequence - *stream.lastSequence) > 0;
  if (later) stream.lastSequence = sequence;
  ++tally.received;
  tally.reordered += later ? 0 : 1;
  if (stream.untilInspection > 0) {
    --stream.untilInspection;
  } else if (arrived.whole) {
    Inspect(arrived, stream, log, tally);
  }
  if (stream.kind) ++tally.Of(*stream.kind).received;
}

void LoadReceiver::Inspect(const Arrived& arrived, Stream& stream, const SendLog& log, Tally& tally) {
  ++tally.inspected;
  std::size_t size = arrived.datagram.size();
  if (srtp_) {
    const auto outcome = srtp_->UnprotectRtp(arrived.datagram);
    size = outcome.failure ? 0 : outcome.size;
  }
  const auto mark = ReadMark(arrived.datagram.first(size));
  if (!mark || !log.Knows(*mark)) {
    ++tally.corrupt;
    return;
  }
  const auto kind = options_->KindOfStream(mark->stream);
  const std::uint32_t step = StepOf(kind);
  // The first step differs between receivers, so that they do not all inspect at the same time.
  stream.untilInspection = stream.kind ? step - 1 : static_cast<std::uint32_t>(index_ % step);
  stream.kind = kind;
  if (!arrived.time) return;
  // The system clock may be set back in between.
  const auto latency = std::max(Nanoseconds::zero(), *arrived.time - log.At(*mark)).count();
  tally.Of(kind).latencies.push_back(
      {.nanoseconds = static_cast<std::uint32_t>(std::min<std::int64_t>(latency, UINT32_MAX)),
       .packets = step});
}

}  // namespace ringcast::bench
