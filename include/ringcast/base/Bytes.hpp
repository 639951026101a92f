#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "ringcast/base/Assert.hpp"

namespace ringcast {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

[[nodiscard]] inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Big-endian loads and stores. The caller must have checked the bounds.
[[nodiscard]] inline std::uint16_t LoadU16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}
[[nodiscard]] inline std::uint32_t LoadU24(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(p[0]) << 16) | (static_cast<std::uint32_t>(p[1]) << 8) | p[2];
}
[[nodiscard]] inline std::uint32_t LoadU32(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(p[0]) << 24) | LoadU24(p + 1);
}
[[nodiscard]] inline std::uint64_t LoadU64(const std::uint8_t* p) {
  return (static_cast<std::uint64_t>(LoadU32(p)) << 32) | LoadU32(p + 4);
}
inline void StoreU16(std::uint8_t* p, std::uint16_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}
inline void StoreU24(std::uint8_t* p, std::uint32_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 16);
  StoreU16(p + 1, static_cast<std::uint16_t>(value));
}
inline void StoreU32(std::uint8_t* p, std::uint32_t value) {
  StoreU16(p, static_cast<std::uint16_t>(value >> 16));
  StoreU16(p + 2, static_cast<std::uint16_t>(value));
}
inline void StoreU64(std::uint8_t* p, std::uint64_t value) {
  StoreU32(p, static_cast<std::uint32_t>(value >> 32));
  StoreU32(p + 4, static_cast<std::uint32_t>(value));
}

// Reads an untrusted buffer front to back. After the first read past the end, Ok() is false and every later
// read returns zero, so that a parser needs only one check at the end of a group of reads.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool Ok() const { return ok_; }
  [[nodiscard]] std::size_t Remaining() const { return bytes_.size(); }

  std::uint8_t U8() { return Take(1) ? taken_[0] : std::uint8_t{0}; }
  std::uint16_t U16() { return Take(2) ? LoadU16(taken_) : std::uint16_t{0}; }
  std::uint32_t U24() { return Take(3) ? LoadU24(taken_) : 0U; }
  std::uint32_t U32() { return Take(4) ? LoadU32(taken_) : 0U; }
  std::uint64_t U64() { return Take(8) ? LoadU64(taken_) : 0U; }
  ByteView Bytes(std::size_t count) { return Take(count) ? ByteView(taken_, count) : ByteView{}; }
  void Skip(std::size_t count) { Take(count); }

 private:
  bool Take(std::size_t count) {
    if (!ok_ || count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return false;
    }
    taken_ = bytes_.data();
    bytes_ = bytes_.subspan(count);
    return true;
  }

  ByteView bytes_;
  const std::uint8_t* taken_ = nullptr;
  bool ok_ = true;
};

// Writes into a buffer of fixed size. After the first write past the end, Ok() is false and later writes have
// no effect.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool Ok() const { return ok_; }
  [[nodiscard]] std::size_t Written() const { return written_; }
  [[nodiscard]] std::size_t Remaining() const { return bytes_.size() - written_; }

  void U8(std::uint8_t value) {
    if (auto* p = Take(1)) *p = value;
  }
  void U16(std::uint16_t value) {
    if (auto* p = Take(2)) StoreU16(p, value);
  }
  void U24(std::uint32_t value) {
    if (auto* p = Take(3)) StoreU24(p, value);
  }
  void U32(std::uint32_t value) {
    if (auto* p = Take(4)) StoreU32(p, value);
  }
  void U64(std::uint64_t value) {
    if (auto* p = Take(8)) StoreU64(p, value);
  }
  void Bytes(ByteView value) {
    if (value.empty()) return;
    if (auto* p = Take(value.size())) std::memcpy(p, value.data(), value.size());
  }
  void Zeros(std::size_t count) {
    if (count == 0) return;
    if (auto* p = Take(count)) std::memset(p, 0, count);
  }

 private:
  std::uint8_t* Take(std::size_t count) {
    if (!ok_ || count > Remaining()) {
      ok_ = false;
      return nullptr;
    }
    auto* p = bytes_.data() + written_;
    written_ += count;
    return p;
  }

  MutableBytes bytes_;
  std::size_t written_ = 0;
  bool ok_ = true;
};

}  // namespace ringcast
