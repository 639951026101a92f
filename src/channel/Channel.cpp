#include "ringcast/channel/Channel.hpp"

#include <algorithm>
#include <string>

#include "channel/Dispatcher.hpp"
#include "channel/Frame.hpp"
#include "fbs/message_generated.h"
#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Log.hpp"

namespace ringcast::channel {

namespace {

const char* ClassName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTypeError:
      return "TypeError";
    case ErrorKind::kNotFound:
      return "NotFoundError";
    case ErrorKind::kError:
      break;
  }
  return "Error";
}

}  // namespace

Channel::Channel(Host& host) : host_(host), responses_(kBuilderSize), logs_(kBuilderSize) {}

// --- From the controller ---

void Channel::OnBytes(ByteView bytes, Instant now) {
  RC_ASSERT(worker_ != nullptr);
  if (closed_) return;
  requestsBegun_ = false;
  reader_.Feed(bytes);
  while (!closed_) {
    const auto frame = reader_.Next();
    if (!frame) break;
    OnFrame(*frame, now);
  }
  if (!closed_ && reader_.Failed()) {
    log::Error("channel: " + reader_.Failure());
    closed_ = true;
    host_.Close();
  }
}

void Channel::OnFrame(ByteView frame, Instant now) {
  const auto* message = VerifiedMessage(frame);
  if (message == nullptr) {
    counts_.Count(ChannelCount::kMalformed);
    log::Error("channel: a message of " + std::to_string(frame.size()) + " bytes is malformed, dropped");
    return;
  }
  if (const auto* request = message->data_as_Request()) return OnRequest(*request, now);
  if (const auto* notification = message->data_as_Notification()) return OnNotification(*notification, now);
  counts_.Count(ChannelCount::kUnexpected);
  log::Error("channel: a message of type " + std::to_string(static_cast<unsigned>(message->data_type())) +
             " is neither a request nor a notification, dropped");
}

void Channel::OnRequest(const FBS::Request::Request& request, Instant now) {
  if (!requestsBegun_) {
    requestsBegun_ = true;
    host_.BeforeRequest(now);
  }
  counts_.Count(ChannelCount::kRequests);
  output_.AwaitResponse();
  const auto result = Dispatch({request, *worker_, host_, responses_, now});
  if (!result) return Reject(request.id(), result.Failure());

  const auto response =
      FBS::Response::CreateResponse(responses_, request.id(), true, result->type, result->body);
  const auto frame = FinishFrame(responses_, response);
  if (frame.size() > kMaxResponseSize) {
    return Reject(request.id(),
                  GenericError("the response has " + std::to_string(frame.size()) + " bytes, more than the " +
                               std::to_string(kMaxResponseSize) + " that one may have"));
  }
  output_.Push(FrameKind::kResponse, frame);
  ReuseBuilder(responses_);
}

void Channel::Reject(std::uint32_t requestId, const Error& error) {
  counts_.Count(ChannelCount::kRejected);
  responses_.Clear();  // the handler may have started to build a body
  const auto className = responses_.CreateString(ClassName(error.kind));
  const auto reason = responses_.CreateString(error.reason);
  const auto response = FBS::Response::CreateResponse(responses_, requestId, false, FBS::Response::Body::NONE,
                                                      0, className, reason);
  output_.Push(FrameKind::kResponse, FinishFrame(responses_, response));
  ReuseBuilder(responses_);
}

bool Channel::LogDrops() {
  bool logged = false;
  logsDrops_ = true;
  while (const auto report = output_.TakeDropReport()) {
    logged = true;
    if (!report->ended) {
      log::Warn("channel: the controller does not read, " + std::to_string(output_.Waiting()) +
                " bytes wait for it: dropping notifications and logs");
      continue;
    }
    std::string counts;
    for (const auto& count : NonZero(report->dropped))
      counts += (counts.empty() ? "" : ", ") + count.name + " " + std::to_string(count.value);
    const auto text = "channel: the controller reads again, dropped meanwhile: " + counts;
    // The controller's view of the objects is out of date.
    if (report->dropped[FrameKind::kStateChange] != 0) {
      log::Error(text);
    } else {
      log::Warn(text);
    }
  }
  logsDrops_ = false;
  return logged;
}

void Channel::LogSink(void* channel, std::string_view message) {
  auto& self = *static_cast<Channel*>(channel);
  const auto text = message.substr(0, std::min(message.size(), kMaxLogSize));
  const auto data = self.logs_.CreateString(text.data(), text.size());
  self.output_.Push(self.logsDrops_ ? FrameKind::kStateChange : FrameKind::kLog,
                    FinishFrame(self.logs_, FBS::Log::CreateLog(self.logs_, data)));
  ReuseBuilder(self.logs_);
}

}  // namespace ringcast::channel
