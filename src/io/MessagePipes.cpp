#include "ringcast/io/MessagePipes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace ringcast::io {
namespace {

bool WouldWait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// The loop can poll pipes and sockets, but not a regular file or /dev/null.
Status Prepare(int descriptor, const char* what) {
  const auto failure = [&](const char* why) {
    return GenericError(std::string(what) + ", descriptor " + std::to_string(descriptor) + ": " + why);
  };
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return failure(std::strerror(errno));
  if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) return failure("neither a pipe nor a socket");
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) {
    return failure(std::strerror(errno));
  }
  return OkStatus();
}

}  // namespace

Status MessagePipes::Check(int input, int output) {
  if (auto status = Prepare(input, "the pipe from the controller"); !status) return status;
  return Prepare(output, "the pipe to the controller");
}

Result<std::unique_ptr<MessagePipes>> MessagePipes::Open(EventLoop& loop, int input, int output,
                                                         Handlers handlers) {
  if (auto status = Check(input, output); !status) return status.Failure();
  std::unique_ptr<MessagePipes> pipes(new MessagePipes(input, output, std::move(handlers)));
  if (auto status = pipes->WatchBoth(loop); !status) return status.Failure();
  return pipes;
}

MessagePipes::MessagePipes(int input, int output, Handlers handlers)
    : input_(input), output_(output), handlers_(std::move(handlers)), buffer_(kReadSize) {}

Status MessagePipes::WatchBoth(EventLoop& loop) {
  auto inputWatch = loop.WatchDescriptor(input_, UV_READABLE, [this](int events) { OnReadable(events); });
  if (!inputWatch) return inputWatch.Failure();
  inputWatch_ = std::move(*inputWatch);
  auto outputWatch = loop.WatchDescriptor(output_, 0, [this](int) { OnWritable(); });
  if (!outputWatch) return outputWatch.Failure();
  outputWatch_ = std::move(*outputWatch);
  return OkStatus();
}

MessagePipes::~MessagePipes() {
  inputWatch_.reset();
  outputWatch_.reset();
  close(input_);
  close(output_);
}

void MessagePipes::SetReading(bool on) {
  if (inputEnded_ || on == reading_) return;
  reading_ = on;
  inputWatch_->Want(on ? UV_READABLE : 0);
}

void MessagePipes::OnReadable(int events) {
  const ssize_t count = read(input_, buffer_.data(), buffer_.size());
  if (count < 0 && WouldWait(errno)) return;
  if (count <= 0) {
    inputEnded_ = true;
    inputWatch_->Want(0);
    return End(count == 0 ? "the controller closed its pipe" : std::strerror(errno));
  }
  // libuv stops watching a descriptor after an error, although there may be data to read before it.
  if ((events & UV_WRITABLE) != 0) inputWatch_->Want(UV_READABLE);
  handlers_.onBytes({buffer_.data(), static_cast<std::size_t>(count)}, EventLoop::Now());
}

void MessagePipes::OnWritable() {
  blocked_ = false;
  outputWatch_->Want(0);
}

std::size_t MessagePipes::Write(ByteView bytes) {
  std::size_t written = 0;
  while (written < bytes.size() && !Blocked()) {
    const ssize_t count = write(output_, bytes.data() + written, bytes.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      blocked_ = true;
      outputWatch_->Want(UV_WRITABLE);
    } else if (errno != EINTR) {
      outputGone_ = true;
      End(std::strerror(errno));
    }
  }
  return written;
}

bool MessagePipes::AwaitRoom(Duration limit) {
  if (outputGone_) return false;
  pollfd waiting{.fd = output_, .events = POLLOUT, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(ToMilliseconds(limit))) != 1) return false;
  OnWritable();
  return true;
}

void MessagePipes::End(std::string_view why) {
  if (!std::exchange(ended_, true)) handlers_.onEnd(why);
}

}  // namespace ringcast::io
