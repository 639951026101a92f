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

// What the event loop and the dump need of a sink, whichever it is.
class SendBackend : public net::DatagramSink {
 public:
  // Whether large runs are handed to the kernel without a copy.
  [[nodiscard]] virtual bool ZeroCopyEnabled() const = 0;
  [[nodiscard]] virtual net::EgressStats Stats() const = 0;

  // Sends of this socket that are queued go out now, or are dropped if the kernel takes nothing; after it the
  // descriptor may be closed and its number reused.
  virtual void BeforeClose(net::SocketId socket) = 0;

  // A descriptor that becomes readable when sends complete late; -1: they never do.
  [[nodiscard]] virtual int WakeupDescriptor() const { return -1; }
  virtual void OnWakeup() {}
  // The loop is about to wait: from here to OnWakeup the descriptor must tell of completions.
  virtual void BeforeSleep() {}
};

struct SendOptions {
  enum class Preference : std::uint8_t {
    kAuto,       // io_uring where it is to be had
    kUring,      // with zero copy where it pays
    kUringCopy,  // io_uring without zero copy
    kLibuv,      // plain system calls beside the libuv loop
  };
  Preference preference = Preference::kAuto;
  bool disabled = false;     // the operator switched io_uring off
  bool segmentation = true;  // off: one datagram a send, to measure what GSO gives

  // What tests replace; nullptr: the system's.
  struct SystemCalls {
    Instant (*now)() = nullptr;
    int (*sendmmsg)(int descriptor, mmsghdr* messages, unsigned count, int flags) = nullptr;
  };
  SystemCalls calls{};
};

// The best rung of the ladder that this system carries; it only steps down later. Why it is not a higher one
// goes to the log, once.
[[nodiscard]] std::unique_ptr<SendBackend> MakeSendBackend(const SendOptions& options, SocketTable& sockets);

}  // namespace ringcast::io
