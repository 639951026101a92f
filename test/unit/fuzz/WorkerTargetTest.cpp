#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "support/SourceRoot.hpp"
#include "support/fuzz/WorkerDriver.hpp"
#include "support/fuzz/WorkerSeeds.hpp"

namespace ringcast::fuzz {

// A target whose scripts do nothing finds nothing.
TEST_CASE("WorkerTargetTest: reaches forwarding with every seed of a call") {
  for (const auto& seed : WorkerSeeds()) {
    INFO(seed.name);
    WorkerDriver driver;
    driver.Run(ByteView(seed.input).subspan(1));
    const auto& counted = driver.Counted();
    CHECK(counted.connected >= 1);
    CHECK(counted.producers >= 1);
    CHECK(counted.consumers >= 1);
    CHECK(counted.rtpSent >= 5);
    // Without NACK there is nothing to ask for in so short a call.
    if (!seed.name.ends_with("-without-nack")) CHECK(counted.rtcpSent >= 1);
    if (seed.name != "flaws") CHECK(counted.rejected == 0);
    driver.CloseAll(seed.input[0]);
  }
}

// After a change of the grammar: ringcast-unit "[.seeds]" writes the seeds anew.
TEST_CASE("WorkerTargetTest: writes the seeds", "[.seeds]") {
  const auto folder = test::SourceRoot() / "fuzzer/corpus/Worker";
  std::filesystem::create_directories(folder);
  for (const auto& seed : WorkerSeeds()) {
    std::ofstream file(folder / seed.name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.input.data()),
               static_cast<std::streamsize>(seed.input.size()));
    CHECK(file.good());
  }
}

}  // namespace ringcast::fuzz
