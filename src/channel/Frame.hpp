#pragma once

#include <cstddef>

#include <flatbuffers/flatbuffer_builder.h>

#include "fbs/message_generated.h"
#include "ringcast/base/Bytes.hpp"

namespace ringcast::channel {

// A builder keeps its memory for the next frame, unless the frame was unusually large.
inline constexpr std::size_t kBuilderSize = 4096;
inline constexpr std::size_t kMaxKeptBuilderSize = std::size_t{64} * 1024;

// Returns the frame with `data` (a request, response, notification or log message). It is stored in the
// builder.
template <typename Table>
[[nodiscard]] ByteView FinishFrame(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<Table> data) {
  const auto message =
      FBS::Message::CreateMessage(builder, FBS::Message::BodyTraits<Table>::enum_value, data.Union());
  builder.FinishSizePrefixed(message);
  return {builder.GetBufferPointer(), builder.GetSize()};
}

// Returns the message in a received frame, which includes its prefix, or nullptr if it fails verification.
[[nodiscard]] inline const FBS::Message::Message* VerifiedMessage(ByteView frame) {
  // Message, request, body, rtpParameters, codec, parameter, value: seven levels, plus reserve for future
  // versions of the schema.
  constexpr flatbuffers::uoffset_t kMaxTableDepth = 16;
  // The longest codec lists of real endpoints have about a thousand tables. The verifier visits a table once
  // for each reference to it, so without a limit a small message could cause a lot of work.
  constexpr flatbuffers::uoffset_t kMaxTables = 16384;
  flatbuffers::Verifier verifier(frame.data(), frame.size(), kMaxTableDepth, kMaxTables);
  if (!verifier.VerifySizePrefixedBuffer<FBS::Message::Message>(nullptr)) return nullptr;
  return flatbuffers::GetSizePrefixedRoot<FBS::Message::Message>(frame.data());
}

inline void ReuseBuilder(flatbuffers::FlatBufferBuilder& builder) {
  if (builder.GetSize() > kMaxKeptBuilderSize) {
    builder.Reset();
  } else {
    builder.Clear();
  }
}

}  // namespace ringcast::channel
