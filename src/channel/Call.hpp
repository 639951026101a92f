#pragma once

#include <string>

#include <flatbuffers/flatbuffer_builder.h>

#include "channel/Text.hpp"
#include "fbs/request_generated.h"
#include "fbs/response_generated.h"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/channel/Host.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

namespace ringcast::channel {

using Builder = flatbuffers::FlatBufferBuilder;

// The context of a request while its handler runs.
struct Call {
  const FBS::Request::Request& request;
  rtc::Worker& worker;
  Host& host;
  Builder& builder;  // of the response
  Instant now;

  [[nodiscard]] std::string_view HandlerId() const { return View(request.handler_id()); }
  [[nodiscard]] std::string MethodName() const { return FBS::Request::EnumNameMethod(request.method()); }
};

// The body of a successful response.
struct Answer {
  FBS::Response::Body type = FBS::Response::Body::NONE;
  flatbuffers::Offset<void> body;
};

template <typename Table>
[[nodiscard]] Answer AnswerWith(flatbuffers::Offset<Table> body) {
  return {FBS::Response::BodyTraits<Table>::enum_value, body.Union()};
}

// Returns the response of a method without a response body: an empty one, or the error.
[[nodiscard]] inline Result<Answer> AnswerOf(const Status& status) {
  if (!status) return status.Failure();
  return Answer{};
}

}  // namespace ringcast::channel
