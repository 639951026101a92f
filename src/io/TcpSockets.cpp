#include "ringcast/io/TcpSockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "io/SendQueueBudget.hpp"
#include "io/TcpConnection.hpp"
#include "io/TcpConnectionTable.hpp"
#include "io/UnauthenticatedConnections.hpp"
#include "ringcast/base/Log.hpp"

namespace ringcast::io {

namespace {

// Unsent bytes that wait in the kernel: half a second of 2 Mbit/s. By default the kernel takes megabytes, and
// a call would be many seconds late before a slow reader is noticed.
constexpr int kUnsentLimit = 128 * 1024;

// Connections inherit the options (Linux clones the listening socket).
bool SetMediaOptions(int descriptor) {
  return SetOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1) &&
         SetOption(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLimit);
}

}  // namespace

struct TcpSockets::Buffers {
  std::array<std::uint8_t, kReadSize> bytes{};
  std::array<net::ReceivedDatagram, kBatch> batch;
};

TcpSockets::TcpSockets(EventLoop& loop, SocketTable& table, net::PacketPool& pool, Random& random,
                       OwnPorts& ports, const TcpLimits& limits)
    : loop_(loop),
      table_(table),
      pool_(pool),
      random_(random),
      ports_(ports),
      limits_(limits),
      connections_(std::make_unique<TcpConnectionTable>()),
      unauthenticated_(std::make_unique<UnauthenticatedConnections>(limits.authenticationTime)),
      budget_(std::make_unique<SendQueueBudget>(limits.queueMemory)),
      buffers_(std::make_unique<Buffers>()),
      acceptPause_(loop.Timers(),
                   [this](Instant) {
                     for (auto& [id, listener] : listeners_) listener.watch->Want(UV_READABLE);
                   }),
      authenticationTimer_(loop.Timers(), [this](Instant now) { OnAuthenticationTimer(now); }),
      closeTimer_(loop.Timers(), [this](Instant now) { OnCloseTimer(now); }) {
  RC_ASSERT(limits.connections <= TcpConnectionTable::kMaxPlaces && limits.unauthenticated > 0);
}

TcpSockets::~TcpSockets() { RC_ASSERT(listeners_.empty()); }

Result<OpenSocket> TcpSockets::Open(const net::TcpSocketOptions& options, net::DatagramReceiver& receiver) {
  auto bound = OpenBound(net::TransportProtocol::kTcp, options, random_, ports_);
  if (!bound) return bound.Failure();
  const int descriptor = bound->descriptor.Value();
  static_cast<void>(SetMediaOptions(descriptor));  // an improvement, not a requirement
  const auto added = table_.Add(descriptor);
  if (!added) return GenericError("too many sockets are open");
  const auto id = *added;
  auto watch =
      loop_.WatchDescriptor(descriptor, UV_READABLE, [this, id](int events) { OnAcceptable(id, events); });
  if (!watch) {
    table_.Remove(id);
    return watch.Failure();
  }
  listeners_.emplace(id.Value(), Listener{bound->descriptor.Release(), &receiver, options.maxConnections, 0,
                                          std::move(bound->port), std::move(*watch)});
  return OpenSocket{id, bound->local};
}

void TcpSockets::Close(net::SocketId listener) {
  const auto found = listeners_.find(listener.Value());
  RC_ASSERT(found != listeners_.end());
  connections_->ForEach([&](net::SocketId id, const TcpConnection&) { CloseConnection(listener, id); });
  const Descriptor descriptor(found->second.descriptor);
  listeners_.erase(found);  // destroys the watch before the descriptor closes
  table_.Remove(listener);
}

bool TcpSockets::Has(net::SocketId listener, net::SocketId connection) const {
  const auto* found = connections_->Find(connection);
  return found != nullptr && found->Listener() == listener;
}

void TcpSockets::Authenticate(net::SocketId listener, net::SocketId connection) {
  if (Has(listener, connection)) unauthenticated_->Remove(*connections_->Find(connection));
}

void TcpSockets::CloseConnection(net::SocketId listener, net::SocketId connection) {
  if (!Has(listener, connection)) return;
  auto* const found = connections_->Find(connection);
  if (!found->closing) static_cast<void>(Write(*found));
  Remove(connection, found->closing.value_or(net::ConnectionEnd::kOwner));
}

// --- Accepting ---

