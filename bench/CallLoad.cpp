#include "bench/CallLoad.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "bench/Browsers.hpp"
#include "bench/LoadSender.hpp"
#include "bench/TestStream.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint32_t kAudioRate = 50;  // packets per second
constexpr std::uint32_t kFrameRate = 25;
constexpr std::uint32_t kPacketsPerFrame = 4;
constexpr std::size_t kVideoSize = 1000;
constexpr Duration kConnectTime = Seconds(10);
constexpr Duration kWarmUp = Seconds(1);
// Packets in flight have arrived after this time, or are lost.
constexpr Duration kDrain = Milliseconds(500);
constexpr Duration kLate = Milliseconds(5);

struct PacedStream {
  TestStream stream;
  std::uint32_t burst;
  Duration interval;
  Instant next{};
  std::uint32_t measuredFrom = 0;  // sequence number
};

std::vector<PacedStream> CallStreams() {
  const TestStream video({.index = 0,
                          .kind = MediaKind::kVideo,
                          .ssrc = SourceSsrc(0, MediaKind::kVideo),
                          .packetSize = kVideoSize,
                          .packetsPerFrame = kPacketsPerFrame,
                          .timestampStep = TestStream::kVideoClockRate / kFrameRate,
                          .keyFrameInterval = kFrameRate});
  const TestStream audio({.index = 1,
                          .kind = MediaKind::kAudio,
                          .ssrc = SourceSsrc(0, MediaKind::kAudio),
                          .packetSize = TestStream::kAudioPacketSize,
                          .timestampStep = TestStream::kAudioClockRate / kAudioRate});
  return {{.stream = video, .burst = kPacketsPerFrame, .interval = Seconds(1) / kFrameRate},
          {.stream = audio, .burst = 1, .interval = Seconds(1) / kAudioRate}};
}

class CallRun {
 public:
  CallRun(Browsers& browsers, const FloodOptions& options, FloodResult& result)
      : browsers_(browsers), options_(options), result_(result) {}

  Status Run() {
    if (auto status = Connect(); !status) return status;
    if (auto status = Report(PeerMessage::Kind::kBegin, FloodPart::kCall); !status) return status;
    const Instant start = io::EventLoop::Now();
    for (auto& paced : streams_) paced.next = start;
    if (auto status = Play(start + kWarmUp); !status) return status;

    if (auto status = Report(PeerMessage::Kind::kBegin, FloodPart::kFlood); !status) return status;
    for (auto& paced : streams_) paced.measuredFrom = paced.stream.NextSequence();
    result_.lateBursts = 0;
    measuring_ = true;
    if (auto status = Play(io::EventLoop::Now() + Seconds(options_.seconds)); !status) return status;
    if (auto status = ReceiveUntil(io::EventLoop::Now() + kDrain); !status) return status;
    for (const auto& paced : streams_) result_.sent += paced.stream.NextSequence() - paced.measuredFrom;
    result_.latency = FiguresOf(latencies_);
    return Report(PeerMessage::Kind::kEnd, FloodPart::kFlood);
  }

 private:
  Status Report(PeerMessage::Kind kind, FloodPart part) {
    return browsers_.Report(kind, static_cast<std::uint32_t>(part));
  }

  Status Connect() {
    for (const auto number : {kPublisher, kViewer}) {
      if (auto status = browsers_.Ask(number); !status) return status;
    }
    const Instant end = io::EventLoop::Now() + kConnectTime;
    const auto connected = [this](std::uint32_t number) {
      const auto* peer = browsers_.Find(number);
      return peer != nullptr && peer->Connected();
    };
    while (!connected(kPublisher) || !connected(kViewer)) {
      if (io::EventLoop::Now() >= end) return GenericError("the call could not be set up");
      const auto begin = [this](std::uint32_t number, BrowserPeer& peer) {
        return peer.Started() ? OkStatus() : browsers_.Begin(number);
      };
      if (auto status = browsers_.RunOnce(end, begin); !status) return status;
    }
    return OkStatus();
  }

  Status Play(Instant end) {
    while (true) {
      const Instant now = io::EventLoop::Now();
      if (now >= end) return OkStatus();
      Instant due = end;
      for (auto& paced : streams_) {
        while (paced.next <= now) SendBurst(paced, now);
        due = std::min(due, paced.next);
      }
      if (auto status = ReceiveOnce(due); !status) return status;
    }
  }

  Status ReceiveUntil(Instant end) {
    while (io::EventLoop::Now() < end) {
      if (auto status = ReceiveOnce(end); !status) return status;
    }
    return OkStatus();
  }

  Status ReceiveOnce(Instant until) {
    return browsers_.RunOnce(until, [this](std::uint32_t number, BrowserPeer& peer) {
      if (number == kViewer) {
        for (const auto& media : peer.TakeMedia()) Inspect(media);
      }
      return OkStatus();
    });
  }

  void SendBurst(PacedStream& paced, Instant now) {
    if (now - paced.next > kLate) ++result_.lateBursts;
    paced.next += paced.interval;
    auto& publisher = *browsers_.Find(kPublisher);
    for (std::uint32_t i = 0; i < paced.burst; ++i) {
      std::array<std::uint8_t, kVideoSize + srtp::kMaxOverhead> packet;
      const std::size_t size = paced.stream.NextSize();
      log_.Record({paced.stream.Kind().index, paced.stream.NextSequence()}, StampTime());
      paced.stream.WriteNext(packet);
      const bool sent = publisher.SendRtp(packet, size);
      RC_ASSERT(sent);
    }
  }

  void Inspect(const BrowserPeer::Media& media) {
    const auto mark = ReadMark(media.packet);
    if (!mark || mark->stream >= streams_.size()) {
      ++result_.corrupt;
      return;
    }
    if (!measuring_ || mark->sequence < streams_[mark->stream].measuredFrom) return;
    ++result_.received;
    if (!media.arrival) return;
    // The system clock may be set back in between.
    const auto latency = std::max(Nanoseconds::zero(), *media.arrival - log_.At(*mark)).count();
    latencies_.push_back(
        {.nanoseconds = static_cast<std::uint32_t>(std::min<std::int64_t>(latency, UINT32_MAX))});
  }

  Browsers& browsers_;
  const FloodOptions& options_;
  FloodResult& result_;
  std::vector<PacedStream> streams_ = CallStreams();
  SendLog log_{2, kFrameRate* kPacketsPerFrame};
  std::vector<LatencySample> latencies_;
  bool measuring_ = false;
};

}  // namespace

Status RunCallLoad(const FloodOptions& options, FloodResult& result, int control) {
  auto browsers = Browsers::Start(control);
  if (!browsers) return browsers.Failure();
  return CallRun(**browsers, options, result).Run();
}

}  // namespace ringcast::bench
