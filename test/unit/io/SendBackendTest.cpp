#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "io/PlainSender.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/DepLibUring.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "support/FakeUring.hpp"
#include "support/LoopbackSocket.hpp"
#include "support/SeccompChild.hpp"

namespace ringcast::test {

namespace {

using Datagrams = std::vector<std::vector<std::uint8_t>>;

// Returns the datagrams of each of three receivers, in order, from a seeded mix of single datagrams and
// batches of all sizes over two sockets. Each destination has one source socket, as with transports.
std::vector<Datagrams> SendMix(io::SendBackend& sink, io::SocketTable& table, std::uint64_t seed) {
  LoopbackSocket senders[2];
  const LoopbackSocket receivers[] = {LoopbackSocket(*net::Address::Parse("127.0.0.1", 0)),
                                      LoopbackSocket(*net::Address::Parse("127.0.0.2", 0)),
                                      LoopbackSocket(*net::Address::Parse("127.0.0.3", 0))};
  const net::SocketId ids[] = {*table.Add(senders[0].Descriptor()), *table.Add(senders[1].Descriptor())};
  std::vector<Datagrams> got(3);
  SeededRandom random(seed);
  std::uint8_t stamp = 0;
  for (int turn = 0; turn < 60; ++turn) {
    const auto sends = 1 + random.U32() % 20;
    for (std::uint32_t i = 0; i < sends; ++i) {
      const std::size_t size = 1 + random.U32() % 1400;
      const std::size_t most = std::min(net::kMaxSegments, net::kMaxRunBytes / size);
      const std::size_t count = 1 + random.U32() % most;
      const std::size_t last = 1 + random.U32() % size;
      const net::Segments shape{count == 1 ? last : size, size * (count - 1) + last};
      auto slot = sink.Acquire(shape.total);
      REQUIRE(slot);
      std::fill_n(slot->Room().begin(), shape.total, ++stamp);
      const auto to = random.U32() % 3;
      sink.Send(std::move(*slot), shape, ids[to % 2], receivers[to].Local());
    }
    sink.Flush();
    for (std::size_t i = 0; i < 3; ++i) {
      auto received = receivers[i].ReceiveAll();
      got[i].insert(got[i].end(), received.begin(), received.end());
    }
  }
  for (const auto id : ids) sink.BeforeClose(id);
  return got;
}

// With the capability, root may lock any amount of memory, and the limit would have no effect.
bool DropLockCapability() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  data[CAP_IPC_LOCK / 32].effective &= ~(1U << (CAP_IPC_LOCK % 32));
  data[CAP_IPC_LOCK / 32].permitted &= ~(1U << (CAP_IPC_LOCK % 32));
  return syscall(SYS_capset, &header, data) == 0;
}

int NoSuchCall(int /*descriptor*/, mmsghdr* /*messages*/, unsigned /*count*/, int /*flags*/) {
  errno = ENOSYS;
  return -1;
}

}  // namespace

TEST_CASE("SendBackendTest: sends the same datagrams in order by every backend") {
  using Preference = io::SendOptions::Preference;
  std::vector<Datagrams> reference;
  for (const auto preference :
       {Preference::kLibuv, Preference::kUringCopy, Preference::kUring, Preference::kAuto}) {
    for (const bool segmentation : {true, false}) {
      io::SocketTable table;
      const auto sink = io::MakeSendBackend(
          {.preference = preference, .disabled = false, .segmentation = segmentation}, table);
      INFO(sink->Stats().mode);
      const auto got = SendMix(*sink, table, 7);
      if (reference.empty()) reference = got;
      const auto stats = sink->Stats();
      CHECK(stats.drops.empty());
      CHECK(stats.sendErrors.empty());
      CHECK(stats.datagrams == got[0].size() + got[1].size() + got[2].size());
      CHECK((stats.gsoSends > 0) == segmentation);
      REQUIRE(got == reference);
    }
  }
  CHECK(reference[0].size() > 1000);
}

