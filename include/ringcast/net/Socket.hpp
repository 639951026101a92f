#pragma once

#include <cstddef>
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

// Receives the datagrams of a socket in batches, and may move the packets out of them. It may close this or
// any other socket while it is called. The packets of a TCP connection arrive in the same way, with the id of
// the connection (see TcpListener).
class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  virtual void OnDatagrams(SocketId socket, std::span<ReceivedDatagram> batch, Instant now) = 0;
  // The connection was closed by the peer, or because the peer broke a rule. Not called for connections that
  // the receiver closes itself, and never from within a call of the receiver.
  virtual void OnConnectionClosed(SocketId /*connection*/, const Address& /*from*/, Instant /*now*/) {}
};

struct SocketOptions {
  Address local;              // the fixed port; 0: choose a port from the range
  std::uint16_t portMin = 0;  // the range for port 0; both 0: any port that the system assigns
  std::uint16_t portMax = 0;
  bool ipv6Only = false;             // ignored for IPv4
  bool reusePort = false;            // SO_REUSEPORT
  std::uint32_t sendBufferSize = 0;  // in bytes; 0: the system's default
  std::uint32_t receiveBufferSize = 0;
};
using UdpSocketOptions = SocketOptions;

struct TcpSocketOptions : SocketOptions {
  // At a time. A call needs one or two; the default, half of a worker's connections, is for a port that all
  // calls of a server share.
  std::size_t maxConnections = 2048;
};

class SocketFactory;

// An open socket of either kind; destroying it closes it.
class SocketHandle {
 public:
  SocketHandle(SocketFactory& factory, SocketId id, const Address& local)
      : factory_(&factory), id_(id), local_(local) {}
  SocketHandle(SocketHandle&& other) noexcept
      : factory_(std::exchange(other.factory_, nullptr)), id_(other.id_), local_(other.local_) {}
  SocketHandle& operator=(SocketHandle&& other) noexcept {
    std::swap(factory_, other.factory_);
    std::swap(id_, other.id_);
    std::swap(local_, other.local_);
    return *this;
  }

  [[nodiscard]] SocketId Id() const { return id_; }
  [[nodiscard]] const Address& Local() const { return local_; }
  // The sizes that the kernel granted; those of a listening socket are for its connections.
  [[nodiscard]] inline std::uint32_t SendBufferSize() const;
  [[nodiscard]] inline std::uint32_t ReceiveBufferSize() const;

 protected:
  inline ~SocketHandle();
  [[nodiscard]] SocketFactory& Factory() const { return *factory_; }

 private:
  SocketFactory* factory_;
  SocketId id_;
  Address local_;
};

// Datagrams still queued when the socket is destroyed are sent first.
class UdpSocket : public SocketHandle {
 public:
  using SocketHandle::SocketHandle;

  // Connects the socket to its only remote: the kernel looks up the route once instead of for each send, and
  // drops datagrams from other addresses. A refusal of the kernel is ignored.
  inline void Connect(const Address& remote);
};

// Accepts connections and reads packets off them (RFC 4571, as RFC 6544 has it for ICE). Destroying it closes
// all its connections without notifying the receiver, after writing as much of their queues as the kernel
// takes.
class TcpListener : public SocketHandle {
 public:
  using SocketHandle::SocketHandle;

  // Returns true for an open connection of this socket.
  [[nodiscard]] inline bool Has(SocketId connection) const;
  // The peer has authenticated itself: the connection stays until either side closes it. Before, it is read
  // slowly, and closed after a time, or earlier to make room for another one.
  inline void Authenticate(SocketId connection);
  // As by destroying this socket. No effect on a connection that is closed already.
  inline void Close(SocketId connection);
};

// Opens sockets. Errors name the address, the port or range, and the cause; the controller sees them.
class SocketFactory {
 public:
  virtual ~SocketFactory() = default;
  [[nodiscard]] virtual Result<UdpSocket> OpenUdp(const UdpSocketOptions& options,
                                                  DatagramReceiver& receiver) = 0;
  [[nodiscard]] virtual Result<TcpListener> OpenTcp(const TcpSocketOptions& options,
                                                    DatagramReceiver& receiver) = 0;

 protected:
  friend class SocketHandle;
  friend class UdpSocket;
  friend class TcpListener;
  virtual void Close(SocketId socket) = 0;
  virtual void Connect(SocketId socket, const Address& remote) = 0;
  [[nodiscard]] virtual std::uint32_t BufferSize(SocketId socket, bool send) const = 0;
  [[nodiscard]] virtual bool HasConnection(SocketId listener, SocketId connection) const = 0;
  virtual void AuthenticateConnection(SocketId listener, SocketId connection) = 0;
  virtual void CloseConnection(SocketId listener, SocketId connection) = 0;
};

inline SocketHandle::~SocketHandle() {
  if (factory_ != nullptr) factory_->Close(id_);
}
inline std::uint32_t SocketHandle::SendBufferSize() const { return factory_->BufferSize(id_, true); }
inline std::uint32_t SocketHandle::ReceiveBufferSize() const { return factory_->BufferSize(id_, false); }

inline void UdpSocket::Connect(const Address& remote) { Factory().Connect(Id(), remote); }

inline bool TcpListener::Has(SocketId connection) const { return Factory().HasConnection(Id(), connection); }
inline void TcpListener::Authenticate(SocketId connection) {
  Factory().AuthenticateConnection(Id(), connection);
}
inline void TcpListener::Close(SocketId connection) { Factory().CloseConnection(Id(), connection); }

}  // namespace ringcast::net
