#include "ringcast/io/UdpSockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "io/ArrivalTime.hpp"

namespace ringcast::io {

namespace {

Error SocketError(const char* what, const net::Address& local, int error) {
  std::string text = what;
  text.append(" ").append(local.ToString()).append(": ").append(std::strerror(error));
  return GenericError(std::move(text));
}

bool SetOption(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

// Empty buffers mean the system's default. The kernel doubles what it is asked for, and caps it at
// net.core.*mem_max.
bool SetBuffer(int descriptor, int option, std::uint32_t bytes) {
  constexpr std::uint32_t kMost = 1U << 30;
  return bytes == 0 || SetOption(descriptor, SOL_SOCKET, option, static_cast<int>(std::min(bytes, kMost)));
}

// An open descriptor that closes unless it is released.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int Value() const { return value_; }
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

// Binds one socket. A positive errno in `error` says why not.
int Bind(const net::UdpSocketOptions& options, const net::Address& local, int& error) {
  Descriptor descriptor(
      socket(local.IsV6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool ready =
      descriptor.Value() >= 0 &&
      (!local.IsV6() || SetOption(descriptor.Value(), IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0)) &&
      (!options.reusePort || SetOption(descriptor.Value(), SOL_SOCKET, SO_REUSEPORT, 1)) &&
      SetOption(descriptor.Value(), SOL_SOCKET, SO_TIMESTAMPNS, 1) &&
      SetBuffer(descriptor.Value(), SO_SNDBUF, options.sendBufferSize) &&
      SetBuffer(descriptor.Value(), SO_RCVBUF, options.receiveBufferSize) &&
      bind(descriptor.Value(), local.Sockaddr(), local.SockaddrLength()) == 0;
  error = ready ? 0 : errno;
  return ready ? descriptor.Release() : -1;
}

// The time of the wall clock at which the kernel had the datagram (socket(7), SO_TIMESTAMPNS).
std::optional<Duration> KernelStamp(const msghdr& header) {
  if (header.msg_controllen < sizeof(cmsghdr)) return std::nullopt;
  const auto* const control = static_cast<const cmsghdr*>(header.msg_control);
  if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return std::nullopt;
  timespec stamp{};
  std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
  return Seconds(stamp.tv_sec) + Microseconds(stamp.tv_nsec / 1000);
}

net::Address LocalAddress(int descriptor, const net::Address& asked) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return asked;
  return net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length).value_or(asked);
}

}  // namespace

// What recvmmsg writes into. Buffers that a call left unused wait here for the next.
struct UdpSockets::Batch {
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> names{};
  std::array<net::PacketRef, kBatch> packets;
  std::array<net::ReceivedDatagram, kBatch> received;
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> bytes;
  };
  std::array<Control, kBatch> controls{};  // when the kernel had them
  // Where datagrams go that no buffer is free for.
  std::array<std::uint8_t, net::PacketBuffer::kCapacity> scratch{};
};

UdpSockets::UdpSockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool,
                       Random& random)
    : loop_(loop),
      table_(table),
      sends_(sends),
      pool_(pool),
      random_(random),
      batch_(std::make_unique<Batch>()) {}

UdpSockets::~UdpSockets() { RC_ASSERT(sockets_.empty()); }

Result<int> UdpSockets::BindAny(const net::UdpSocketOptions& options, net::Address& local) {
  int error = 0;
  const bool anyPort = options.portMin == 0 && options.portMax == 0;
  if (local.Port() != 0 || anyPort) {
    const int descriptor = Bind(options, local, error);
    if (descriptor < 0) return SocketError("cannot bind UDP", local, error);
    return descriptor;
  }
  if (options.portMin > options.portMax) return TypeError("the port range is empty");
  // From a random place on, once round: neighbours that start together do not fight for the same ports.
  const std::uint32_t count = static_cast<std::uint32_t>(options.portMax - options.portMin) + 1;
  const std::uint32_t first = random_.U32() % count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(options.portMin + (first + i) % count);
    if (port == 0) continue;  // would be the system's choice, outside the range
    local.SetPort(port);
    const int descriptor = Bind(options, local, error);
    if (descriptor >= 0) return descriptor;
    if (error != EADDRINUSE && error != EACCES) return SocketError("cannot bind UDP", local, error);
  }
  return GenericError("no free UDP port between " + std::to_string(options.portMin) + " and " +
                      std::to_string(options.portMax) + " on " + local.Ip());
}