TEST_CASE("SendBackendTest: sends the same datagrams by either backend when paths refuse segments") {
  // The path to the second receiver refuses each segmented send, and the third path has a smaller MTU.
  static constexpr auto kRefusal = [](const msghdr& header) {
    if (header.msg_controllen == 0) return 0;
    const auto host = ntohl(static_cast<const sockaddr_in*>(header.msg_name)->sin_addr.s_addr) & 0xFF;
    return host == 2 ? EINVAL : host == 3 ? EMSGSIZE : 0;
  };
  const auto batch = [](int descriptor, mmsghdr* messages, unsigned count, int flags) {
    unsigned good = 0;
    while (good < count && kRefusal(messages[good].msg_hdr) == 0) ++good;
    if (good > 0) return sendmmsg(descriptor, messages, good, flags);
    errno = kRefusal(messages[0].msg_hdr);
    return -1;
  };
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    io::SocketTable table;
    const auto plain = io::MakeSendBackend(
        {.preference = io::SendOptions::Preference::kLibuv, .calls = {.sendmmsg = +batch}}, table);
    auto kernel = std::make_unique<FakeUring>(64);
    kernel->answer = [](const io_uring_sqe& entry) {
      const int error = kRefusal(*reinterpret_cast<const msghdr*>(entry.addr));
      return error == 0 ? FakeUring::SendForReal(entry) : -error;
    };
    io::DepLibUring ring(std::move(kernel), {}, table);
    auto expected = SendMix(*plain, table, seed);
    auto got = SendMix(ring, table, seed);
    for (const auto& stats : {plain->Stats(), ring.Stats()}) {
      CHECK(stats.drops.empty());
      CHECK(stats.fallbacks > 0);
      CHECK(stats.gsoSends > 0);
      CHECK(stats.slotsInFlight == 0);
    }
    // A refused batch arrives late on the ring, because later submissions have already been sent.
    for (auto* const all : {&expected, &got}) {
      for (auto& datagrams : *all) std::ranges::sort(datagrams);
    }
    CHECK(got == expected);
  }
}

TEST_CASE("SendBackendTest: counts batch lengths that sum to the datagrams") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kLibuv}, table);
  SendMix(*sink, table, 3);
  const auto stats = sink->Stats();
  std::uint64_t datagrams = 0;
  for (std::size_t i = 0; i < stats.runLengths.size(); ++i) datagrams += stats.runLengths[i] * (i + 1);
  CHECK(datagrams == stats.datagrams);
}

TEST_CASE("SendBackendTest: sends single datagrams without sendmmsg") {
  io::SocketTable table;
  io::SendCounters counters;
  io::PlainSender sender({.calls = {.sendmmsg = &NoSuchCall}}, table, counters);
  LoopbackSocket from, to;
  const auto socket = *table.Add(from.Descriptor());
  std::vector<std::uint8_t> bytes(3000, 7);
  io::SendMessage run, single;
  run.Set(bytes, {1000, 3000}, socket, to.Local(), false);
  single.Set(bytes, net::Segments::One(10), socket, to.Local(), false);
  const io::SendMessage* const messages[] = {&run, &single};
  sender.SendAll(messages);
  CHECK(sender.CurrentRung() == io::PlainSender::Rung::kSingle);
  const auto got = to.ReceiveAll();
  REQUIRE(got.size() == 4);
  CHECK(got[3].size() == 10);
}

TEST_CASE("SendBackendTest: counts a failed datagram by its error and sends the others") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kLibuv}, table);
  LoopbackSocket from, to;
  const auto socket = *table.Add(from.Descriptor());
  // A broadcast without permission, then a valid datagram.
  for (const auto& address : {*net::Address::Parse("255.255.255.255", 9), to.Local()}) {
    auto slot = sink->Acquire(5);
    REQUIRE(slot);
    sink->Send(std::move(*slot), net::Segments::One(5), socket, address);
  }
  sink->Flush();
  CHECK(to.ReceiveAll().size() == 1);
  REQUIRE(sink->Stats().sendErrors.size() == 1);
  CHECK(sink->Stats().sendErrors[0].value == 1);
}

