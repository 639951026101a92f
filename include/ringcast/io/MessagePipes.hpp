#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/io/EventLoop.hpp"

namespace ringcast::io {

// The two pipes (or stream sockets) between the worker and its controller, as bytes: what they mean is not
// known here. Neither reading nor writing ever waits. The process ignores SIGPIPE.
class MessagePipes {
 public:
  // Called by the loop; neither may destroy the pipes.
  struct Handlers {
    std::function<void(ByteView bytes, Instant now)> onBytes;
    // Once: the controller closed a pipe, or one failed.
    std::function<void(std::string_view why)> onEnd;
  };

  // Error: one of the descriptors is not open, or nothing that can be waited for. Ask before anything else is
  // opened: what the process opens itself would take their numbers.
  [[nodiscard]] static Status Check(int input, int output);

  // Takes both descriptors over. Error: as above.
  [[nodiscard]] static Result<std::unique_ptr<MessagePipes>> Open(EventLoop& loop, int input, int output,
                                                                  Handlers handlers);
  ~MessagePipes();
  MessagePipes(const MessagePipes&) = delete;
  MessagePipes& operator=(const MessagePipes&) = delete;

  // While off, what arrives stays in the pipe, and in the end makes the controller wait.
  void SetReading(bool on);

  // How many of the bytes the pipe took. Fewer than all: it is full, or gone; Blocked() until it has room
  // again.
  [[nodiscard]] std::size_t Write(ByteView bytes);
  [[nodiscard]] bool Blocked() const { return blocked_ || outputGone_; }

  // For the end of the process, when no loop runs any more: waits until the output has room. False: it had
  // none in that time, or is gone.
  [[nodiscard]] bool AwaitRoom(Duration limit);

 private:
  // What one turn reads: some hundreds of requests, milliseconds of work; then it is the media's turn.
  static constexpr std::size_t kReadSize = std::size_t{64} * 1024;

  MessagePipes(int input, int output, Handlers handlers);
  [[nodiscard]] Status WatchBoth(EventLoop& loop);
  void OnReadable(int events);
  void OnWritable();
  void End(std::string_view why);

  int input_;
  int output_;
  Handlers handlers_;
  std::vector<std::uint8_t> buffer_;
  std::unique_ptr<Watch> inputWatch_;
  std::unique_ptr<Watch> outputWatch_;
  bool reading_ = true;
  bool inputEnded_ = false;
  bool blocked_ = false;
  bool outputGone_ = false;
  bool ended_ = false;  // the handler was told
};

}  // namespace ringcast::io
