#include "bench/ProcessFigures.hpp"

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace ringcast::bench {
namespace {

std::vector<std::string> WordsOf(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

std::uint64_t NumberIn(std::string_view text, int base = 10) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

}  // namespace

Duration ProcessCpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return Seconds(time.tv_sec) + Microseconds(time.tv_nsec / 1000);
}

std::uint64_t AnonymousKib() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    const auto words = WordsOf(line);
    if (words.size() > 1 && words[0] == "Anonymous:") return NumberIn(words[1]);
  }
  return 0;
}

std::uint64_t OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator folder("/proc/self/fd", error);
  if (error) return 0;
  const auto count = std::distance(begin(folder), end(folder));
  return static_cast<std::uint64_t>(count) - 1;  // minus the descriptor of the directory itself
}

std::uint64_t UdpOverflows(std::uint16_t port) {
  // Addresses in the file are hexadecimal, in the host's byte order: "0100007F:2710".
  constexpr std::size_t kLocalAddress = 1;
  constexpr std::size_t kDrops = 12;
  std::ifstream file("/proc/net/udp");
  for (std::string line; std::getline(file, line);) {
    const auto words = WordsOf(line);
    if (words.size() <= kDrops) continue;
    const auto& local = words[kLocalAddress];
    if (local.starts_with("0100007F:") && NumberIn(std::string_view(local).substr(9), 16) == port)
      return NumberIn(words[kDrops]);
  }
  return 0;
}

}  // namespace ringcast::bench
