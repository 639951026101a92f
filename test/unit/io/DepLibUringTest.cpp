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

// A sink over a ring that the test plays, and a socket to send on whose peer receives what takes the plain
// way.
struct Fixture {
  explicit Fixture(std::size_t entries = 512, int registerResult = 0) {
    auto ring = std::make_unique<FakeUring>(entries);
    kernel = ring.get();
    kernel->registerResult = registerResult;
    sink = std::make_unique<io::DepLibUring>(std::move(ring), io::SendOptions{}, table);
    socket = table.Add(sender.Descriptor());
  }
  ~Fixture() {
    // Whatever is still in flight completes, so that the sink need not wait for it.
    kernel->submitResult = 0;
    kernel->answerAll = true;
  }
  // `total` bytes in segments of `size`.
  void Send(std::size_t size, std::size_t total) {
    auto slot = sink->Acquire(total);
    REQUIRE(slot);
    std::memset(slot->Room().data(), 0x5a, total);
    sink->Send(std::move(*slot), {size, total}, socket, peer.Local());
  }
  std::uint64_t LastUserData() const { return kernel->submitted.back().user_data; }

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

TEST_CASE("a completion is judged by its result, its flags and the kind of send alone") {
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
      {"zero copy unknown to the kernel",
       -EINVAL,
       0,
       true,
       {.freesSlot = true, .isResult = true, .resendPlain = true, .disableZeroCopy = true}},
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

TEST_CASE("a turn's sends go to the kernel in one submit, in order") {
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

TEST_CASE("large runs go without a copy, small ones and single datagrams with one") {
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

TEST_CASE("a zero-copy slot is free with its notification and not before, even when the send failed") {
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

TEST_CASE(
    "where buffers cannot be registered, zero copy is off and everything is sent plainly from the same "
    "slots") {
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

TEST_CASE("a zero-copy send that the kernel refuses is sent again plainly, and zero copy stays off") {
  for (const int error : {ENOMEM, EOPNOTSUPP, EINVAL}) {
    for (const bool notified : {false, true}) {
      Fixture f;
      f.Send(1000, kBigRun);
      f.sink->Flush();
      f.kernel->Complete(f.LastUserData(), -error, notified ? IORING_CQE_F_MORE : 0U);
      f.sink->OnWakeup();
      CHECK_FALSE(f.sink->ZeroCopyEnabled());
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
      f.Send(1000, kBigRun);
      f.sink->Flush();
      CHECK(f.kernel->submitted.back().opcode == IORING_OP_SENDMSG);
    }
  }
}

TEST_CASE("a full submission queue is submitted and loses nothing") {
  Fixture f(8);
  f.kernel->answerAll = true;
  for (int i = 0; i < 100; ++i) f.Send(100, 100);
  f.sink->Flush();
  CHECK(f.kernel->submitted.size() == 100);
  CHECK(f.sink->Stats().datagrams == 100);
  CHECK(f.sink->Stats().queueFull > 0);
  CHECK(f.sink->Stats().drops.empty());
}

TEST_CASE(
    "when all slots are in flight the datagram is dropped and counted, and completions give room again") {
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

TEST_CASE("a kernel that takes no submissions for a while loses nothing that it takes later") {
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

TEST_CASE("errors of sends are counted by name and the sink goes on") {
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

TEST_CASE("a run that the path cannot segment is split, and the socket remembers where that is its nature") {
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
    CHECK(f.table.Segments(f.socket) == !row.remembered);
    f.Send(1000, 3000);
    f.sink->Flush();
    CHECK(f.peer.ReceiveAll().size() == (row.remembered ? 3 : 0));
    CHECK(f.sink->Stats().datagrams == (row.remembered ? 8 : 5));
  }
}

TEST_CASE("wake-ups are asked for only while something is in flight") {
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

TEST_CASE("zero copy pauses where the kernel copies anyway, and is tried again") {
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

TEST_CASE("free slots are reused last-in first-out, by size, and a datagram may take a large one") {
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