TEST_CASE("SendBackendTest: flushes when an iteration needs more slots than there are") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kAuto}, table);
  LoopbackSocket from, to;
  const auto socket = *table.Add(from.Descriptor());
  std::size_t received = 0;
  for (int i = 0; i < 3000; ++i) {
    auto slot = sink->Acquire(100);
    REQUIRE(slot);
    sink->Send(std::move(*slot), net::Segments::One(100), socket, to.Local());
    if (i % 1000 == 999) received += to.ReceiveAll().size();
  }
  sink->Flush();
  received += to.ReceiveAll().size();
  CHECK(received == 3000);
}

TEST_CASE("SendBackendTest: frees an unsent slot") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kAuto}, table);
  const auto first = sink->Acquire(100)->Index();
  CHECK(sink->Acquire(100)->Index() == first);
}

TEST_CASE("SendBackendTest: refuses and counts more bytes than a slot holds", "[io]") {
  for (const auto preference : {io::SendOptions::Preference::kLibuv, io::SendOptions::Preference::kAuto}) {
    io::SocketTable table;
    const auto sink = io::MakeSendBackend({.preference = preference}, table);
    CHECK_FALSE(sink->Acquire(net::DatagramSink::kLargeSlot + 1));
    CHECK(sink->Acquire(net::DatagramSink::kLargeSlot));
    const auto drops = sink->Stats().drops;
    REQUIRE(drops.size() == 1);
    CHECK(drops[0].name == "largerThanSlot");
    CHECK(drops[0].value == 1);
  }
}

TEST_CASE("SendBackendTest: sends without zero copy and reports the limit when RLIMIT_MEMLOCK is small") {
  if (io::SocketTable table; io::MakeSendBackend({}, table)->Stats().mode.rfind("io_uring", 0) != 0) {
    WARN("this machine forbids io_uring altogether: there is nothing to step down from");
    return;
  }
  const int answer = InChild([] {
    const rlimit limit{.rlim_cur = 64 * 1024, .rlim_max = 64 * 1024};
    if (!DropLockCapability() || setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 2;
    io::SocketTable table;
    const auto sink = io::MakeSendBackend({}, table);
    const auto stats = sink->Stats();
    if (stats.mode.rfind("io_uring", 0) != 0) return 5;
    if (sink->ZeroCopyEnabled() || stats.modeReason.find("RLIMIT_MEMLOCK") == std::string::npos) return 3;
    const auto got = SendMix(*sink, table, 5);
    return sink->Stats().zeroCopySends == 0 && got[0].size() > 100 ? 0 : 4;
  });
  CHECK(answer == 0);
}

TEST_CASE("SendBackendTest: gives zero copy to eight workers of a user under the usual RLIMIT_MEMLOCK",
          "[io]") {
  if (io::SocketTable table; !io::MakeSendBackend({}, table)->ZeroCopyEnabled()) {
    WARN("this machine has no zero copy");
    return;
  }
  const int answer = InChild([] {
    const rlimit limit{.rlim_cur = 8 * 1024 * 1024, .rlim_max = 8 * 1024 * 1024};
    if (!DropLockCapability() || setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 2;
    // The kernel counts per user, so eight backends of one process equal one backend in each of eight
    // processes.
    io::SocketTable table;
    std::vector<std::unique_ptr<io::SendBackend>> backends;
    for (int i = 0; i < 8; ++i) {
      backends.push_back(io::MakeSendBackend({}, table));
      if (!backends.back()->ZeroCopyEnabled()) return 10 + i;
    }
    return 0;
  });
  CHECK(answer == 0);
}

TEST_CASE("SendBackendTest: falls back and reports the reason when seccomp forbids io_uring") {
  for (const int error : {EPERM, ENOSYS}) {
    const int answer = InChild([error] {
      if (!ForbidCall(SYS_io_uring_setup, error)) return 2;
      io::SocketTable table;
      const auto sink = io::MakeSendBackend({}, table);
      const auto stats = sink->Stats();
      if (stats.mode.rfind("sendmmsg", 0) != 0) return 3;
      if (stats.modeReason.find(error == EPERM ? "EPERM" : "ENOSYS") == std::string::npos) return 4;
      return SendMix(*sink, table, 5)[0].size() > 100 ? 0 : 5;
    });
    CHECK(answer == 0);
  }
}

}  // namespace ringcast::test
