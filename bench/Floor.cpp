#include "bench/Floor.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/LoopbackSocket.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::bench {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBufferSize = 2048;
constexpr std::size_t kHeaderSize = 12;  // the load sends no CSRCs and no header extensions

// A decrypted packet of a batch.
struct Packet {
  MutableBytes bytes;
  std::int64_t sequenceNumber = 0;
};

// Each consumer has a port of its own, as a plain transport has.
struct Consumer {
  LoopbackSocket socket;
  net::Address to;
  std::optional<srtp::RtpEncryptor> encryptor;
};

class Floor {
 public:
  Floor(const FanoutOptions& options, LoadProcess& load) : load_(load), options_(options) {
    report_.options = options;
    egress_.mode = "sendmsg+gso";
    egress_.modeReason = "the floor";
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors_[i] = {buffers_[i].data(), buffers_[i].size()};
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  Result<FanoutReport> Run() {
    if (load_.NextSignal() != Signal::kReady) return load_.Failure();
    if (auto status = Open(); !status) return status.Failure();
    load_.TellGo();
    while (true) {
      std::vector<pollfd> ready{{.fd = load_.Control(), .events = POLLIN, .revents = 0}};
      for (const auto& socket : sockets_)
        ready.push_back({.fd = socket.Descriptor(), .events = POLLIN, .revents = 0});
      if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return SystemError("poll");
      for (std::size_t i = 1; i < ready.size(); ++i) {
        if (ready[i].revents != 0) Forward(i - 1);
      }
      if (ready[0].revents == 0) continue;
      const auto signal = load_.NextSignal();
      if (!signal) return load_.Failure();
      if (*signal == Signal::kBegin) {
        report_.begin = SnapshotOf(egress_);
        load_.TellGo();
        continue;
      }
      report_.end = SnapshotOf(egress_);
      report_.load = load_.Plan().result;
      return report_;
    }
  }

 private:
  Status Open() {
    SystemRandom random;
    auto& plan = load_.Plan();
    if (options_.suite) {
      const auto key = srtp::MasterKey::Generate(*options_.suite, random);
      StoreText(plan.senderKey, key.Base64());
      auto inbound = srtp::Inbound::Create(key);
      if (!inbound) return inbound.Failure();
      inbound_ = std::move(*inbound);
    }
    for (std::size_t i = 0; i < options_.producers; ++i) {
      auto socket = LoopbackSocket::Open(options_.ipv6);
      if (!socket) return socket.Failure();
      plan.producerPorts[i] = socket->Port();
      sockets_.push_back(std::move(*socket));
    }
    for (std::size_t i = 0; i < options_.consumers; ++i) {
      auto socket =
          options_.sinkVia ? LoopbackSocket::Open(*options_.sinkVia) : LoopbackSocket::Open(options_.ipv6);
      if (!socket) return socket.Failure();
      auto& consumer =
          consumers_.emplace_back(Consumer{.socket = std::move(*socket), .to = {}, .encryptor = {}});
      const std::string loopback = options_.ipv6 ? "::1" : "127.0.0.1";
      consumer.to =
          *net::Address::Parse(options_.sink ? options_.sink->Ip() : loopback, plan.receiverPorts[i]);
      if (!options_.suite) continue;
      const auto key = srtp::MasterKey::Generate(*options_.suite, random);
      StoreText(plan.consumerKeys[i], key.Base64());
      auto encryptor = srtp::RtpEncryptor::Create(key, options_.srtpEngine);
      if (!encryptor) return encryptor.Failure();
      consumer.encryptor = std::move(*encryptor);
    }
    if (options_.suite) overhead_ = srtp::RtpOverhead(*options_.suite);
    return OkStatus();
  }

  void Forward(std::size_t producer) {
    const int count =
        recvmmsg(sockets_[producer].Descriptor(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    packets_.clear();
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      MutableBytes bytes = MutableBytes(buffers_[index]).first(messages_[index].msg_len);
      if (net::Classify(bytes) != net::PacketProtocol::kRtp || bytes.size() < kHeaderSize) continue;
      if (inbound_) {
        const auto outcome = inbound_->UnprotectRtp(bytes);
        if (outcome.failure) continue;
        bytes = bytes.first(outcome.size);
      }
      packets_.push_back({bytes, sequences_[LoadU32(&bytes[8])].Unwrap(LoadU16(&bytes[2]))});
    }
    for (std::size_t i = 0; i < consumers_.size(); ++i) {
      if (!options_.Consumes(i, producer)) continue;
      for (std::size_t first = 0; first < packets_.size();) {
        const std::size_t last = RunEnd(first);
        SendRun(consumers_[i], first, last);
        first = last;
      }
    }
  }

  [[nodiscard]] std::size_t RunEnd(std::size_t first) const {
    const std::size_t size = packets_[first].bytes.size() + overhead_;
    const std::size_t most =
        options_.singleDatagrams ? 1 : std::min(net::kMaxSegments, net::kMaxRunBytes / size);
    std::size_t last = first + 1;
    while (last < packets_.size() && last - first < most &&
           packets_[last].bytes.size() == packets_[first].bytes.size())
      ++last;
    return last;
  }

  void SendRun(Consumer& consumer, std::size_t first, std::size_t last) {
    const std::size_t size = packets_[first].bytes.size() + overhead_;
    jobs_.clear();
    for (std::size_t i = first; i < last; ++i) {
      std::uint8_t* const out = slot_.data() + (i - first) * size;
      const ByteView packet = packets_[i].bytes;
      if (consumer.encryptor) {
        const auto index = consumer.encryptor->Claim(LoadU32(&packet[8]), packets_[i].sequenceNumber);
        if (!index) return;
        std::memcpy(out, packet.data(), kHeaderSize);
        jobs_.push_back({out, kHeaderSize, packet.subspan(kHeaderSize), *index});
      } else {
        std::memcpy(out, packet.data(), packet.size());
      }
    }
    if (consumer.encryptor && !consumer.encryptor->Protect(jobs_)) return;

    iovec vector{slot_.data(), size * (last - first)};
    msghdr message{};
    message.msg_name =
        const_cast<sockaddr*>(consumer.to.Sockaddr());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    message.msg_namelen = consumer.to.SockaddrLength();
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    if (last - first > 1) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      auto* const option = CMSG_FIRSTHDR(&message);
      option->cmsg_level = SOL_UDP;
      option->cmsg_type = UDP_SEGMENT;
      option->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      const auto segment = static_cast<std::uint16_t>(size);
      std::memcpy(CMSG_DATA(option), &segment, sizeof segment);
    }
    if (sendmsg(consumer.socket.Descriptor(), &message, MSG_DONTWAIT) < 0) return;
    ++egress_.sends;
    egress_.datagrams += last - first;
  }

  LoadProcess& load_;
  const FanoutOptions& options_;
  std::size_t overhead_ = 0;
  std::vector<LoopbackSocket> sockets_;
  std::vector<Consumer> consumers_;
  std::optional<srtp::Inbound> inbound_;
  std::unordered_map<std::uint32_t, SequenceUnwrapper<std::uint16_t>> sequences_;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<std::array<std::uint8_t, kBufferSize>, kBatch> buffers_{};
  std::array<std::uint8_t, 0x10000> slot_{};  // a single one, so that it stays in the CPU cache
  std::vector<Packet> packets_;
  std::vector<srtp::RtpEncryptor::Job> jobs_;
  net::EgressStats egress_;
  FanoutReport report_;
};

}  // namespace

Result<FanoutReport> RunFloor(const FanoutOptions& options, LoadProcess& load) {
  return std::make_unique<Floor>(options, load)->Run();
}

}  // namespace ringcast::bench
