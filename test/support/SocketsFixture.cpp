#include "support/SocketsFixture.hpp"

#include <dirent.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

std::size_t OpenDescriptors() {
  std::size_t count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

SocketsFixture::SocketsFixture(std::size_t poolLimit, io::SendOptions::Preference preference,
                               const io::TcpLimits& limits)
    : pool(poolLimit),
      sink(io::MakeSendBackend({.preference = preference}, table)),
      sockets(loop, table, *sink, pool, random, limits) {}

void SocketsFixture::RunUntil(const std::function<bool()>& done) {
  int turns = 0;
  Timer fault(loop.Timers(), [this](Instant) { loop.Stop(); });
  fault.ArmAt(io::EventLoop::Now() + Seconds(20));
  loop.OnTurnEnd([&](Instant) {
    if (done() || ++turns == 1000) loop.Stop();
    return false;
  });
  loop.Run();
  loop.OnTurnEnd(nullptr);
}

void SocketsFixture::Send(net::SocketId socket, const net::Address& to, net::Segments segments) {
  auto slot = media.Acquire(segments.total);
  RC_ASSERT(slot);
  for (std::size_t i = 0; i < segments.total; ++i) slot->Room()[i] = static_cast<std::uint8_t>(i + 1);
  media.Send(std::move(*slot), segments, socket, to);
  media.Flush();
}

}  // namespace ringcast::test
