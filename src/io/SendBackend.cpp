#include "ringcast/io/SendBackend.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringcast/base/Log.hpp"
#include "ringcast/io/DepLibUring.hpp"
#include "ringcast/io/UvDatagramSink.hpp"

namespace ringcast::io {

namespace {

// True if the kernel supports UDP GSO (Linux 4.18), detected by setting the option on a socket.
bool KernelSegments() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const int size = 1200;
  const bool known = setsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, sizeof size) == 0;
  close(descriptor);
  return known;
}

}  // namespace

std::unique_ptr<SendBackend> MakeSendBackend(const SendOptions& options, SocketTable& sockets) {
  SendOptions possible = options;
  possible.segmentation = options.segmentation && KernelSegments();
  std::string reason;
  if (options.disabled) {
    reason = "io_uring is disabled by the operator";
  } else if (options.preference == SendOptions::Preference::kLibuv) {
    reason = "the plain backend was asked for";
  } else {
    if (auto ring = DepLibUring::TryCreate(possible, sockets, reason)) return ring;
    log::Warn(reason + "; sending by plain system calls");
  }
  return std::make_unique<UvDatagramSink>(possible, sockets, reason);
}

}  // namespace ringcast::io