void TcpSockets::OnAcceptable(net::SocketId listener, int events) {
  const auto now = EventLoop::Now();
  // After an error of the listening socket libuv has stopped watching.
  if ((events & UV_WRITABLE) != 0) listeners_.at(listener.Value()).watch->Want(UV_READABLE);
  for (std::size_t i = 0; i < kMaxAccepts; ++i) {
    const auto found = listeners_.find(listener.Value());
    if (found == listeners_.end()) return;
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    Descriptor accepted(accept4(found->second.descriptor, reinterpret_cast<sockaddr*>(&name), &length,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.Value() < 0) {
      const int error = errno;
      if (error == EAGAIN) return;
      // The connection broke before it was accepted: continue with the next one (accept(2)).
      if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM) continue;
      // Linux returns these errors even if no connection waits. Only for the first one it is certain that one
      // does.
      if (i > 0) return;
      const auto oldest = unauthenticated_->Oldest();
      if (!oldest) return OnAcceptFailure(found->second, error);
      End(*oldest, net::ConnectionEnd::kReplaced, now);
      continue;
    }
    const auto remote = net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&name), length);
    if (!remote) continue;
    if (!MakeRoom(listener, now)) {
      ++stats_.refused;
      continue;
    }
    if (listeners_.contains(listener.Value())) Add(listener, std::move(accepted), *remote, now);
  }
}

void TcpSockets::OnAcceptFailure(Listener& listener, int error) {
  ++stats_.acceptFailures;
  // The socket stays readable: without a pause the loop would try again at once, forever.
  listener.watch->Want(0);
  if (!acceptPause_.Armed()) acceptPause_.ArmAt(EventLoop::Now() + kAcceptPause);
  WarnOfAcceptFailure(std::string(std::strerror(error)) + ": raise the limit of open files (RLIMIT_NOFILE)");
}

void TcpSockets::WarnOfAcceptFailure(const std::string& reason) {
  if (std::exchange(warned_, true)) return;
  log::Warn("TCP connections cannot be accepted: " + reason + "; this is said once");
}

bool TcpSockets::MakeRoom(net::SocketId listener, Instant now) {
  const auto& asked = listeners_.at(listener.Value());
  std::optional<net::SocketId> oldest;
  if (asked.connections >= asked.maxConnections) {
    oldest = unauthenticated_->Oldest(listener);
  } else if (connections_->Count() >= limits_.connections ||
             unauthenticated_->Count() >= limits_.unauthenticated) {
    oldest = unauthenticated_->Oldest();
  } else {
    return true;
  }
  if (!oldest) return false;
  End(*oldest, net::ConnectionEnd::kReplaced, now);
  return true;
}

void TcpSockets::Add(net::SocketId listener, Descriptor descriptor, const net::Address& remote, Instant now) {
  const auto id = connections_->NextId();
  auto watch =
      loop_.WatchDescriptor(descriptor.Value(), UV_READABLE, [this, id](int events) { OnReady(id, events); });
  if (!watch) {
    ++stats_.acceptFailures;
    return WarnOfAcceptFailure(watch.Failure().reason);
  }
  ++stats_.accepted;
  auto& connection =
      connections_->Add(std::make_unique<TcpConnection>(std::move(descriptor), listener, remote, pool_));
  connection.SetWatch(std::move(*watch));
  unauthenticated_->Add(id, connection, now);
  if (!authenticationTimer_.Armed()) authenticationTimer_.Set(unauthenticated_->NextTimeout());
  ++listeners_.at(listener.Value()).connections;
}

// --- Reading ---

void TcpSockets::OnReady(net::SocketId id, int events) {
  const auto now = EventLoop::Now();
  if ((events & UV_READABLE) != 0) OnReadable(id, now);
  if ((events & UV_WRITABLE) != 0) OnWritable(id, now);
}

void TcpSockets::OnReadable(net::SocketId id, Instant now) {
  for (std::size_t reads = 0; reads < kMaxReads; ++reads) {
    auto* const connection = connections_->Find(id);
    if (connection == nullptr || connection->closing) return;
    const bool unauthenticated = connection->unauthenticated.has_value();
    if (unauthenticated && reads > 0) return;
    const auto room =
        MutableBytes(buffers_->bytes).first(unauthenticated ? kUnauthenticatedReadSize : kReadSize);
    const auto read = connection->Read(room);
    if (read.ended) return End(id, net::ConnectionEnd::kPeer, now);
    stats_.bytesReceived += read.bytes;
    if (!Deliver(id, now)) return;
    if (connection->Packets().Failed()) return End(id, net::ConnectionEnd::kMalformed, now);
    if (read.bytes < room.size()) return;
  }
}

bool TcpSockets::Deliver(net::SocketId id, Instant now) {
  auto& batch = buffers_->batch;
  std::size_t count = batch.size();
  while (count == batch.size()) {
    auto* const connection = connections_->Find(id);
    if (connection == nullptr || connection->closing) return false;
    for (count = 0; count < batch.size(); ++count) {
      auto packet = connection->Packets().Next();
      if (!packet) break;
      packet.SetArrival(now);
      batch[count] = {std::move(packet), connection->Remote()};
    }
    if (count == 0) return true;
    stats_.packetsReceived += count;
    auto* const receiver = listeners_.at(connection->Listener().Value()).receiver;
    receiver->OnDatagrams(id, std::span(batch.data(), count), now);
    for (std::size_t i = 0; i < count; ++i) batch[i].packet = {};
  }
  return connections_->Find(id) != nullptr;
}

// --- Writing ---

