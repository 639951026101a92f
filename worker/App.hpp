#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "MediaCore.hpp"
#include "Settings.hpp"
#include "ringcast/base/LogLimiter.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/channel/Channel.hpp"
#include "ringcast/channel/Host.hpp"
#include "ringcast/io/MessagePipes.hpp"

namespace ringcast::worker {

// The controller version that the channel's schema was checked against.
inline constexpr std::string_view kControllerVersion = "3.27.1";

// The worker process as a controller spawns it.
class App final : private channel::Host {
 public:
  // `input` and `output`: descriptors of the messages from and to the controller; App takes ownership.
  // `dtls`: see MediaCore::Options.
  App(const Settings& settings, const std::optional<dtls::Context>& dtls, std::string_view controllerVersion,
      int input, int output);
  ~App() override;
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Runs until the controller, a signal or a closed pipe ends the worker. Returns an error if it cannot
  // start.
  Status Run();

 private:
  // Sends the log to the controller for its lifetime.
  class LogToChannel {
   public:
    explicit LogToChannel(channel::Channel& channel);
    ~LogToChannel();
    LogToChannel(const LogToChannel&) = delete;
    LogToChannel& operator=(const LogToChannel&) = delete;

    // Returns the lines that the limit suppressed.
    [[nodiscard]] std::uint64_t Suppressed() const { return limiter_.Suppressed(); }

   private:
    static void OnMessage(void* self, std::string_view message);

    channel::Channel& channel_;
    log::Limiter limiter_;
  };

  [[nodiscard]] channel::ProcessUsage ResourceUsage() const override;
  [[nodiscard]] rtc::WorkerReport Report() override;
  Status UpdateSettings(std::optional<std::string_view> logLevel,
                        const std::vector<std::string>& logTags) override;
  void BeforeRequest(Instant now) override;
  void Close() override;

  void LogStart(std::string_view controllerVersion) const;
  void LogEnd() const;
  // Writes queued frames to the controller, until its pipe is full.
  void WriteOutput();
  // Writes the remaining frames after the loop has stopped, for a limited time.
  void WriteLastOutput();

  Settings settings_;
  int input_;
  int output_;
  // Members depend on those above them and are destroyed before them.
  channel::Channel channel_;
  LogToChannel log_;
  std::unique_ptr<MediaCore> media_;
  std::unique_ptr<io::MessagePipes> pipes_;
};

}  // namespace ringcast::worker
