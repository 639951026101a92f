#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/worker/WorkerReport.hpp"

namespace ringcast::channel {

// getrusage(2), field by field; times in milliseconds, as in the controller's documentation.
struct ProcessUsage {
  std::uint64_t userTimeMs = 0, systemTimeMs = 0;
  std::uint64_t maxResidentSet = 0, sharedMemory = 0, unsharedData = 0, unsharedStack = 0;
  std::uint64_t minorFaults = 0, majorFaults = 0, swaps = 0;
  std::uint64_t blocksIn = 0, blocksOut = 0;
  std::uint64_t messagesSent = 0, messagesReceived = 0, signals = 0;
  std::uint64_t voluntarySwitches = 0, involuntarySwitches = 0;
};

// The functions of the process that the channel depends on.
class Host {
 public:
  virtual ~Host() = default;

  [[nodiscard]] virtual ProcessUsage ResourceUsage() const = 0;
  [[nodiscard]] virtual rtc::WorkerReport Report() = 0;

  // Sets the log level and log tags, with the same values as on the command line. nullopt leaves the log
  // level unchanged; an empty list leaves the tags unchanged, because the controller cannot send an empty
  // list. Returns TypeError for an unknown level or tag, and then changes nothing.
  virtual Status UpdateSettings(std::optional<std::string_view> logLevel,
                                const std::vector<std::string>& logTags) = 0;

  // Called before a request is handled: before the first one of each read, and before the first one after
  // each notification. It sends the queued media before the requests change its receivers.
  virtual void BeforeRequest(Instant now) = 0;

  // Ends the worker: called when the controller requests it, or when its byte stream is invalid. It is called
  // within Channel::OnBytes(), so the channel must remain alive until that returns.
  virtual void Close() = 0;
};

}  // namespace ringcast::channel
