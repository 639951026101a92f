#include "bench/ProcessFigures.hpp"

#include <dirent.h>

#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>

namespace ringcast::worker::bench {
namespace {

void ForEachLine(const char* path, const std::function<void(const char* line)>& onLine) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path, "re"), std::fclose);
  char line[512];
  while (file != nullptr && std::fgets(line, sizeof line, file.get()) != nullptr) onLine(line);
}

}  // namespace

Duration ProcessCpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return Seconds(time.tv_sec) + Microseconds(time.tv_nsec / 1000);
}

std::uint64_t AnonymousKib() {
  std::uint64_t kib = 0;
  ForEachLine("/proc/self/smaps_rollup", [&kib](const char* line) {
    std::uint64_t value = 0;
    if (std::sscanf(line, "Anonymous: %" SCNu64, &value) == 1) kib = value;
  });
  return kib;
}

std::uint64_t OpenDescriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  std::uint64_t count = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  while (folder != nullptr && readdir(folder.get()) != nullptr) ++count;
  return count < 3 ? 0 : count - 3;  // ".", ".." and the folder itself
}

std::uint64_t UdpOverflows(std::uint16_t port) {
  std::uint64_t drops = 0;
  ForEachLine("/proc/net/udp", [&drops, port](const char* line) {
    unsigned address = 0;
    unsigned local = 0;
    std::uint64_t value = 0;
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer
    // drops
    const int found = std::sscanf(line, " %*[^:]: %x:%x %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
                                  &address, &local, &value);
    if (found == 3 && local == port) drops = value;
  });
  return drops;
}

}  // namespace ringcast::worker::bench
