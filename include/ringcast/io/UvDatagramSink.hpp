#pragma once

#include <memory>
#include <string>

#include "ringcast/io/SendBackend.hpp"

namespace ringcast::io {

// Sends by system calls from the libuv loop where io_uring is not available: sendmmsg with GSO batches, else
// sendmmsg with single datagrams, else sendto. Each call completes before it returns, so no slot stays in
// flight.
class UvDatagramSink final : public SendBackend {
 public:
  // `reason`: why this backend was chosen, for the dump.
  UvDatagramSink(const SendOptions& options, SocketTable& sockets, std::string reason);
  ~UvDatagramSink() override;

  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t bytes) override;
  void Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
            const net::Address& to) override;
  void Flush() override;

  [[nodiscard]] bool ZeroCopyEnabled() const override { return false; }
  [[nodiscard]] net::EgressStats Stats() const override;
  void BeforeClose(net::SocketId /*socket*/) override { Flush(); }

 protected:
  void Free(std::uint32_t slotIndex) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringcast::io
