#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/EgressStats.hpp"

struct mmsghdr;

namespace ringcast::io {

class SocketTable;

// The interface that the event loop and the dump need in addition to that of a sink.
class SendBackend : public net::DatagramSink {
 public:
  // True if large GSO batches are sent with zero copy.
  [[nodiscard]] virtual bool ZeroCopyEnabled() const = 0;
  [[nodiscard]] virtual net::EgressStats Stats() const = 0;

  // Sends the socket's queued sends now, or drops them if the kernel does not accept them. Afterwards the
  // descriptor may be closed and its number reused.
  virtual void BeforeClose(net::SocketId socket) = 0;

  // A descriptor that becomes readable when sends complete asynchronously; -1 if they never do.
  [[nodiscard]] virtual int WakeupDescriptor() const { return -1; }
  virtual void OnWakeup() {}
  // Call when the loop is about to wait: from now until OnWakeup the descriptor must signal completions.
  virtual void BeforeSleep() {}
};

struct SendOptions {
  enum class Preference : std::uint8_t {
    kAuto,       // io_uring if it is available
    kUring,      // with zero copy where it pays
    kUringCopy,  // io_uring without zero copy
    kLibuv,      // plain system calls from the libuv loop
  };
  Preference preference = Preference::kAuto;
  bool disabled = false;     // the operator disabled io_uring
  bool segmentation = true;  // false: one datagram per send, to measure the gain of GSO

  // Functions that tests replace; nullptr: the system's.
  struct SystemCalls {
    Instant (*now)() = nullptr;
    int (*sendmmsg)(int descriptor, mmsghdr* messages, unsigned count, int flags) = nullptr;
  };
  SystemCalls calls{};
};

// Returns the best backend that this system supports; it may only step down later. Logs once why a better one
// is not available.
[[nodiscard]] std::unique_ptr<SendBackend> MakeSendBackend(const SendOptions& options, SocketTable& sockets);

}  // namespace ringcast::io
