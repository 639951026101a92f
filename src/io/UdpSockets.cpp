#include "ringcast/io/UdpSockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "io/ArrivalTime.hpp"
#include "io/BoundSocket.hpp"

namespace ringcast::io {

namespace {

// Returns the wall-clock time at which the kernel received the datagram (socket(7), SO_TIMESTAMPNS).
std::optional<Duration> KernelStamp(const msghdr& header) {
  if (header.msg_controllen < sizeof(cmsghdr)) return std::nullopt;
  const auto* const control = static_cast<const cmsghdr*>(header.msg_control);
  if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return std::nullopt;
  timespec stamp{};
  std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
  return Seconds(stamp.tv_sec) + Microseconds(stamp.tv_nsec / 1000);
}

}  // namespace

// The memory that recvmmsg writes to. Buffers that a call left unused are kept for the next one.
struct UdpSockets::Batch {
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> names{};
  std::array<net::PacketRef, kBatch> packets;
  std::array<net::ReceivedDatagram, kBatch> received;
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> bytes;
  };
  std::array<Control, kBatch> controls{};  // the receive timestamps
  // Receives datagrams for which the pool has no buffer.
  std::array<std::uint8_t, net::PacketBuffer::kCapacity> scratch{};
};

UdpSockets::UdpSockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool,
                       Random& random, OwnPorts& ports)
    : loop_(loop),
      table_(table),
      sends_(sends),
      pool_(pool),
      random_(random),
      ports_(ports),
      batch_(std::make_unique<Batch>()) {}

UdpSockets::~UdpSockets() { RC_ASSERT(sockets_.empty()); }

Result<OpenSocket> UdpSockets::Open(const net::UdpSocketOptions& options, net::DatagramReceiver& receiver) {
  auto bound = OpenBound(net::TransportProtocol::kUdp, options, random_, ports_);
  if (!bound) return bound.Failure();
  const auto added = table_.Add(bound->descriptor.Value());
  if (!added) return GenericError("too many sockets are open");
  const auto id = *added;
  auto watch = loop_.WatchDescriptor(bound->descriptor.Value(), UV_READABLE,
                                     [this, id](int events) { OnReady(id, events); });
  if (!watch) {
    table_.Remove(id);
    return watch.Failure();
  }
  sockets_.emplace(id.Value(),
                   Socket{bound->descriptor.Release(), &receiver, std::move(bound->port), std::move(*watch)});
  return OpenSocket{id, bound->local};
}

void UdpSockets::Close(net::SocketId socket) {
  sends_.BeforeClose(socket);
  const auto found = sockets_.find(socket.Value());
  RC_ASSERT(found != sockets_.end());
  const int descriptor = found->second.descriptor;
  sockets_.erase(found);
  table_.Remove(socket);
  close(descriptor);
}

void UdpSockets::Connect(net::SocketId socket, const net::Address& remote) {
  const int descriptor = table_.Descriptor(socket);
  if (connect(descriptor, remote.Sockaddr(), remote.SockaddrLength()) == 0)
    table_.SetConnected(socket, remote);
}

void UdpSockets::OnReady(net::SocketId socket, int events) {
  OnReadable(socket);
  // An ICMP error for a connected socket: the read has consumed it, and libuv has stopped watching.
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
    // An ICMP error for an earlier send is reported here. EAGAIN is the usual end.
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
