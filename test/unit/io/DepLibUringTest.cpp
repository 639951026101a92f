#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <catch2/catch.hpp>

#include "io/SlotSlab.hpp"
#include "io/Verdict.hpp"
#include "io/ZeroCopyGovernor.hpp"
#include "ringcast/io/DepLibUring.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "support/FakeUring.hpp"
#include "support/LoopbackSocket.hpp"

namespace ringcast::test {

namespace {

// A sink over a ring that the test controls, and a socket with a peer that receives the datagrams of plain
// sends.
struct Fixture {
  explicit Fixture(std::size_t entries = 512, int registerResult = 0) {
    auto ring = std::make_unique<FakeUring>(entries);
    kernel = ring.get();
    kernel->registerResult = registerResult;
    now = Instant(Seconds(1000));
    const io::SendOptions options{.calls = {.now = [] { return now; }}};
    sink = std::make_unique<io::DepLibUring>(std::move(ring), options, table);
    socket = *table.Add(sender.Descriptor());
  }
  ~Fixture() {
    // All operations in flight complete, so that the sink does not wait for them.
    kernel->submitResult = 0;
    kernel->answerAll = true;
  }
  // Sends `total` bytes in segments of `size`.
  void Send(std::size_t size, std::size_t total) { Send(size, total, peer.Local()); }
  void Send(std::size_t size, std::size_t total, const net::Address& to) {
    auto slot = sink->Acquire(total);
    REQUIRE(slot);
    std::memset(slot->Room().data(), 0x5a, total);
    sink->Send(std::move(*slot), {size, total}, socket, to);
  }
  // Sends one batch that the kernel answers with this error. Returns true if the send was segmented.
  bool Refuse(const net::Address& to, int error) {
    const auto before = kernel->submitted.size();
    Send(1000, 3000, to);
    sink->Flush();
    if (kernel->submitted.size() == before) return false;
    kernel->Complete(LastUserData(), -error, 0);
    sink->OnWakeup();
    return true;
  }
  // Closes the socket and adds another one in its place.
  net::SocketId Replace(const LoopbackSocket& successor) {
    sink->BeforeClose(socket);
    table.Remove(socket);
    return *table.Add(successor.Descriptor());
  }
  std::uint64_t LastUserData() const { return kernel->submitted.back().user_data; }

