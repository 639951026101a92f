#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <string>

#include <catch2/catch.hpp>

#include "io/BoundSocket.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "support/NoDescriptors.hpp"
#include "support/SeccompChild.hpp"

namespace ringcast::test {

TEST_CASE("EventLoopTest: rejects a descriptor that it cannot watch") {
  io::EventLoop loop;
  const io::Descriptor file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  REQUIRE(file.Value() >= 0);
  const auto watch = loop.WatchDescriptor(file.Value(), UV_READABLE, [](int) {});
  REQUIRE_FALSE(watch.Ok());
  CHECK(watch.Failure().reason == "cannot watch a descriptor: operation not permitted");
}

TEST_CASE("EventLoopTest: reports that it cannot create a loop when no descriptor is left") {
  CHECK(io::EventLoop::Check().Ok());
  std::string reason;
  {
    const NoDescriptors none;
    reason = io::EventLoop::Check().Failure().reason;
  }
  CHECK(reason == "cannot create an event loop: too many open files");
}

TEST_CASE("EventLoopTest: reports a signal that cannot be handled") {
  io::EventLoop loop;
  CHECK_FALSE(loop.OnSignal(SIGKILL, [] {}).Ok());
  CHECK(loop.OnSignal(SIGUSR1, [] {}).Ok());
}

}  // namespace ringcast::test