Result<net::UdpSocket> UdpSockets::OpenUdp(const net::UdpSocketOptions& options,
                                           net::DatagramReceiver& receiver) {
  auto local = options.local;
  const auto descriptor = BindAny(options, local);
  if (!descriptor) return descriptor.Failure();
  local = LocalAddress(*descriptor, local);
  const auto id = table_.Add(*descriptor);
  auto watch =
      loop_.WatchDescriptor(*descriptor, UV_READABLE, [this, id](int events) { OnReady(id, events); });
  sockets_.emplace(id.Value(), Socket{*descriptor, &receiver, std::move(watch)});
  return net::UdpSocket(*this, id, local);
}

void UdpSockets::Close(net::SocketId socket) {
  sends_.BeforeClose();
  const auto found = sockets_.find(socket.Value());
  RC_ASSERT(found != sockets_.end());
  const int descriptor = found->second.descriptor;
  sockets_.erase(found);
  table_.Remove(socket);
  close(descriptor);
}

std::uint32_t UdpSockets::BufferSize(net::SocketId socket, bool send) const {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  if (getsockopt(table_.Descriptor(socket), SOL_SOCKET, send ? SO_SNDBUF : SO_RCVBUF, &bytes, &length) != 0)
    return 0;
  return static_cast<std::uint32_t>(bytes);
}

void UdpSockets::Connect(net::SocketId socket, const net::Address& remote) {
  const int descriptor = table_.Descriptor(socket);
  if (connect(descriptor, remote.Sockaddr(), remote.SockaddrLength()) == 0)
    table_.SetConnected(socket, remote);
}

void UdpSockets::OnReady(net::SocketId socket, int events) {
  OnReadable(socket);
  // An ICMP error that came back to a connected socket: reading took it off, and libuv has ceased to watch.
  if ((events & UV_WRITABLE) == 0) return;
  const auto found = sockets_.find(socket.Value());
  if (found != sockets_.end()) found->second.watch->Want(UV_READABLE);
}

void UdpSockets::OnReadable(net::SocketId socket) {
  const Times times{.now = EventLoop::Now(), .unix = EventLoop::UnixTime()};
  for (std::size_t i = 0; i < kMaxBatches; ++i) {
    if (ReadBatch(socket, times) < kBatch) return;
  }
}

std::size_t UdpSockets::ReadBatch(net::SocketId socket, const Times& times) {
  const auto found = sockets_.find(socket.Value());
  if (found == sockets_.end()) return 0;
  auto& batch = *batch_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    if (!batch.packets[i]) batch.packets[i] = pool_.Acquire();
    const MutableBytes room = batch.packets[i] ? batch.packets[i].Room() : MutableBytes(batch.scratch);
    batch.vectors[i] = {.iov_base = room.data(), .iov_len = room.size()};
    batch.headers[i] = {};
    auto& header = batch.headers[i].msg_hdr;
    header.msg_name = &batch.names[i];
    header.msg_namelen = sizeof batch.names[i];
    header.msg_iov = &batch.vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = &batch.controls[i];
    header.msg_controllen = sizeof batch.controls[i];
  }
  ++stats_.receiveCalls;
  const int read = recvmmsg(found->second.descriptor, batch.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (read <= 0) {
    // An ICMP error that came back for an earlier send shows here; EAGAIN is the usual end.
    if (errno != EAGAIN && errno != EINTR) ++readErrors_;
    return 0;
  }

  std::size_t kept = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(read); ++i) {
    const auto& header = batch.headers[i];
    ++stats_.datagrams;
    stats_.bytes += header.msg_len;
    if (!batch.packets[i]) {
      drops_.Count(net::DropReason::kPoolDry);
    } else if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      drops_.Count(net::DropReason::kTooLong);
    } else if (const auto from = net::Address::FromSockaddr(
                   static_cast<const sockaddr*>(header.msg_hdr.msg_name), header.msg_hdr.msg_namelen)) {
      batch.packets[i].SetSize(header.msg_len);
      const auto stamp = KernelStamp(header.msg_hdr);
      batch.packets[i].SetArrival(stamp ? ArrivalTime(*stamp, times.unix, times.now) : times.now);
      batch.received[kept++] = {std::move(batch.packets[i]), *from};
    }
  }
  if (kept > 0)
    found->second.receiver->OnDatagrams(socket, std::span(batch.received.data(), kept), times.now);
  for (std::size_t i = 0; i < kept; ++i) batch.received[i].packet = {};
  return static_cast<std::size_t>(read);
}

net::IngressStats UdpSockets::Stats() const {
  auto stats = stats_;
  stats.drops = NonZero(drops_);
  if (readErrors_ != 0) stats.drops.push_back({"readError", readErrors_});
  return stats;
}

}  // namespace ringcast::io
