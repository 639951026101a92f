#include "io/PlainSender.hpp"

#include <algorithm>
#include <cerrno>

#include "ringcast/io/EventLoop.hpp"

namespace ringcast::io {

PlainSender::PlainSender(const SendOptions& options, SocketTable& sockets, SendCounters& counters)
    : sockets_(sockets),
      counters_(counters),
      rung_(options.segmentation ? Rung::kSegmented : Rung::kBatched),
      calls_(options.calls) {
  if (calls_.now == nullptr) calls_.now = &EventLoop::Now;
  if (calls_.sendmmsg == nullptr) calls_.sendmmsg = &::sendmmsg;
}

void PlainSender::SendAll(std::span<const SendMessage* const> messages) {
  while (!messages.empty()) {
    const auto socket = messages.front()->Socket();
    std::size_t count = 1;
    while (count < messages.size() && count < kMaxBatch && messages[count]->Socket() == socket) ++count;
    SendBatch(socket, messages.first(count));
    messages = messages.subspan(count);
  }
}

void PlainSender::SendBatch(net::SocketId socket, std::span<const SendMessage* const> messages) {
  const int descriptor = sockets_.Descriptor(socket);
  if (descriptor < 0) {
    for (const auto* message : messages) counters_.OnSocketClosed(message->Shape());
    return;
  }
  while (!messages.empty()) {
    const auto& first = *messages.front();
    if (rung_ == Rung::kSingle || (first.Shape().Count() > 1 && !Segments(socket, first.To()))) {
      SendSplit(first);
      messages = messages.subspan(1);
      continue;
    }
    batch_.clear();
    for (const auto* message : messages) {
      if (message->Shape().Count() > 1 && !Segments(socket, message->To())) break;
      batch_.push_back(mmsghdr{.msg_hdr = message->Header(), .msg_len = 0});
    }
    const auto count = static_cast<unsigned>(batch_.size());
    ++counters_.Stats().submits;
    const int sent = calls_.sendmmsg(descriptor, batch_.data(), count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      for (const auto* message : messages.first(static_cast<std::size_t>(sent))) {
        counters_.OnSend(message->Shape());
        if (message->Shape().Count() > 1) OnSegmentsSent(socket);
      }
      messages = messages.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == ENOSYS) {
      rung_ = Rung::kSingle;
      ++counters_.Stats().fallbacks;
      continue;
    }
    OnFailure(first, errno);
    messages = messages.subspan(1);
  }
}

void PlainSender::OnFailure(const SendMessage& message, int error) {
  switch (JudgeSegmentation(error, message.Shape())) {
    case SegmentationVerdict::kNotOnPath:
      OnSegmentsRefused(message.Socket(), message.To());
      [[fallthrough]];
    case SegmentationVerdict::kSplitThis:
      ++counters_.Stats().fallbacks;
      SendSplit(message);
      return;
    case SegmentationVerdict::kUnrelated:
      counters_.OnError(error, message.Shape());
      return;
  }
}

void PlainSender::SendSplit(const SendMessage& message) {
  const int descriptor = sockets_.Descriptor(message.Socket());
  const auto shape = message.Shape();
  if (descriptor < 0) return counters_.OnSocketClosed(shape);
  for (std::size_t offset = 0; offset < shape.total; offset += shape.size) {
    SendDatagram(descriptor, ByteView(message.Data() + offset, std::min(shape.size, shape.total - offset)),
                 message.To());
  }
}

void PlainSender::SendDatagram(int descriptor, ByteView bytes, const net::Address& to) {
  const auto shape = net::Segments::One(bytes.size());
  ++counters_.Stats().submits;
  ssize_t sent = -1;
  do {
    sent = sendto(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to.Sockaddr(),
                  to.SockaddrLength());
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    counters_.OnError(errno, shape);
  } else {
    counters_.OnSend(shape);
  }
}

}  // namespace ringcast::io
