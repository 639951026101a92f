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
#include "ringcast/base/Log.hpp"

namespace ringcast::io {

namespace {

// An id: kConnectionBit, 15 bits of generation, 16 of place.
constexpr std::uint32_t kPlaceBits = 16;
constexpr std::uint32_t kMaxPlaces = std::uint32_t{1} << kPlaceBits;
constexpr std::uint16_t kGenerationMask = 0x7FFF;

net::SocketId MakeId(std::uint32_t place, std::uint16_t generation) {
  return net::SocketId(net::kConnectionBit | std::uint32_t{generation} << kPlaceBits | place);
}
std::uint32_t PlaceOf(net::SocketId id) { return id.Value() & (kMaxPlaces - 1); }
std::uint16_t GenerationOf(net::SocketId id) {
  return static_cast<std::uint16_t>(id.Value() >> kPlaceBits & kGenerationMask);
}

// Half a second of 2 Mbit/s waits in the kernel unsent. By itself it takes megabytes: a call would be many
// seconds late before anybody saw that its reader is slow.
constexpr int kUnsentLimit = 128 * 1024;

// Connections inherit it (Linux clones the listening socket).
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
      budget_(std::make_unique<SendQueueBudget>(limits.queueMemory)),
      buffers_(std::make_unique<Buffers>()),
      acceptPause_(loop.Timers(),
                   [this](Instant) {
                     for (auto& [id, listener] : listeners_) listener.watch->Want(UV_READABLE);
                   }),
      strangersTimer_(loop.Timers(), [this](Instant now) { OnStrangersTimeout(now); }),
      doomTimer_(loop.Timers(), [this](Instant now) { OnDoomed(now); }) {
  RC_ASSERT(limits.connections <= kMaxPlaces && limits.strangers > 0);
}

TcpSockets::~TcpSockets() { RC_ASSERT(listeners_.empty()); }

Result<OpenSocket> TcpSockets::Open(const net::TcpSocketOptions& options, net::DatagramReceiver& receiver) {
  auto bound = OpenBound(net::TransportProtocol::kTcp, options, random_, ports_);
  if (!bound) return bound.Failure();
  const int descriptor = bound->descriptor.Value();
  static_cast<void>(SetMediaOptions(descriptor));  // worth having, not worth failing for
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
  for (std::uint32_t place = 0; place < places_.size() && found->second.connections > 0; ++place) {
    const auto id = MakeId(place, places_[place].generation);
    CloseConnection(listener, id);
  }
  const Descriptor descriptor(found->second.descriptor);
  listeners_.erase(found);  // the watch before the descriptor
  table_.Remove(listener);
}

TcpConnection* TcpSockets::Find(net::SocketId connection) const {
  const auto place = PlaceOf(connection);
  if (!net::IsConnection(connection) || place >= places_.size()) return nullptr;
  const auto& entry = places_[place];
  return entry.generation == GenerationOf(connection) ? entry.connection.get() : nullptr;
}

bool TcpSockets::Has(net::SocketId listener, net::SocketId connection) const {
  const auto* found = Find(connection);
  return found != nullptr && found->Listener() == listener;
}

void TcpSockets::Claim(net::SocketId listener, net::SocketId connection) {
  if (Has(listener, connection)) Forget(*Find(connection));
}

void TcpSockets::CloseConnection(net::SocketId listener, net::SocketId connection) {
  if (!Has(listener, connection)) return;
  auto* const found = Find(connection);
  if (!found->doom) static_cast<void>(Write(*found));
  Remove(connection, found->doom.value_or(net::ConnectionEnd::kOwner));
}

// --- Accepting ---

void TcpSockets::OnAcceptable(net::SocketId listener, int events) {
  const auto now = EventLoop::Now();
  // An error of the listening socket: libuv has ceased to watch.
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
      // A connection that broke before it was accepted: the next one (accept(2)).
      if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM) continue;
      // Linux says so even where nobody waits: that somebody does is known of the first alone.
      if (i > 0) return;
      const auto oldest = OldestStranger({});
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
  // The connection stays readable: without a pause the loop would try again at once, for ever.
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
    oldest = OldestStranger(listener);
  } else if (Count() >= limits_.connections || strangers_.size() >= limits_.strangers) {
    oldest = OldestStranger({});
  } else {
    return true;
  }
  if (!oldest) return false;
  End(*oldest, net::ConnectionEnd::kReplaced, now);
  return true;
}

std::optional<net::SocketId> TcpSockets::OldestStranger(std::optional<net::SocketId> listener) const {
  const auto found = std::find_if(strangers_.begin(), strangers_.end(), [&](net::SocketId id) {
    return !listener || Find(id)->Listener() == *listener;
  });
  return found == strangers_.end() ? std::nullopt : std::optional(*found);
}

void TcpSockets::Add(net::SocketId listener, Descriptor descriptor, const net::Address& remote, Instant now) {
  if (free_.empty()) {
    places_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
  }
  const auto place = free_.back();
  auto& entry = places_[place];
  const auto id = MakeId(place, entry.generation);
  auto watch =
      loop_.WatchDescriptor(descriptor.Value(), UV_READABLE, [this, id](int events) { OnReady(id, events); });
  if (!watch) {
    ++stats_.acceptFailures;
    return WarnOfAcceptFailure(watch.Failure().reason);
  }
  ++stats_.accepted;
  free_.pop_back();
  entry.connection = std::make_unique<TcpConnection>(std::move(descriptor), listener, remote, pool_);
  auto& connection = *entry.connection;
  connection.SetWatch(std::move(*watch));
  const auto deadline = now + limits_.strangerTime;
  connection.stranger = TcpConnection::Stranger{strangers_.insert(strangers_.end(), id), deadline};
  if (!strangersTimer_.Armed()) strangersTimer_.ArmAt(deadline);
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
    auto* const connection = Find(id);
    if (connection == nullptr || connection->doom) return;
    const bool stranger = connection->stranger.has_value();
    if (stranger && reads > 0) return;
    const auto room = MutableBytes(buffers_->bytes).first(stranger ? kStrangerReadSize : kReadSize);
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
    auto* const connection = Find(id);
    if (connection == nullptr || connection->doom) return false;
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
  return Find(id) != nullptr;
}

