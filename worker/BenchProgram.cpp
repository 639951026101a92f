#include "BenchProgram.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ringcast::worker {

namespace {

constexpr std::string_view kName = "ringcast-bench";

// Returns the folder of this program with a trailing slash, or an empty string if it is unknown (no /proc).
std::string OwnFolder() {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink("/proc/self/exe", target.data(), target.size());
  if (size <= 0) return {};
  const std::string_view path(target.data(), static_cast<std::size_t>(size));
  return std::string(path.substr(0, path.rfind('/') + 1));
}

Error CannotRun(std::string_view program, int error) {
  return GenericError("cannot run " + std::string(program) + ": " + std::generic_category().message(error));
}

}  // namespace

Error ExecuteBench(std::span<char* const> arguments) {
  std::string name(kName);
  std::vector<char*> vector{name.data()};
  vector.insert(vector.end(), arguments.begin(), arguments.end());
  vector.push_back(nullptr);

  const std::string folder = OwnFolder();
  if (!folder.empty()) {
    const std::string beside = folder + name;
    execv(beside.c_str(), vector.data());
    if (errno != ENOENT) return CannotRun(beside, errno);
  }
  execvp(name.c_str(), vector.data());
  if (errno != ENOENT) return CannotRun(name, errno);
  return GenericError("the benchmarks are the program ringcast-bench, which is neither in " +
                      (folder.empty() ? "the folder of this program" : folder) +
                      " nor on PATH: `make install` in Ringcast's source tree installs it");
}

}  // namespace ringcast::worker
