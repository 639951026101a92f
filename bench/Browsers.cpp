#include "bench/Browsers.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "ringcast/io/EventLoop.hpp"

namespace ringcast::bench {
namespace {

constexpr std::uint64_t kControlEvent = UINT64_MAX;

Error WorkerIsGone() { return GenericError("the worker is gone"); }

}  // namespace

Browsers::Browsers(int control, int epoll, dtls::Context context)
    : control_(control), epoll_(epoll), context_(std::move(context)) {}

Browsers::~Browsers() { close(epoll_); }

Result<std::unique_ptr<Browsers>> Browsers::Start(int control) {
  SystemRandom random;
  const auto certificate = dtls::Certificate::Generate(random, io::EventLoop::UnixTime());
  auto context = dtls::Context::Create(certificate);
  if (!context) return context.Failure();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return SystemError("epoll_create1");
  std::unique_ptr<Browsers> browsers(new Browsers(control, epoll, std::move(*context)));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kControlEvent}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, control, &event) != 0) return SystemError("epoll_ctl");

  PeerMessage hello;
  const auto fingerprint = certificate.FingerprintBy(dtls::HashAlgorithm::kSha256);
  std::copy(fingerprint.Digest().begin(), fingerprint.Digest().end(), hello.fingerprint.begin());
  if (!SendMessage(control, hello)) return WorkerIsGone();
  return browsers;
}

Status Browsers::Ask(std::uint32_t number) const {
  PeerMessage message;
  message.kind = PeerMessage::Kind::kOpen;
  message.number = number;
  return SendMessage(control_, message) ? OkStatus() : Status(WorkerIsGone());
}

BrowserPeer* Browsers::Find(std::uint32_t number) {
  const auto found = peers_.find(number);
  return found == peers_.end() ? nullptr : found->second.get();
}

Status Browsers::Begin(std::uint32_t number) {
  auto& peer = *peers_.at(number);
  if (auto status = peer.Start(); !status) return status;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.Descriptor(), &event) != 0) return SystemError("epoll_ctl");
  return OkStatus();
}

Status Browsers::Close(std::uint32_t number) {
  peers_.erase(number);
  PeerMessage message;
  message.kind = PeerMessage::Kind::kClose;
  message.number = number;
  return SendMessage(control_, message) ? OkStatus() : Status(WorkerIsGone());
}

Status Browsers::Report(PeerMessage::Kind kind, std::uint32_t number) const {
  PeerMessage message;
  message.kind = kind;
  message.number = number;
  if (!SendMessage(control_, message)) return WorkerIsGone();
  const auto answer = ReceiveMessage(control_);
  if (!answer) return WorkerIsGone();
  RC_ASSERT(answer->kind == PeerMessage::Kind::kGo);
  return OkStatus();
}

Instant Browsers::NextTimeout(Instant until) const {
  for (const auto& [number, peer] : peers_) {
    if (peer->Started()) until = std::min(until, peer->NextTimeout());
  }
  return until;
}

Status Browsers::RunOnce(Instant until, const OnChange& onChange) {
  const auto wait = std::max(Duration::zero(), NextTimeout(until) - io::EventLoop::Now());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = ToMicroseconds(wait - seconds) * 1000};
  std::array<epoll_event, 64> events{};
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
  if (count < 0 && errno != EINTR) return SystemError("epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const auto number = events[static_cast<std::size_t>(i)].data.u64;
    if (number == kControlEvent) {
      if (auto status = OnControl(onChange); !status) return status;
      continue;
    }
    // The handler of an earlier event may have closed it.
    auto* const peer = Find(static_cast<std::uint32_t>(number));
    if (peer == nullptr) continue;
    peer->OnReadable();
    if (auto status = onChange(static_cast<std::uint32_t>(number), *peer); !status) return status;
  }
  return RunTimers(io::EventLoop::Now(), onChange);
}

Status Browsers::OnControl(const OnChange& onChange) {
  const auto message = ReceiveMessage(control_);
  if (!message) return WorkerIsGone();
  RC_ASSERT(message->kind == PeerMessage::Kind::kTicket);
  auto& peer = peers_[message->number];
  peer = std::make_unique<BrowserPeer>(context_, buffers_, *message, random_);
  return onChange(message->number, *peer);
}

Status Browsers::RunTimers(Instant now, const OnChange& onChange) {
  std::vector<std::uint32_t> due;
  for (const auto& [number, peer] : peers_) {
    if (peer->Started() && peer->NextTimeout() <= now) due.push_back(number);
  }
  for (const auto number : due) {
    auto* const peer = Find(number);
    if (peer == nullptr) continue;
    peer->OnTimeout(now);
    if (auto status = onChange(number, *peer); !status) return status;
  }
  return OkStatus();
}

}  // namespace ringcast::bench
