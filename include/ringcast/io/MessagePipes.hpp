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

// The two pipes (or stream sockets) between the worker and its controller, as byte streams; this class does
// not interpret the bytes. Reads and writes never block. The process ignores SIGPIPE.
class MessagePipes {
 public:
  // The loop calls these; neither may destroy the pipes.
  struct Handlers {
    std::function<void(ByteView bytes, Instant now)> onBytes;
    // Called once: the controller closed a pipe, or one failed.
    std::function<void(std::string_view why)> onEnd;
  };

  // Error: one of the descriptors is not open, or cannot be polled. Check before anything else is opened,
  // because the process's own descriptors would take their numbers.
  [[nodiscard]] static Status Check(int input, int output);

  // Takes ownership of both descriptors. Error: as for Check.
  [[nodiscard]] static Result<std::unique_ptr<MessagePipes>> Open(EventLoop& loop, int input, int output,
                                                                  Handlers handlers);
  ~MessagePipes();
  MessagePipes(const MessagePipes&) = delete;
  MessagePipes& operator=(const MessagePipes&) = delete;

  // While reading is off, data stays in the pipe, and the controller blocks once the pipe is full.
  void SetReading(bool on);

  // Returns the number of bytes written. If fewer than all, the pipe is full or closed, and Blocked() is true
  // until it has room again.
  [[nodiscard]] std::size_t Write(ByteView bytes);
  [[nodiscard]] bool Blocked() const { return blocked_ || outputGone_; }

  // For the end of the process, when the loop no longer runs: waits until the output has room. Returns false
  // after a timeout, or if the output is closed.
  [[nodiscard]] bool AwaitRoom(Duration limit);

 private:
  // Read limit of one loop iteration: some hundreds of requests, milliseconds of work. Then media is handled.
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
  bool ended_ = false;  // onEnd has been called
};

}  // namespace ringcast::io
