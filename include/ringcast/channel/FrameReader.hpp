#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::channel {

inline constexpr std::size_t kPrefixSize = 4;  // length of the rest of the frame, in host byte order
// The controller's limit, including the prefix.
inline constexpr std::size_t kMaxFrameSize = std::size_t{8} * 1024 * 1024;

// Splits the byte stream from the controller into frames. Returns each frame including its prefix, at an
// address that is a multiple of 8, because the sender aligned the fields of a size-prefixed FlatBuffer
// relative to the prefix.
class FrameReader {
 public:
  // Sets the input, which must remain valid until Next() returns nullopt.
  void Feed(ByteView bytes) { input_ = bytes; }

  // Returns the next complete frame, valid until the next call, or nullopt if more bytes are needed or if
  // Failed().
  [[nodiscard]] std::optional<ByteView> Next();

  // Returns true after a frame with a length over the limit. The position of the next frame is then unknown,
  // so no more frames are returned.
  [[nodiscard]] bool Failed() const { return !failure_.empty(); }
  [[nodiscard]] const std::string& Failure() const { return failure_; }

  // Maximum capacity that the buffer keeps between frames; a larger buffer is freed.
  static constexpr std::size_t kKeptCapacity = std::size_t{64} * 1024;
  [[nodiscard]] std::size_t Capacity() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  // Copies input to the frame until the frame has `size` bytes. Returns false if the input ends first.
  bool Collect(std::size_t size);
  void StartFrame();

  ByteView input_;
  std::vector<std::uint64_t> words_;  // the frame; 64-bit words give the alignment
  std::size_t collected_ = 0;         // bytes of the frame copied so far
  bool complete_ = false;             // the frame was returned
  std::string failure_;
};

}  // namespace ringcast::channel
