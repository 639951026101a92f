#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::channel {

inline constexpr std::size_t kPrefixSize = 4;  // length of what follows, in host byte order
// The controller's own limit; it counts the prefix.
inline constexpr std::size_t kMaxFrameSize = std::size_t{8} * 1024 * 1024;

// Cuts the byte stream from the controller into messages. A frame is handed out with its prefix in front, at
// an address that is a multiple of 8: the sender aligned the fields of a size-prefixed FlatBuffer relative to
// the prefix.
class FrameReader {
 public:
  // The bytes must stay where they are until Next() has returned nothing.
  void Feed(ByteView bytes) { input_ = bytes; }

  // The next whole frame, valid until the next call. nullopt: more bytes are needed, or Failed().
  [[nodiscard]] std::optional<ByteView> Next();

  // A length over the limit was seen: where messages begin is no longer known, and nothing more will come.
  [[nodiscard]] bool Failed() const { return !failure_.empty(); }
  [[nodiscard]] const std::string& Failure() const { return failure_; }

  // What the buffer holds on to between messages; a bigger one is given back.
  static constexpr std::size_t kKeptCapacity = std::size_t{64} * 1024;
  [[nodiscard]] std::size_t Capacity() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  // Moves bytes of the input behind what was collected, until there are `size` of them. False: the input ran
  // out.
  bool Collect(std::size_t size);
  void StartFrame();

  ByteView input_;
  std::vector<std::uint64_t> words_;  // the frame: 64-bit words for their alignment
  std::size_t collected_ = 0;         // bytes of it
  bool complete_ = false;             // it was handed out
  std::string failure_;
};

}  // namespace ringcast::channel
