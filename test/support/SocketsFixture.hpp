#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "ringcast/io/EventLoop.hpp"
#include "ringcast/io/MediaSink.hpp"
#include "ringcast/io/Sockets.hpp"

namespace ringcast::test {

[[nodiscard]] std::size_t OpenDescriptors();

// Records the datagrams and events that sockets report.
class Collector final : public net::DatagramReceiver {
 public:
  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant /*now*/) override {
    batches.push_back(batch.size());
    for (auto& datagram : batch) {
      const auto bytes = datagram.packet.Bytes();
      received.emplace_back(bytes.begin(), bytes.end());
      from.push_back(datagram.from);
      sockets.push_back(socket);
      arrivals.push_back(datagram.packet.Arrival());
    }
    if (onBatch) onBatch();
  }
  void OnConnectionClosed(net::SocketId connection, const net::Address& peer, Instant /*now*/) override {
    closed.push_back(connection);
    closedPeers.push_back(peer);
    if (onClosed) onClosed();
  }
  std::vector<std::size_t> batches;
  std::vector<std::vector<std::uint8_t>> received;
  std::vector<net::Address> from;
  std::vector<net::SocketId> sockets;
  std::vector<Instant> arrivals;
  std::function<void()> onBatch;
  std::vector<net::SocketId> closed;
  std::vector<net::Address> closedPeers;  // peers of the closed connections
  std::function<void()> onClosed;
};

// Real sockets on a real event loop.
struct SocketsFixture {
  explicit SocketsFixture(std::size_t poolLimit = 1024,
                          io::SendOptions::Preference preference = io::SendOptions::Preference::kLibuv,
                          const io::TcpLimits& limits = {});
  // Runs loop iterations until `done` returns true, or up to a limit that only a fault reaches.
  void RunUntil(const std::function<bool()>& done);
  // Fires the timers that are due within this time.
  void PassTime(Duration time) { loop.Timers().OnTimeout(io::EventLoop::Now() + time); }
  // Sends a batch of the bytes 1, 2, 3, ...
  void Send(net::SocketId socket, const net::Address& to, net::Segments segments);
  [[nodiscard]] static net::SocketOptions On(const char* ip, std::uint16_t port = 0) {
    return {.local = *net::Address::Parse(ip, port)};
  }

  net::PacketPool pool;
  SeededRandom random{1};
  io::EventLoop loop;
  io::SocketTable table;
  std::unique_ptr<io::SendBackend> sink;
  io::Sockets sockets;
  io::MediaSink media{*sink, sockets.Tcp()};
  Collector collector;
};

}  // namespace ringcast::test
