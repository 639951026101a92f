#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "io/PlainSender.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "support/LoopbackSocket.hpp"

namespace ringcast::test {

namespace {

using Datagrams = std::vector<std::vector<std::uint8_t>>;

// What each of three receivers got, in order, from a seeded mix of single datagrams and runs of all sizes
// over two sockets; a source keeps to one destination for a while, as transports do.
std::vector<Datagrams> SendMix(io::SendBackend& sink, io::SocketTable& table, std::uint64_t seed) {
  LoopbackSocket senders[2];
  LoopbackSocket receivers[3];
  const net::SocketId ids[] = {table.Add(senders[0].Descriptor()), table.Add(senders[1].Descriptor())};
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
  sink.BeforeClose();
  return got;
}

// Runs `body` in a child, for what cannot be undone in a process; its answer is the exit code.
int InChild(const std::function<int()>& body) {
  const auto child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// Without it root may lock any amount, and a limit would prove nothing.
bool DropLockCapability() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  data[CAP_IPC_LOCK / 32].effective &= ~(1U << (CAP_IPC_LOCK % 32));
  data[CAP_IPC_LOCK / 32].permitted &= ~(1U << (CAP_IPC_LOCK % 32));
  return syscall(SYS_capset, &header, data) == 0;
}

// From here on io_uring_setup answers `error`, as a container's seccomp profile makes it.
bool ForbidUring(unsigned error) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{.len = 4, .filter = filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int NoSuchCall(int /*descriptor*/, mmsghdr* /*messages*/, unsigned /*count*/, int /*flags*/) {
  errno = ENOSYS;
  return -1;
}

}  // namespace

TEST_CASE("every backend sends the same datagrams, in order for each destination") {
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

TEST_CASE("the run lengths in the statistics add up to the datagrams") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kLibuv}, table);
  SendMix(*sink, table, 3);
  const auto stats = sink->Stats();
  std::uint64_t datagrams = 0;
  for (std::size_t i = 0; i < stats.runLengths.size(); ++i) datagrams += stats.runLengths[i] * (i + 1);
  CHECK(datagrams == stats.datagrams);
}

TEST_CASE("a kernel without sendmmsg is served datagram by datagram") {
  io::SocketTable table;
  io::SendCounters counters;
  io::PlainSender sender(table, counters, io::PlainSender::Rung::kSegmented);
  sender.UseBatchCall(&NoSuchCall);
  LoopbackSocket from, to;
  const auto socket = table.Add(from.Descriptor());
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

TEST_CASE("a datagram that cannot be sent is counted by the name of its error and the others go on") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kLibuv}, table);
  LoopbackSocket from, to;
  const auto socket = table.Add(from.Descriptor());
  // Broadcast without leave, then a good one.
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

TEST_CASE("more slots than there are in one turn cost a flush, not a datagram") {
  io::SocketTable table;
  const auto sink = io::MakeSendBackend({.preference = io::SendOptions::Preference::kAuto}, table);
  LoopbackSocket from, to;
  const auto socket = table.Add(from.Descriptor());
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

TEST_CASE("a slot that is dropped unsent is free again") {
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

TEST_CASE("with a small RLIMIT_MEMLOCK the ring sends plainly and says which limit it was") {
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

TEST_CASE("where seccomp forbids io_uring the plain backend takes over and says why") {
  for (const unsigned error : {unsigned{EPERM}, unsigned{ENOSYS}}) {
    const int answer = InChild([error] {
      if (!ForbidUring(error)) return 2;
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
