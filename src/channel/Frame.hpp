#pragma once

#include <cstddef>

#include <flatbuffers/flatbuffer_builder.h>

#include "fbs/message_generated.h"
#include "ringcast/base/Bytes.hpp"

namespace ringcast::channel {

// A builder keeps its memory for the next frame, but not that of an unusually big one.
inline constexpr std::size_t kBuilderSize = 4096;
inline constexpr std::size_t kMaxKeptBuilderSize = std::size_t{64} * 1024;

// The frame that carries `data`, a request, response, notification or log; it stays in the builder.
template <typename Table>
[[nodiscard]] ByteView FinishFrame(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<Table> data) {
  const auto message =
      FBS::Message::CreateMessage(builder, FBS::Message::BodyTraits<Table>::enum_value, data.Union());
  builder.FinishSizePrefixed(message);
  return {builder.GetBufferPointer(), builder.GetSize()};
}

// What is in a frame that came in, prefix included; nullptr: it is not a message that can be read safely.
[[nodiscard]] inline const FBS::Message::Message* VerifiedMessage(ByteView frame) {
  // Message, request, body, rtpParameters, codec, parameter, value: seven levels, and room for the schema to
  // grow.
  constexpr flatbuffers::uoffset_t kMaxTableDepth = 16;
  // The longest lists of codecs that endpoints come with have some thousand tables. Verification visits a
  // table each time that something refers to it, so a small message can ask for a lot of work.
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
