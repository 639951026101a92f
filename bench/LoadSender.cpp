#include "bench/LoadSender.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace ringcast::bench {
namespace {

constexpr Nanoseconds kSecond = std::chrono::seconds(1);

std::uint32_t RateOfBursts(std::uint32_t packetsPerSecond, std::uint32_t burst) {
  return std::max(1U, packetsPerSecond / burst);
}

}  // namespace

Nanoseconds StampTime() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);  // the clock of SO_TIMESTAMPNS
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Result<LoadSender> LoadSender::Open(const FanoutOptions& options, std::size_t index) {
  auto socket = LoopbackSocket::Open(options.ipv6);
  if (!socket) return socket.Failure();
  return LoadSender(std::move(*socket), options, index);
}

LoadSender::LoadSender(LoopbackSocket socket, const FanoutOptions& options, std::size_t index)
    : socket_(std::move(socket)), packets_(options.burst), vectors_(options.burst), messages_(options.burst) {
  auto stream = static_cast<std::uint16_t>(index * options.StreamsOfProducer());
  for (std::size_t i = 0; i < options.VideoStreams(); ++i) AddVideo(options, index, i, stream++);
  if (options.audioRate > 0 && index < options.talkers) AddAudio(options, index, stream);
}

void LoadSender::AddVideo(const FanoutOptions& options, std::size_t index, std::size_t encoding,
                          std::uint16_t stream) {
  const std::uint32_t frames = RateOfBursts(options.videoRate, options.burst);
  const Nanoseconds interval = kSecond * options.burst / options.videoRate;
  const auto all = static_cast<int>(options.producers * options.encodings);
  const auto place = static_cast<int>(encoding * options.producers + index);
  streams_.push_back({.stream = TestStream({.index = stream,
                                            .kind = MediaKind::kVideo,
                                            .ssrc = SourceSsrc(index, MediaKind::kVideo, encoding),
                                            .packetSize = options.size,
                                            .packetsPerFrame = options.burst,
                                            .lastLarger = options.lastLarger,
                                            .timestampStep = TestStream::kVideoClockRate / frames,
                                            .keyFrameInterval = frames}),
                      .burst = options.burst,
                      .interval = interval,
                      .phase = interval * place / all,
                      .encoding = encoding});
}

void LoadSender::AddAudio(const FanoutOptions& options, std::size_t index, std::uint16_t stream) {
  const Nanoseconds interval = kSecond / options.audioRate;
  // A seventh of the interval, so that audio does not coincide with the video bursts, which have their own
  // interval.
  const Nanoseconds phase =
      interval / 7 + interval * static_cast<int>(index) / static_cast<int>(options.producers);
  streams_.push_back(
      {.stream = TestStream({.index = stream,
                             .kind = MediaKind::kAudio,
                             .ssrc = SourceSsrc(index, MediaKind::kAudio),
                             .packetSize = TestStream::kAudioPacketSize,
                             .timestampStep = TestStream::kAudioClockRate / options.audioRate}),
       .burst = 1,
       .interval = interval,
       .phase = phase});
}

Status LoadSender::Connect(std::uint16_t port, const FanoutOptions& options, std::string_view keyBase64) {
  if (options.suite) {
    const auto key = srtp::MasterKey::FromBase64(*options.suite, keyBase64);
    if (!key) return key.Failure();
    auto outbound = srtp::Outbound::Create(*key);
    if (!outbound) return outbound.Failure();
    srtp_ = std::move(*outbound);
  }
  return socket_.Connect(port);
}

void LoadSender::Start(Nanoseconds start) {
  for (auto& paced : streams_) paced.next = start + paced.phase;
}

Nanoseconds LoadSender::NextDue() const {
  Nanoseconds due = Nanoseconds::max();
  for (const auto& paced : streams_) due = std::min(due, paced.next);
  return due;
}

Status LoadSender::SendDue(Nanoseconds now, SendLog& log) {
  for (auto& paced : streams_) {
    for (int i = 0; i < kMaxBurstsAtOnce && paced.next <= now; ++i) {
      if (now - paced.next > kLate) ++lateBursts_;
      paced.next += paced.interval;
      if (auto status = SendBurst(paced, log); !status) return status;
    }
  }
  return OkStatus();
}

// Prepares the whole burst before sending the first packet, so that the packets follow each other as closely
// as from a network card.
Status LoadSender::SendBurst(PacedStream& paced, SendLog& log) {
  const std::uint32_t firstSequence = paced.stream.NextSequence();
  for (std::size_t i = 0; i < paced.burst; ++i) {
    std::size_t size = paced.stream.NextSize();
    paced.stream.WriteNext(packets_[i]);
    if (srtp_) {
      const auto encrypted = srtp_->ProtectRtp(packets_[i], size);
      if (!encrypted) return GenericError("a packet of the load could not be encrypted");
      size = *encrypted;
    }
    vectors_[i] = {packets_[i].data(), size};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  const Nanoseconds stamp = StampTime();
  for (std::uint32_t i = 0; i < paced.burst; ++i)
    log.Record({paced.stream.Kind().index, firstSequence + i}, stamp);

  for (std::uint32_t done = 0; done < paced.burst;) {
    const int count = sendmmsg(socket_.Descriptor(), &messages_[done], paced.burst - done, 0);
    if (count < 0 && errno != EINTR) return SystemError("sending to the worker");
    if (count > 0) done += static_cast<std::uint32_t>(count);
  }
  const bool video = paced.stream.Kind().kind == MediaKind::kVideo;
  (video ? sentVideo_[paced.encoding] : sentAudio_) += paced.burst;
  return OkStatus();
}

}  // namespace ringcast::bench
