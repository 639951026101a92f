#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/net/Address.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::net {

struct ReceivedDatagram {
  PacketRef packet;
  Address from;
};

// Who owns a socket gets its datagrams, a batch at a time. The batch may be consumed (packets moved out). The
// receiver may close this or any other socket while it is called.
class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  virtual void OnDatagrams(SocketId socket, std::span<ReceivedDatagram> batch, Instant now) = 0;
};

struct UdpSocketOptions {
  Address local;              // its port is the fixed port; 0: one out of the range
  std::uint16_t portMin = 0;  // range to choose from when the port is 0; both 0: any the system gives
  std::uint16_t portMax = 0;
  bool ipv6Only = false;             // ignored for IPv4
  bool reusePort = false;            // SO_REUSEPORT
  std::uint32_t sendBufferSize = 0;  // bytes; 0: the system's default
  std::uint32_t receiveBufferSize = 0;
};

class SocketFactory;

// An open UDP socket; destroying it closes it. Datagrams queued on it before are sent first.
class UdpSocket {
 public:
  UdpSocket(SocketFactory& factory, SocketId id, const Address& local)
      : factory_(&factory), id_(id), local_(local) {}
  UdpSocket(UdpSocket&& other) noexcept
      : factory_(std::exchange(other.factory_, nullptr)), id_(other.id_), local_(other.local_) {}
  UdpSocket& operator=(UdpSocket&& other) noexcept {
    std::swap(factory_, other.factory_);
    std::swap(id_, other.id_);
    std::swap(local_, other.local_);
    return *this;
  }
  inline ~UdpSocket();

  [[nodiscard]] SocketId Id() const { return id_; }
  [[nodiscard]] const Address& Local() const { return local_; }
  // Tells the kernel that this socket speaks with one remote alone: it looks the way up once instead of for
  // each send, and takes datagrams from nobody else. A kernel that refuses is left alone.
  inline void Connect(const Address& remote);
  // What the kernel granted, for dumps and logs.
  [[nodiscard]] inline std::uint32_t SendBufferSize() const;
  [[nodiscard]] inline std::uint32_t ReceiveBufferSize() const;

 private:
  SocketFactory* factory_;
  SocketId id_;
  Address local_;
};

// Opens sockets. Errors are the controller's to read: they name the address, the port or range, and the
// cause.
class SocketFactory {
 public:
  virtual ~SocketFactory() = default;
  [[nodiscard]] virtual Result<UdpSocket> OpenUdp(const UdpSocketOptions& options,
                                                  DatagramReceiver& receiver) = 0;

 protected:
  friend class UdpSocket;
  virtual void Close(SocketId socket) = 0;
  virtual void Connect(SocketId socket, const Address& remote) = 0;
  [[nodiscard]] virtual std::uint32_t BufferSize(SocketId socket, bool send) const = 0;
};

inline UdpSocket::~UdpSocket() {
  if (factory_ != nullptr) factory_->Close(id_);
}
inline void UdpSocket::Connect(const Address& remote) { factory_->Connect(id_, remote); }
inline std::uint32_t UdpSocket::SendBufferSize() const { return factory_->BufferSize(id_, true); }
inline std::uint32_t UdpSocket::ReceiveBufferSize() const { return factory_->BufferSize(id_, false); }

}  // namespace ringcast::net
