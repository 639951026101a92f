#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/net/EgressStats.hpp"
#include "ringcast/net/TcpStats.hpp"

namespace ringcast::channel {

// getrusage(2), field by field; times in milliseconds, as the controller documents them.
struct ProcessUsage {
  std::uint64_t userTimeMs = 0, systemTimeMs = 0;
  std::uint64_t maxResidentSet = 0, sharedMemory = 0, unsharedData = 0, unsharedStack = 0;
  std::uint64_t minorFaults = 0, majorFaults = 0, swaps = 0;
  std::uint64_t blocksIn = 0, blocksOut = 0;
  std::uint64_t messagesSent = 0, messagesReceived = 0, signals = 0;
  std::uint64_t voluntarySwitches = 0, involuntarySwitches = 0;
};

// What only the process around the channel can do.
class Host {
 public:
  virtual ~Host() = default;

  [[nodiscard]] virtual std::uint32_t Pid() const = 0;
  [[nodiscard]] virtual ProcessUsage ResourceUsage() const = 0;
  [[nodiscard]] virtual net::EgressStats EgressStats() const = 0;
  [[nodiscard]] virtual net::IngressStats IngressStats() const = 0;
  [[nodiscard]] virtual net::TcpStats TcpStats() const = 0;

  // As on the command line. nullopt: stays as it is; an empty list of tags as well, since the controller
  // cannot send none. TypeError: an unknown level or tag, and then nothing has changed.
  virtual Status UpdateSettings(std::optional<std::string_view> logLevel,
                                const std::vector<std::string>& logTags) = 0;

  // Requests are about to be handled, for the first time in this read: queued media goes out before they
  // change who gets it.
  virtual void BeforeRequest(Instant now) = 0;

  // The controller wants the worker to end, or its stream is broken. Called from within Channel::OnBytes: the
  // channel must live until that has returned.
  virtual void Close() = 0;
};

}  // namespace ringcast::channel
