#include "ringcast/base/Assert.hpp"
#include "support/MemoryMonitor.hpp"
#include "support/fuzz/Targets.hpp"
#include "support/fuzz/WorkerDriver.hpp"

namespace ringcast::fuzz {
namespace {

// Rounds of a script that checks for growing memory.
constexpr int kRounds = 3;
// Tables double their size, at different packets in each round because of random numbers.
constexpr std::int64_t kSlack = std::int64_t{256} * 1024;

}  // namespace

// First byte: the order of closing (bits 0-2), and whether the script runs several times on one worker (bits
// 4-7 are set), whose last round must need no more memory than the one before. Then commands of
// script::Kind.
void FuzzWorker(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  const auto how = reader.U8();
  const auto script = reader.Bytes(reader.Remaining());
  WorkerDriver driver;
  if (how >> 4 != 15) {
    driver.Run(script);
    driver.CloseAll(how);
    return;
  }
  driver.FillPool();
  const test::MemoryMonitor memory;
  std::int64_t before = 0;
  for (int round = 1; round <= kRounds; ++round) {
    driver.Run(script);
    driver.CloseAll(how);
    if (round == kRounds) RC_ASSERT(memory.LiveBytes() <= before + kSlack);
    before = memory.LiveBytes();
  }
}

}  // namespace ringcast::fuzz
