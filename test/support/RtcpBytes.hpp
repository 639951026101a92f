#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::test {

// Returns the compound that `write` writes.
template <typename Write>
[[nodiscard]] std::vector<std::uint8_t> RtcpBytes(Write write) {
  std::vector<std::uint8_t> buffer(rtcp::kMaxCompound);
  rtcp::CompoundWriter writer(buffer);
  write(writer);
  buffer.resize(writer.Size());
  return buffer;
}

// Returns the messages of one type in a compound, as views into it.
template <typename Message>
[[nodiscard]] std::vector<Message> MessagesOf(ByteView compound) {
  std::vector<Message> out;
  rtcp::CompoundReader reader(compound);
  while (const auto message = reader.Next()) {
    if (const auto* one = std::get_if<Message>(&*message)) out.push_back(*one);
  }
  return out;
}

}  // namespace ringcast::test
