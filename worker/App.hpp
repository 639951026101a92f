#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "MediaCore.hpp"
#include "Settings.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/channel/Channel.hpp"
#include "ringcast/channel/Host.hpp"
#include "ringcast/io/MessagePipes.hpp"

namespace ringcast::worker {

// The controller's version that the schema of the channel was checked against.
inline constexpr std::string_view kControllerVersion = "3.27.1";

// The worker as a controller has spawned it, from its first word to its last.
class App final : private channel::Host {
 public:
  // The messages come in by one descriptor and go out by the other; both are taken over.
  App(const Settings& settings, std::string_view controllerVersion, int input, int output);
  ~App() override;
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Until the controller, a signal or the loss of a pipe ends it. Error: it could not start.
  Status Run();

 private:
  // From here on, and as long as it lives, the log goes to the controller.
  class LogToChannel {
   public:
    explicit LogToChannel(channel::Channel& channel);
    ~LogToChannel();
    LogToChannel(const LogToChannel&) = delete;
    LogToChannel& operator=(const LogToChannel&) = delete;
  };

  [[nodiscard]] std::uint32_t Pid() const override;
  [[nodiscard]] channel::ProcessUsage ResourceUsage() const override;
  [[nodiscard]] net::EgressStats EgressStats() const override { return media_->EgressStats(); }
  [[nodiscard]] net::IngressStats IngressStats() const override { return media_->IngressStats(); }
  [[nodiscard]] net::TcpStats TcpStats() const override { return media_->TcpStats(); }
  Status UpdateSettings(std::optional<std::string_view> logLevel,
                        const std::vector<std::string>& logTags) override;
  void BeforeRequest(Instant now) override;
  void Close() override;

  void LogStart(std::string_view controllerVersion) const;
  void LogEnd() const;
  // Writes what waits for the controller, as far as its pipe takes it.
  void WriteOutput();
  // The same when the loop no longer runs, for a limited time.
  void WriteLastOutput();

  Settings settings_;
  int input_;
  int output_;
  // Each is destroyed before those above it.
  channel::Channel channel_;
  LogToChannel log_;
  std::unique_ptr<MediaCore> media_;
  std::unique_ptr<io::MessagePipes> pipes_;
};

}  // namespace ringcast::worker
