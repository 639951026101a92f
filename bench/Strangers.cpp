#include "bench/Strangers.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <vector>

#include "bench/BrowserHello.hpp"
#include "bench/LoadReceiver.hpp"
#include "bench/LoopbackSocket.hpp"
#include "bench/PeerMessages.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/stun/Writer.hpp"

namespace ringcast::bench {
namespace {

using Datagram = std::vector<std::uint8_t>;

constexpr std::size_t kSockets = 256;
constexpr std::size_t kVariants = 256;  // different datagrams
// Datagrams that one socket sends back to back.
constexpr std::size_t kRun = 8;
constexpr Duration kTick = Microseconds(500);
// Limit of the backlog after this process had no CPU: anything older is skipped, since a real network would
// deliver the datagrams evenly.
constexpr Duration kMaxCatchUp = Milliseconds(2);
// Responses in flight have arrived after this time.
constexpr Duration kDrain = Milliseconds(200);

constexpr std::size_t kGarbageMin = 20;
constexpr std::size_t kGarbageMax = 1200;

void SleepUntil(Instant time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  const timespec until{.tv_sec = seconds.count(), .tv_nsec = ToMicroseconds(since - seconds) * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

Datagram Garbage(Random& random) {
  Datagram datagram(kGarbageMin + random.U32() % (kGarbageMax - kGarbageMin + 1));
  random.Fill(datagram);
  return datagram;
}

Datagram WrongRequest(const PeerMessage& ticket, Random& random) {
  stun::TransactionId id{};
  random.Fill(id);
  stun::IntegrityKey key("not the password of this transport");
  Datagram datagram(256);
  stun::Writer writer(datagram, stun::MessageClass::kRequest, id);
  writer.Username(std::string(ticket.ufrag.data()) + ":stranger");
  writer.IceControlling(random.U32());
  writer.UseCandidate();
  writer.Priority(random.U32());
  writer.MessageIntegrity(key);
  writer.Fingerprint();
  datagram.resize(writer.Size());
  return datagram;
}

Result<std::vector<Datagram>> MakeDatagrams(FloodKind kind, const PeerMessage& ticket) {
  SystemRandom system;
  SeededRandom random(1);
  std::vector<Datagram> datagrams;
  const auto certificate = dtls::Certificate::Generate(system, io::EventLoop::UnixTime());
  const auto context = dtls::Context::Create(certificate);
  if (!context) return context.Failure();
  while (datagrams.size() < kVariants) {
    if (kind == FloodKind::kHello) {
      const auto hello = BrowserHello(*context);
      if (!hello) return hello.Failure();
      datagrams.insert(datagrams.end(), hello->begin(), hello->end());
    } else {
      datagrams.push_back(kind == FloodKind::kStun ? WrongRequest(ticket, random) : Garbage(random));
    }
  }
  return datagrams;
}

class Flood {
 public:
  Flood(const FloodOptions& options, FloodResult& result) : options_(options), result_(result) {}

  Status Open(std::uint16_t port) {
    for (std::size_t i = 0; i < kSockets; ++i) {
      auto socket = LoopbackSocket::Open(false);
      if (!socket) return socket.Failure();
      if (auto status = socket->Connect(port); !status) return status;
      sockets_.push_back(std::move(*socket));
    }
    return OkStatus();
  }

  void Run(std::vector<Datagram> datagrams) {
    datagrams_ = std::move(datagrams);
    result_.floodSize = UINT64_MAX;
    for (const auto& datagram : datagrams_)
      result_.floodSize = std::min<std::uint64_t>(result_.floodSize, datagram.size());
    const Instant begin = io::EventLoop::Now();
    const Instant end = begin + Seconds(options_.seconds);
    Instant paid = begin;  // all datagrams due before this time have been sent
    for (Instant now = begin; now < end; now = io::EventLoop::Now()) {
      paid = std::max(paid, now - kMaxCatchUp);
      const auto due = static_cast<std::size_t>(ToMicroseconds(now - paid) * options_.rate / 1'000'000);
      paid += Microseconds(static_cast<std::int64_t>(due) * 1'000'000 / options_.rate);
      Send(due);
      SleepUntil(std::min(now + kTick, end));
    }
    result_.floodMicros = static_cast<std::uint64_t>(ToMicroseconds(io::EventLoop::Now() - begin));
  }

  void Drain() {
    SleepUntil(io::EventLoop::Now() + kDrain);
    for (const auto& socket : sockets_) CountAnswers(socket);
  }

 private:
  void Send(std::size_t count) {
    while (count > 0) {
      const std::size_t run = std::min(count, kRun);
      const auto& socket = sockets_[nextSocket_++ % kSockets];
      std::array<iovec, kRun> vectors{};
      std::array<mmsghdr, kRun> messages{};
      for (std::size_t i = 0; i < run; ++i) {
        auto& datagram = datagrams_[nextDatagram_++ % kVariants];
        vectors[i] = {datagram.data(), datagram.size()};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
      }
      const int sent = sendmmsg(socket.Descriptor(), messages.data(), static_cast<unsigned>(run), 0);
      if (sent > 0) result_.floodSent += static_cast<std::uint64_t>(sent);
      CountAnswers(socket);
      count -= run;
    }
  }

  void CountAnswers(const LoopbackSocket& socket) {
    const std::size_t count = batch_.Receive(socket.Descriptor(), ReceiveBatch::Depth::kWhole);
    result_.answers += count;
    for (std::size_t i = 0; i < count; ++i)
      result_.largestAnswer = std::max<std::uint64_t>(result_.largestAnswer, batch_.Datagram(i).size());
  }

  const FloodOptions& options_;
  FloodResult& result_;
  std::vector<LoopbackSocket> sockets_;
  std::vector<Datagram> datagrams_;
  ReceiveBatch batch_;
  std::size_t nextSocket_ = 0;
  std::size_t nextDatagram_ = 0;
};

}  // namespace

Status RunStrangers(const FloodOptions& options, FloodResult& result, int control) {
  const auto ticket = ReceiveMessage(control);
  if (!ticket) return GenericError("the worker is gone");
  Flood flood(options, result);
  if (auto status = flood.Open(ticket->port); !status) return status;
  auto datagrams = MakeDatagrams(options.kind, *ticket);
  if (!datagrams) return datagrams.Failure();
  PeerMessage message;
  message.kind = PeerMessage::Kind::kBegin;  // ready to start
  if (!SendMessage(control, message) || !ReceiveMessage(control)) return GenericError("the worker is gone");
  flood.Run(std::move(*datagrams));
  message.kind = PeerMessage::Kind::kEnd;  // the measured period is over
  SendMessage(control, message);
  flood.Drain();
  message.kind = PeerMessage::Kind::kDone;
  SendMessage(control, message);
  return OkStatus();
}

}  // namespace ringcast::bench