  static inline Instant now;
  LoopbackSocket sender, peer;
  io::SocketTable table;
  FakeUring* kernel = nullptr;
  std::unique_ptr<io::DepLibUring> sink;
  net::SocketId socket;
};

constexpr std::size_t kBigRun = 20000;  // above ZeroCopyGovernor::kMinBytes

std::uint64_t Value(const std::vector<NamedCount>& counts, const std::string& name) {
  for (const auto& count : counts) {
    if (count.name == name) return count.value;
  }
  return 0;
}

}  // namespace

TEST_CASE("DepLibUringTest: derives the outcome from result, flags and kind of a completion") {
  struct Row {
    const char* what;
    std::int32_t result;
    std::uint32_t flags;
    bool zeroCopy;
    io::Verdict expected;
  };
  const auto copied = static_cast<std::int32_t>(io::kNotificationCopied);
  const Row rows[] = {
      {"plain, sent", 100, 0, false, {.freesSlot = true, .isResult = true}},
      {"plain, failed", -EPERM, 0, false, {.freesSlot = true, .isResult = true, .error = EPERM}},
      {"plain ENOMEM is final", -ENOMEM, 0, false, {.freesSlot = true, .isResult = true, .error = ENOMEM}},
      {"zero copy, sent, notification to come", 100, IORING_CQE_F_MORE, true, {.isResult = true}},
      {"zero copy, sent, none to come", 100, 0, true, {.freesSlot = true, .isResult = true}},
      {"zero copy, failed, notification to come",
       -ECONNREFUSED,
       IORING_CQE_F_MORE,
       true,
       {.isResult = true, .error = ECONNREFUSED}},
      {"zero copy ENOMEM",
       -ENOMEM,
       0,
       true,
       {.freesSlot = true, .isResult = true, .resendPlain = true, .disableZeroCopy = true}},
      {"zero copy ENOMEM, notification to come",
       -ENOMEM,
       IORING_CQE_F_MORE,
       true,
       {.isResult = true, .resendPlain = true, .disableZeroCopy = true}},
      {"zero copy EOPNOTSUPP",
       -EOPNOTSUPP,
       0,
       true,
       {.freesSlot = true, .isResult = true, .resendPlain = true, .disableZeroCopy = true}},
      {"zero copy unknown to the kernel, or the path refuses the segments",
       -EINVAL,
       0,
       true,
       {.freesSlot = true, .isResult = true, .resendPlain = true}},
      {"notification", 0, IORING_CQE_F_NOTIF, true, {.freesSlot = true}},
      {"notification, copied after all",
       copied,
       IORING_CQE_F_NOTIF,
       true,
       {.freesSlot = true, .reportsCopied = true}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const auto verdict = io::JudgeCompletion(row.result, row.flags, row.zeroCopy);
    CHECK(verdict.freesSlot == row.expected.freesSlot);
    CHECK(verdict.isResult == row.expected.isResult);
    CHECK(verdict.resendPlain == row.expected.resendPlain);
    CHECK(verdict.disableZeroCopy == row.expected.disableZeroCopy);
    CHECK(verdict.reportsCopied == row.expected.reportsCopied);
    CHECK(verdict.error == row.expected.error);
  }
}

TEST_CASE("DepLibUringTest: submits the sends of an iteration at once and in order") {
  Fixture f;
  for (int i = 0; i < 10; ++i) f.Send(100, 100);
  CHECK(f.kernel->submits == 0);
  f.sink->Flush();
  CHECK(f.kernel->submits == 1);
  REQUIRE(f.kernel->submitted.size() == 10);
  for (const auto& entry : f.kernel->submitted) {
    CHECK(entry.opcode == IORING_OP_SENDMSG);
    CHECK((entry.msg_flags & MSG_DONTWAIT) != 0);
  }
  f.sink->Flush();
  CHECK(f.kernel->submits == 1);
}

TEST_CASE("DepLibUringTest: sends large batches with zero copy and small ones with a copy") {
  Fixture f;
  f.Send(1000, 1000);
  f.Send(1000, 10000);
  f.Send(1000, kBigRun);
  f.sink->Flush();
  REQUIRE(f.kernel->submitted.size() == 3);
  CHECK(f.kernel->submitted[0].opcode == IORING_OP_SENDMSG);
  CHECK(f.kernel->submitted[1].opcode == IORING_OP_SENDMSG);
  CHECK(f.kernel->submitted[2].opcode == io::kOpSendmsgZeroCopy);
  CHECK(f.kernel->submitted[2].ioprio == (io::kSendFixedBuffer | io::kSendZeroCopyReportUsage));
}

TEST_CASE("DepLibUringTest: frees a zero-copy slot at its notification") {
  for (const std::int32_t result : {static_cast<std::int32_t>(kBigRun), -ECONNREFUSED}) {
    Fixture f;
    f.Send(1000, kBigRun);
    f.sink->Flush();
    f.kernel->Complete(f.LastUserData(), result, IORING_CQE_F_MORE);
    f.sink->OnWakeup();
    CHECK(f.sink->Stats().slotsInFlight == 1);
    f.kernel->Complete(f.LastUserData(), 0, IORING_CQE_F_NOTIF);
    f.sink->OnWakeup();
    CHECK(f.sink->Stats().slotsInFlight == 0);
    CHECK(Value(f.sink->Stats().sendErrors, "ECONNREFUSED") == (result < 0 ? 1U : 0U));
  }
}

TEST_CASE("DepLibUringTest: sends without zero copy when buffers cannot be registered") {
  for (const int error : {ENOMEM, EPERM, EINVAL}) {
    Fixture f(512, -error);
    CHECK_FALSE(f.sink->ZeroCopyEnabled());
    CHECK(f.sink->Stats().mode == "io_uring+gso");
    CHECK((f.sink->Stats().modeReason.find("RLIMIT_MEMLOCK") != std::string::npos) == (error == ENOMEM));
    f.Send(1000, kBigRun);
    f.sink->Flush();
    CHECK(f.kernel->submitted.back().opcode == IORING_OP_SENDMSG);
  }
}

TEST_CASE("DepLibUringTest: repeats a refused zero-copy send and disables zero copy") {
  for (const int error : {ENOMEM, EOPNOTSUPP, EINVAL}) {
    for (const bool notified : {false, true}) {
      Fixture f;
      f.Send(1000, kBigRun);
      f.sink->Flush();
      f.kernel->Complete(f.LastUserData(), -error, notified ? IORING_CQE_F_MORE : 0U);
      f.sink->OnWakeup();
      CHECK(f.sink->ZeroCopyEnabled() == (error == EINVAL));  // EINVAL does not show which part was invalid
      if (notified) {
        CHECK(f.kernel->submitted.size() == 1);  // the kernel may still read the slot
        f.kernel->Complete(f.LastUserData(), 0, IORING_CQE_F_NOTIF);
        f.sink->OnWakeup();
      }
      REQUIRE(f.kernel->submitted.size() == 2);
      CHECK(f.kernel->submitted[1].opcode == IORING_OP_SENDMSG);
      f.kernel->Complete(f.LastUserData(), static_cast<std::int32_t>(kBigRun), 0);
      f.sink->OnWakeup();
      CHECK(f.sink->Stats().slotsInFlight == 0);
      CHECK(f.sink->Stats().datagrams == 20);
      CHECK_FALSE(f.sink->ZeroCopyEnabled());
      f.Send(1000, kBigRun);
      f.sink->Flush();
      CHECK(f.kernel->submitted.back().opcode == IORING_OP_SENDMSG);
    }
  }
}

TEST_CASE("DepLibUringTest: submits a full queue without loss") {
  Fixture f(8);
  f.kernel->answerAll = true;
  for (int i = 0; i < 100; ++i) f.Send(100, 100);
  f.sink->Flush();
  CHECK(f.kernel->submitted.size() == 100);
  CHECK(f.sink->Stats().datagrams == 100);
  CHECK(f.sink->Stats().queueFull > 0);
  CHECK(f.sink->Stats().drops.empty());
}

TEST_CASE("DepLibUringTest: drops datagrams when all slots are in flight") {
  Fixture f;
  std::size_t taken = 0;
  while (auto slot = f.sink->Acquire(100)) {
    f.sink->Send(std::move(*slot), net::Segments::One(100), f.socket, f.peer.Local());
    ++taken;
    REQUIRE(taken <= io::SlotSlab::kCount);
  }
  CHECK(taken == io::SlotSlab::kCount);
  CHECK(Value(f.sink->Stats().drops, "noSlot") == 1);
  f.sink->Flush();
  for (const auto& entry : f.kernel->submitted) f.kernel->Complete(entry.user_data, 100, 0);
  CHECK(f.sink->Acquire(100));
  CHECK(f.sink->Stats().slotsInFlight == 0);
}

TEST_CASE("DepLibUringTest: keeps sends that the kernel accepts later") {
  Fixture f;
  f.kernel->submitResult = -EBUSY;
  f.Send(100, 100);
  f.sink->Flush();
  CHECK(f.kernel->submitted.empty());
  f.kernel->submitResult = 0;
  f.kernel->answerAll = true;
  f.sink->Flush();
  CHECK(f.sink->Stats().datagrams == 1);
}

TEST_CASE("DepLibUringTest: counts send errors by name and continues") {
  Fixture f;
  for (const int error : {EAGAIN, ENOBUFS, ECONNREFUSED, EPERM, ENETUNREACH}) {
    f.Send(100, 100);
    f.sink->Flush();
    f.kernel->Complete(f.LastUserData(), -error, 0);
    f.sink->OnWakeup();
  }
  const auto stats = f.sink->Stats();
  CHECK(stats.slotsInFlight == 0);
  CHECK(Value(stats.drops, "sendError") == 5);
  for (const char* name : {"EAGAIN", "ENOBUFS", "ECONNREFUSED", "EPERM", "ENETUNREACH"})
    CHECK(Value(stats.sendErrors, name) == 1);
}

TEST_CASE(
    "DepLibUringTest: splits a batch that its path refuses, and later batches to the path for a minute") {
  struct Row {
    int error;
    bool remembered;
  };
  for (const auto& row : {Row{EMSGSIZE, false}, Row{EIO, true}, Row{EINVAL, true}, Row{EOPNOTSUPP, true}}) {
    Fixture f;
    f.Send(1000, 5000);
    f.sink->Flush();
    f.kernel->Complete(f.LastUserData(), -row.error, 0);
    f.sink->OnWakeup();
    CHECK(f.peer.ReceiveAll().size() == 5);
    f.Send(1000, 3000);
    f.sink->Flush();
    CHECK(f.peer.ReceiveAll().size() == (row.remembered ? 3 : 0));
    CHECK(f.sink->Stats().datagrams == (row.remembered ? 8 : 5));
    CHECK(f.kernel->submitted.size() == (row.remembered ? 1 : 2));
    Fixture::now += Seconds(60);
    f.Send(1000, 3000);
    f.sink->Flush();
    CHECK(f.peer.ReceiveAll().empty());
    CHECK(f.kernel->submitted.size() == (row.remembered ? 2 : 3));
  }
}

TEST_CASE("DepLibUringTest: keeps segments for other destinations when one path refuses them") {
  for (const int error : {EIO, EINVAL, EOPNOTSUPP}) {
    Fixture f;
    const LoopbackSocket other;
    CHECK(f.Refuse(f.peer.Local(), error));
    CHECK_FALSE(f.Refuse(f.peer.Local(), error));
    f.Send(1000, 3000, other.Local());
    f.sink->Flush();
    CHECK(f.kernel->submitted.size() == 2);
    CHECK(other.ReceiveAll().empty());
  }
}

TEST_CASE("DepLibUringTest: splits all batches of a socket when several hosts refuse segments") {
  Fixture f;
  const LoopbackSocket other;
  for (const char* const host : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"})
    CHECK(f.Refuse(*net::Address::Parse(host, 9), EIO));
  f.Send(1000, 3000, other.Local());
  CHECK(other.ReceiveAll().size() == 3);
}

TEST_CASE("DepLibUringTest: keeps zero copy when a path refuses its segments with and without a copy") {
  Fixture f;
  f.Send(1000, kBigRun);
  f.sink->Flush();
  f.kernel->Complete(f.LastUserData(), -EINVAL, 0);
  f.sink->OnWakeup();
  REQUIRE(f.kernel->submitted.size() == 2);
  CHECK(f.kernel->submitted.back().opcode == IORING_OP_SENDMSG);
  f.kernel->Complete(f.LastUserData(), -EINVAL, 0);
  f.sink->OnWakeup();
  CHECK(f.peer.ReceiveAll().size() == 20);
  CHECK(f.sink->ZeroCopyEnabled());
  CHECK(f.sink->Stats().slotsInFlight == 0);
}

TEST_CASE("DepLibUringTest: drops a resend when its socket is closed and another socket has its place") {
  Fixture f;
  const LoopbackSocket successor;
  f.Send(1000, kBigRun);
  f.sink->Flush();
  const auto first = f.LastUserData();
  CHECK(f.Replace(successor) != f.socket);
  f.kernel->Complete(first, -ENOMEM, IORING_CQE_F_MORE);
  f.kernel->Complete(first, 0, IORING_CQE_F_NOTIF);
  f.sink->OnWakeup();
  CHECK(f.kernel->submitted.size() == 1);
  CHECK(f.sink->Stats().slotsInFlight == 0);
  CHECK(Value(f.sink->Stats().drops, "socketClosed") == 20);
}

TEST_CASE("DepLibUringTest: drops a batch that must be split when its socket is closed") {
  Fixture f;
  const LoopbackSocket successor;
  f.Send(1000, 5000);
  f.sink->Flush();
  const auto first = f.LastUserData();
  f.Replace(successor);
  f.kernel->Complete(first, -EMSGSIZE, 0);
  f.sink->OnWakeup();
  CHECK(f.peer.ReceiveAll().empty());
  CHECK(f.sink->Stats().slotsInFlight == 0);
  CHECK(Value(f.sink->Stats().drops, "socketClosed") == 5);
}

TEST_CASE("DepLibUringTest: drops a send for a closed socket") {
  for (const std::size_t total : {1000U, 3000U}) {
    Fixture f;
    const LoopbackSocket successor;
    f.Replace(successor);
    f.Send(1000, total);
    f.sink->Flush();
    CHECK(f.kernel->submitted.empty());
    CHECK(Value(f.sink->Stats().drops, "socketClosed") == total / 1000);
    CHECK(f.sink->Stats().slotsInFlight == 0);
  }
}

TEST_CASE("DepLibUringTest: cancels queued sends of a closing socket when the kernel accepts none") {
  Fixture f;
  const LoopbackSocket other;
  const auto otherSocket = *f.table.Add(other.Descriptor());
  f.kernel->submitResult = -EBUSY;
  f.Send(1000, 3000);
  auto slot = f.sink->Acquire(100);
  f.sink->Send(std::move(*slot), net::Segments::One(100), otherSocket, f.peer.Local());
  f.sink->BeforeClose(f.socket);
  CHECK(Value(f.sink->Stats().drops, "socketClosed") == 3);
  f.table.Remove(f.socket);

  // The kernel accepts the queue later: nothing may reach the descriptor of the closed socket.
  f.kernel->submitResult = 0;
  f.kernel->answer = &FakeUring::SendForReal;
  f.sink->Flush();
  REQUIRE(f.kernel->submitted.size() == 2);
  CHECK(f.kernel->submitted[0].opcode == IORING_OP_NOP);
  CHECK(f.kernel->submitted[1].fd == other.Descriptor());
  CHECK(f.peer.ReceiveAll().size() == 1);
  CHECK(f.sink->Stats().datagrams == 1);
  CHECK(f.sink->Stats().slotsInFlight == 0);
  CHECK(Value(f.sink->Stats().drops, "socketClosed") == 3);
}

TEST_CASE("DepLibUringTest: cancels the right entries when the kernel has accepted a part of the queue") {
  Fixture f;
  const LoopbackSocket other;
  const auto otherSocket = *f.table.Add(other.Descriptor());
  f.kernel->takesAtOnce = 1;
  f.kernel->answer = &FakeUring::SendForReal;
  // More sends than one flush submits.
  for (int i = 0; i < 20; ++i) {
    auto slot = f.sink->Acquire(100);
    f.sink->Send(std::move(*slot), net::Segments::One(100), i % 2 == 0 ? f.socket : otherSocket,
                 f.peer.Local());
  }
  f.sink->BeforeClose(f.socket);
  const auto cancelled = Value(f.sink->Stats().drops, "socketClosed");
  CHECK(cancelled == 2);  // the kernel accepted 16 of 20
  f.table.Remove(f.socket);
  f.kernel->takesAtOnce = 512;
  f.sink->Flush();
  CHECK(f.peer.ReceiveAll().size() == 20 - cancelled);
  CHECK(f.sink->Stats().slotsInFlight == 0);
}

TEST_CASE("DepLibUringTest: resends refused zero-copy sends without nesting when the queue is full") {
  Fixture f(1);
  for (std::uint32_t i = 0; i < io::SlotSlab::kRegisteredCount; ++i) f.Send(1000, kBigRun);
  f.sink->Flush();
  const auto first = f.kernel->submitted;
  REQUIRE(first.size() == io::SlotSlab::kRegisteredCount);
  f.kernel->answerAll = true;
  for (const auto& entry : first) f.kernel->Complete(entry.user_data, -ENOMEM, 0);
  f.sink->OnWakeup();
  CHECK(f.kernel->submitted.size() == 2 * first.size());
  CHECK(f.sink->Stats().datagrams == 20 * first.size());
  CHECK(f.sink->Stats().slotsInFlight == 0);
  CHECK(f.kernel->shallowest - f.kernel->deepest < 4096);
}

TEST_CASE("DepLibUringTest: requests wake-ups only while sends are in flight") {
  Fixture f;
  f.sink->BeforeSleep();
  CHECK_FALSE(f.kernel->notifying);
  f.Send(1000, kBigRun);
  f.sink->Flush();
  f.sink->BeforeSleep();
  CHECK(f.kernel->notifying);
  f.kernel->Complete(f.LastUserData(), static_cast<std::int32_t>(kBigRun), 0);
  f.sink->OnWakeup();
  CHECK_FALSE(f.kernel->notifying);
}

TEST_CASE("DepLibUringTest: pauses zero copy while the kernel copies") {
  io::ZeroCopyGovernor governor;
  CHECK_FALSE(governor.Use(60000));
  governor.Enable();
  CHECK_FALSE(governor.Use(io::ZeroCopyGovernor::kMinBytes - 1));
  for (std::uint32_t i = 0; i < io::ZeroCopyGovernor::kWindow; ++i) {
    CHECK(governor.Use(60000));
    governor.OnReport(true);
  }
  for (std::uint32_t i = 0; i < io::ZeroCopyGovernor::kPause; ++i) {
    if (governor.Use(60000)) FAIL("used while it should pause");
  }
  for (std::uint32_t i = 0; i < 2 * io::ZeroCopyGovernor::kWindow; ++i) {
    CHECK(governor.Use(60000));
    governor.OnReport(false);
  }
}

TEST_CASE("DepLibUringTest: sends with a copy while all registered slots are in flight", "[io]") {
  Fixture f;
  constexpr auto kRegistered = io::SlotSlab::kRegisteredCount;
  for (std::uint32_t i = 0; i < kRegistered + 2; ++i) f.Send(1000, kBigRun);
  f.sink->Flush();
  const auto& submitted = f.kernel->submitted;
  REQUIRE(submitted.size() == kRegistered + 2);
  for (std::uint32_t i = 0; i < submitted.size(); ++i) {
    CAPTURE(i);
    CHECK(submitted[i].opcode == (i < kRegistered ? int{io::kOpSendmsgZeroCopy} : int{IORING_OP_SENDMSG}));
  }
  // A slot that is free again is sent with zero copy again.
  f.kernel->Complete(submitted[3].user_data, kBigRun, IORING_CQE_F_MORE);
  f.kernel->Complete(submitted[3].user_data, 0, IORING_CQE_F_NOTIF);
  f.sink->OnWakeup();
  f.Send(1000, kBigRun);
  f.sink->Flush();
  CHECK(f.kernel->submitted.back().opcode == io::kOpSendmsgZeroCopy);
}

TEST_CASE("DepLibUringTest: registers the memory of the first large slots and uses those first", "[io]") {
  io::SlotSlab slab;
  const auto registered = slab.Registered();
  CHECK(registered.size() == 768 * 1024);
  std::size_t inside = 0;
  for (std::uint32_t i = 0; i < io::SlotSlab::kLargeCount; ++i) {
    const auto slot = slab.Take(net::DatagramSink::kLargeSlot);
    REQUIRE(slot);
    const auto room = slab.Room(*slot);
    const bool within = room.data() >= registered.data() &&
                        room.data() + room.size() <= registered.data() + registered.size();
    CHECK(within == io::SlotSlab::IsRegistered(*slot));
    CHECK(within == (i < io::SlotSlab::kRegisteredCount));
    inside += within ? 1 : 0;
  }
  CHECK(inside == io::SlotSlab::kRegisteredCount);
}

TEST_CASE("DepLibUringTest: reuses free slots of a size last in, first out") {
  io::SlotSlab slab;
  const auto first = slab.Take(100);
  const auto second = slab.Take(100);
  REQUIRE((first && second));
  slab.Return(*first);
  CHECK(slab.Take(100) == first);
  const auto large = slab.Take(net::DatagramSink::kSmallSlot + 1);
  REQUIRE(large);
  CHECK(slab.Room(*large).size() == net::DatagramSink::kLargeSlot);
  std::size_t rest = 0;
  while (slab.Take(1)) ++rest;
  CHECK(rest == io::SlotSlab::kCount - 3);
  CHECK_FALSE(slab.Take(net::DatagramSink::kLargeSlot));
  slab.Return(*large);
  CHECK(slab.Take(net::DatagramSink::kLargeSlot) == large);
}

}  // namespace ringcast::test
