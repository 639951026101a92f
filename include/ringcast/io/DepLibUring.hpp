#pragma once

#include <memory>
#include <string>

#include "ringcast/io/SendBackend.hpp"

namespace ringcast::io {

struct Completion;
class Uring;

// Sends through io_uring: one submit hands all sends of a loop iteration to the kernel, as GSO batches, large
// ones with zero copy where that pays. Features that the kernel lacks are detected by trying, and then
// disabled permanently.
class DepLibUring final : public SendBackend {
 public:
  // Returns nullptr if io_uring is not available; `reason` then contains the cause.
  [[nodiscard]] static std::unique_ptr<DepLibUring> TryCreate(const SendOptions& options,
                                                              SocketTable& sockets, std::string& reason);

  DepLibUring(std::unique_ptr<Uring> ring, const SendOptions& options, SocketTable& sockets);
  ~DepLibUring() override;

  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t bytes) override;
  void Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
            const net::Address& to) override;
  void Flush() override;

  [[nodiscard]] bool ZeroCopyEnabled() const override;
  [[nodiscard]] net::EgressStats Stats() const override;
  void BeforeClose(net::SocketId socket) override;

  [[nodiscard]] int WakeupDescriptor() const override;
  void OnWakeup() override;
  void BeforeSleep() override;

 protected:
  void Free(std::uint32_t slotIndex) override;

 private:
  struct State;

  void EnableZeroCopy();
  void DisableZeroCopy(int error);
  void Enqueue(std::uint32_t slot);
  // Submits and reaps until no resends are pending.
  void Drain();
  void Submit();
  void Reap();
  void OnCompletion(const Completion& completion);
  void OnResult(std::uint32_t slot, int error, bool freesSlot);
  void OnResultError(std::uint32_t slot, int error);
  void SendSplit(std::uint32_t slot);
  void Settle(std::uint32_t slot);

  std::unique_ptr<State> state_;
};

}  // namespace ringcast::io