// --- Writing ---

void TcpSockets::Send(net::SocketId id, ByteView run, net::Segments segments) {
  auto* const connection = Find(id);
  if (connection == nullptr || connection->doom) {
    connectionGone_ += segments.Count();
    return;
  }
  if (!connection->Output().Fits(segments)) {
    // More in one turn than is kept is no sign of a slow reader: what counts is what the kernel does not
    // take.
    if (!Write(*connection)) return Doom(id, *connection, net::ConnectionEnd::kPeer);
    if (!connection->Output().Fits(segments)) return Doom(id, *connection, net::ConnectionEnd::kSlow);
  }
  connection->Output().Append(run, segments);
  stats_.packetsSent += segments.Count();
  if (!std::exchange(connection->hasQueued, true)) queued_.push_back(id);
  budget_->Note(*connection);
  if (budget_->Exceeded()) [[unlikely]]
    CutLongestQueues();
}

void TcpSockets::CutLongestQueues() {
  Flush();  // a burst of this turn is no sign of a slow reader
  std::vector<std::uint32_t> longest;
  for (std::uint32_t place = 0; place < places_.size(); ++place) {
    auto* const connection = places_[place].connection.get();
    if (connection == nullptr || connection->doom) continue;
    connection->Output().ReleaseSpareMemory();
    budget_->Note(*connection);
    longest.push_back(place);
  }
  std::ranges::sort(longest, std::greater(),
                    [this](std::uint32_t place) { return places_[place].connection->queueMemory; });
  for (const auto place : longest) {
    if (budget_->HasRoom()) return;
    const auto& entry = places_[place];
    Doom(MakeId(place, entry.generation), *entry.connection, net::ConnectionEnd::kBudget);
  }
}

void TcpSockets::Flush() {
  for (const auto id : queued_) {
    auto* const connection = Find(id);
    if (connection == nullptr || connection->doom) continue;
    connection->hasQueued = false;
    if (!connection->Blocked() && !Write(*connection)) Doom(id, *connection, net::ConnectionEnd::kPeer);
  }
  queued_.clear();
}

void TcpSockets::OnWritable(net::SocketId id, Instant now) {
  auto* const connection = Find(id);
  if (connection == nullptr || connection->doom) return;
  if (!Write(*connection)) return End(id, net::ConnectionEnd::kPeer, now);
  // Also where it was an error that has not ended the connection: libuv has ceased to watch.
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

void TcpSockets::Doom(net::SocketId id, TcpConnection& connection, net::ConnectionEnd reason) {
  connection.doom = reason;
  connection.WantNothing();
  connection.Output() = {};  // it is never written
  budget_->Note(connection);
  doomed_.push_back(id);
  doomTimer_.ArmAt({});  // as soon as the loop turns
}

void TcpSockets::OnDoomed(Instant now) {
  for (const auto id : std::exchange(doomed_, {})) {
    if (const auto* connection = Find(id)) End(id, *connection->doom, now);
  }
}

void TcpSockets::OnStrangersTimeout(Instant now) {
  while (!strangers_.empty()) {
    const auto oldest = strangers_.front();
    const auto deadline = Find(oldest)->stranger->deadline;
    if (deadline > now) return strangersTimer_.ArmAt(deadline);
    End(oldest, net::ConnectionEnd::kUnclaimed, now);
  }
}

void TcpSockets::End(net::SocketId id, net::ConnectionEnd reason, Instant now) {
  const auto& connection = *Find(id);
  auto* const receiver = listeners_.at(connection.Listener().Value()).receiver;
  const auto from = connection.Remote();
  Remove(id, reason);
  receiver->OnConnectionClosed(id, from, now);
}

void TcpSockets::Remove(net::SocketId id, net::ConnectionEnd reason) {
  auto& entry = places_[PlaceOf(id)];
  auto& connection = *entry.connection;
  ended_.Count(reason);
  poolDry_ += connection.Packets().PoolDry();
  budget_->Forget(connection);
  Forget(connection);
  --listeners_.at(connection.Listener().Value()).connections;
  entry.connection.reset();
  entry.generation = static_cast<std::uint16_t>((entry.generation + 1) & kGenerationMask);
  free_.push_back(PlaceOf(id));
}

void TcpSockets::Forget(TcpConnection& stranger) {
  if (!stranger.stranger) return;
  strangers_.erase(stranger.stranger->place);
  stranger.stranger.reset();
}

net::TcpStats TcpSockets::Stats() const {
  auto stats = stats_;
  stats.listeners = listeners_.size();
  stats.connections = Count();
  stats.strangers = strangers_.size();
  stats.ended = NonZero(ended_);
  auto poolDry = poolDry_;
  for (const auto& place : places_) {
    if (place.connection) poolDry += place.connection->Packets().PoolDry();
  }
  if (poolDry != 0) stats.drops.push_back({"poolDry", poolDry});
  if (connectionGone_ != 0) stats.drops.push_back({"connectionGone", connectionGone_});
  return stats;
}

}  // namespace ringcast::io