void TcpSockets::Send(net::SocketId id, ByteView run, net::Segments segments) {
  auto* const connection = connections_->Find(id);
  if (connection == nullptr || connection->closing) {
    connectionGone_ += segments.Count();
    return;
  }
  if (!connection->Output().Fits(segments)) {
    // A burst of one loop iteration is no sign of a slow reader: only what the kernel does not take counts.
    if (!Write(*connection)) return CloseLater(id, *connection, net::ConnectionEnd::kPeer);
    if (!connection->Output().Fits(segments)) return CloseLater(id, *connection, net::ConnectionEnd::kSlow);
  }
  connection->Output().Append(run, segments);
  stats_.packetsSent += segments.Count();
  if (!std::exchange(connection->hasQueued, true)) queued_.push_back(id);
  budget_->Note(*connection);
  if (budget_->Exceeded()) [[unlikely]]
    CloseLongestQueues();
}

void TcpSockets::CloseLongestQueues() {
  Flush();  // a burst of this loop iteration is no sign of a slow reader
  std::vector<std::pair<net::SocketId, TcpConnection*>> longest;
  connections_->ForEach([&](net::SocketId id, TcpConnection& connection) {
    if (connection.closing) return;
    connection.Output().ReleaseSpareMemory();
    budget_->Note(connection);
    longest.emplace_back(id, &connection);
  });
  std::ranges::sort(longest, std::greater(), [](const auto& entry) { return entry.second->queueMemory; });
  for (const auto& [id, connection] : longest) {
    if (budget_->HasRoom()) return;
    CloseLater(id, *connection, net::ConnectionEnd::kBudget);
  }
}

void TcpSockets::Flush() {
  for (const auto id : queued_) {
    auto* const connection = connections_->Find(id);
    if (connection == nullptr || connection->closing) continue;
    connection->hasQueued = false;
    if (!connection->Blocked() && !Write(*connection)) CloseLater(id, *connection, net::ConnectionEnd::kPeer);
  }
  queued_.clear();
}

void TcpSockets::OnWritable(net::SocketId id, Instant now) {
  auto* const connection = connections_->Find(id);
  if (connection == nullptr || connection->closing) return;
  if (!Write(*connection)) return End(id, net::ConnectionEnd::kPeer, now);
  // Also after an error that did not end the connection: libuv has stopped watching.
  connection->WantEvents();
}

bool TcpSockets::Write(TcpConnection& connection) {
  const bool wasBlocked = connection.Blocked();
  const auto written = connection.Write();
  stats_.bytesSent += written.bytes;
  if (written.bytes > 0) budget_->Note(connection);
  if (connection.Blocked() && !wasBlocked) connection.WantEvents();
  return !written.broken;
}

// --- Ending ---

void TcpSockets::CloseLater(net::SocketId id, TcpConnection& connection, net::ConnectionEnd reason) {
  connection.closing = reason;
  connection.WantNothing();
  connection.Output() = {};
  budget_->Note(connection);
  closing_.push_back(id);
  closeTimer_.ArmAt({});  // in the next loop iteration
}

void TcpSockets::OnCloseTimer(Instant now) {
  for (const auto id : std::exchange(closing_, {})) {
    if (const auto* connection = connections_->Find(id)) End(id, *connection->closing, now);
  }
}

void TcpSockets::OnAuthenticationTimer(Instant now) {
  while (const auto deadline = unauthenticated_->NextTimeout()) {
    if (*deadline > now) return authenticationTimer_.ArmAt(*deadline);
    End(*unauthenticated_->Oldest(), net::ConnectionEnd::kUnclaimed, now);
  }
}

void TcpSockets::End(net::SocketId id, net::ConnectionEnd reason, Instant now) {
  const auto& connection = *connections_->Find(id);
  auto* const receiver = listeners_.at(connection.Listener().Value()).receiver;
  const auto from = connection.Remote();
  Remove(id, reason);
  receiver->OnConnectionClosed(id, from, now);
}

void TcpSockets::Remove(net::SocketId id, net::ConnectionEnd reason) {
  auto& connection = *connections_->Find(id);
  ended_.Count(reason);
  poolDry_ += connection.Packets().PoolDry();
  budget_->Forget(connection);
  unauthenticated_->Remove(connection);
  --listeners_.at(connection.Listener().Value()).connections;
  connections_->Remove(id);
}

net::TcpStats TcpSockets::Stats() const {
  auto stats = stats_;
  stats.listeners = listeners_.size();
  stats.connections = connections_->Count();
  stats.unauthenticated = unauthenticated_->Count();
  stats.ended = NonZero(ended_);
  auto poolDry = poolDry_;
  connections_->ForEach(
      [&](net::SocketId /*id*/, TcpConnection& connection) { poolDry += connection.Packets().PoolDry(); });
  if (poolDry != 0) stats.drops.push_back({"poolDry", poolDry});
  if (connectionGone_ != 0) stats.drops.push_back({"connectionGone", connectionGone_});
  return stats;
}

}  // namespace ringcast::io
