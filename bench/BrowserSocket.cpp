#include "bench/BrowserSocket.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "ringcast/net/Address.hpp"

namespace ringcast::bench {
namespace {

bool SetOption(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

}  // namespace

Result<BrowserSocket> BrowserSocket::OpenUdp(std::uint16_t port) {
  const auto worker = *net::Address::Parse("127.0.0.1", port);
  BrowserSocket opened(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (opened.descriptor_ < 0) return SystemError("socket");
  if (!SetOption(opened.descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, 1)) return SystemError("SO_TIMESTAMPNS");
  if (connect(opened.descriptor_, worker.Sockaddr(), worker.SockaddrLength()) != 0)
    return SystemError("connect");
  return opened;
}

Result<BrowserSocket> BrowserSocket::OpenTcp(std::uint16_t port, net::PacketPool& pool) {
  const auto worker = *net::Address::Parse("127.0.0.1", port);
  BrowserSocket opened(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (opened.descriptor_ < 0) return SystemError("socket");
  // A handshake consists of many small writes: do not delay them until earlier data is acknowledged.
  if (!SetOption(opened.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1)) return SystemError("TCP_NODELAY");
  if (connect(opened.descriptor_, worker.Sockaddr(), worker.SockaddrLength()) != 0)
    return SystemError("connect");
  opened.frames_.emplace(pool);
  return opened;
}

BrowserSocket::~BrowserSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

void BrowserSocket::Send(ByteView datagram) {
  std::array<std::uint8_t, net::kStreamPrefix + net::PacketBuffer::kCapacity> frame;
  if (frames_) {
    RC_ASSERT(datagram.size() <= net::PacketBuffer::kCapacity);
    StoreU16(frame.data(), static_cast<std::uint16_t>(datagram.size()));
    std::copy(datagram.begin(), datagram.end(), frame.begin() + net::kStreamPrefix);
    datagram = ByteView(frame).first(net::kStreamPrefix + datagram.size());
  }
  // Errors are ignored: the silence of a closed peer is detected elsewhere.
  [[maybe_unused]] const auto sent = send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

void BrowserSocket::Receive(BrowserBuffers& buffers, const OnDatagram& onDatagram) {
  if (!frames_) {
    std::size_t count = 0;
    do {
      count = buffers.batch.Receive(descriptor_, ReceiveBatch::Depth::kWhole);
      for (std::size_t i = 0; i < count; ++i) onDatagram(buffers.batch.Datagram(i), buffers.batch.Arrival(i));
    } while (count == ReceiveBatch::kSize);
    return;
  }
  std::array<std::uint8_t, 0x4000> bytes;
  while (true) {
    const auto size = recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    frames_->Feed(ByteView(bytes).first(static_cast<std::size_t>(size)));
    while (auto packet = frames_->Next()) {
      std::array<std::uint8_t, net::PacketBuffer::kCapacity> copy;
      const auto view = packet.Bytes();
      std::copy(view.begin(), view.end(), copy.begin());
      onDatagram(MutableBytes(copy).first(view.size()), std::nullopt);
    }
  }
}

}  // namespace ringcast::bench
